"""Asks the embedded Cost Explorer as a client of AWS would."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import boto3

from service.demo.launch import EmbeddedAws

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
Costs = dict[tuple[str, tuple[str, ...]], Decimal]


def explorer(aws: EmbeddedAws, account: str | None = None) -> Any:  # noqa: ANN401 - boto3 clients have no types
    options = aws.client_options(account)
    return boto3.client("ce", **{**options, "region_name": "us-east-1"})


def pages(  # noqa: PLR0913 - one call with names
    aws: EmbeddedAws,
    start: date | str,
    end: date | str,
    groups: Sequence[str] = (),
    *,
    granularity: str = "DAILY",
    metrics: Sequence[str] = ("UnblendedCost",),
    **more: object,
) -> list[dict[str, Any]]:
    """All pages; a group is a dimension, or a tag where it is written `tag:Component`."""
    ce = explorer(aws)
    wish: dict[str, Any] = {
        "TimePeriod": {"Start": str(start), "End": str(end)},
        "Granularity": granularity,
        "Metrics": list(metrics),
        **more,
    }
    if groups:
        wish["GroupBy"] = [
            {"Type": "TAG", "Key": group[4:]} if group.startswith("tag:") else {"Type": "DIMENSION", "Key": group}
            for group in groups
        ]
    found = [ce.get_cost_and_usage(**wish)]
    while "NextPageToken" in found[-1]:
        found.append(ce.get_cost_and_usage(**wish, NextPageToken=found[-1]["NextPageToken"]))
    return found


def costs(aws: EmbeddedAws, start: date | str, end: date | str, groups: Sequence[str] = (), **more: Any) -> Costs:  # noqa: ANN401 - see pages
    """Each amount by the start of its period and its keys; the total has none."""
    found: Costs = {}
    for page in pages(aws, start, end, groups, **more):
        for period in page["ResultsByTime"]:
            day = period["TimePeriod"]["Start"]
            for group in period["Groups"]:
                keys = tuple(group["Keys"])
                assert (day, keys) not in found
                found[day, keys] = Decimal(group["Metrics"]["UnblendedCost"]["Amount"])
            if period["Total"]:
                found[day, ()] = Decimal(period["Total"]["UnblendedCost"]["Amount"])
    return found


def by_day(found: Costs) -> dict[str, Decimal]:
    """The sum of all groups of each period."""
    sums: dict[str, Decimal] = {}
    for (day, _), amount in found.items():
        sums[day] = sums.get(day, Decimal(0)) + amount
    return sums


def of(found: Costs, word: str) -> Decimal:
    """The sum over the groups of which a key ends so."""
    return sum((amount for (_, keys), amount in found.items() if any(key.endswith(word) for key in keys)), Decimal(0))
