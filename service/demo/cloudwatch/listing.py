"""ListMetrics: what there is to ask for."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.demo.cloudwatch.library import Library
from service.demo.cloudwatch.limits import Limits
from service.demo.source import AwsError, AwsRequest, AwsResponse, MetricId

_PAGE = 500
_RECENT = 3 * 3600


@dataclass(frozen=True, slots=True)
class ListMetrics:
    """Answers ListMetrics. Raises AwsError: InvalidParameterValue, Throttling."""

    library: Library
    limits: Limits

    def __call__(self, request: AwsRequest) -> AwsResponse:
        """One page of 500."""
        self.limits.spend(request.account, request.region, "ListMetrics")
        params = request.params
        start = _offset(params.get("NextToken"))
        found = self.library.metrics(request.account, request.region, request.now, self.limits["list_lag"])
        kept = [metric for metric in found if _matches(metric, params)]
        if params.get("RecentlyActive") == "PT3H":
            kept = [metric for metric in kept if self._active(metric, request.now)]
        answer: dict[str, Any] = {"Metrics": [_shown(metric) for metric in kept[start : start + _PAGE]]}
        if params.get("IncludeLinkedAccounts"):
            answer["OwningAccounts"] = [request.account] * len(answer["Metrics"])
        if start + _PAGE < len(kept):
            answer["NextToken"] = base64.urlsafe_b64encode(str(start + _PAGE).encode()).decode()
        return AwsResponse(answer)

    def _active(self, metric: MetricId, now: float) -> bool:
        """Whether it had a sample in the last three hours."""
        start = int(now - _RECENT) // 60 * 60
        return len(self.library.observe(metric, start, int(now) + 1, now).times) > 0


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token.encode()))
    except ValueError as wrong:
        raise AwsError("InvalidParameterValue", "The value for parameter NextToken is not valid.") from wrong


def _matches(metric: MetricId, params: Mapping[str, Any]) -> bool:
    """Whether a metric is asked for: name and namespace exactly, the dimensions given perhaps among others."""
    if params.get("Namespace", metric.namespace) != metric.namespace:
        return False
    if params.get("MetricName", metric.name) != metric.name:
        return False
    wanted: Sequence[Mapping[str, str]] = params.get("Dimensions", ())
    own = dict(metric.dimensions)
    return all(pair["Name"] in own and pair.get("Value", own[pair["Name"]]) == own[pair["Name"]] for pair in wanted)


def _shown(metric: MetricId) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    return {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
