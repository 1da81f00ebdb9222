"""Which series CloudWatch knows, by ListMetrics: so that we never pay for series that do not exist."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from collectors.aws import paginate
from collectors.series import Dimensions


def list_series(client: Any, namespaces: Iterable[str]) -> dict[tuple[str, str], list[Dimensions]]:  # noqa: ANN401
    """The dimensions of every series of these namespaces, by (namespace, metric).

    ListMetrics hides what was silent for two weeks, and shows what is new up to 15 minutes late (AWS's reference).

    Raises:
        AwsError: a page could not be had.
    """
    listed: dict[tuple[str, str], list[Dimensions]] = {}
    for namespace in namespaces:
        for metric in paginate(client, "list_metrics", "Metrics", Namespace=namespace):
            pairs = [(str(pair.get("Name")), str(pair.get("Value"))) for pair in metric.get("Dimensions") or []]
            listed.setdefault((namespace, str(metric.get("MetricName"))), []).append(tuple(sorted(pairs)))
    return listed
