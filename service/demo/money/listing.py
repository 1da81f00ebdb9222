"""What costs can be told apart by: GetDimensionValues, GetTags, ListCostAllocationTags."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from service.demo.money.desk import Desk
from service.demo.money.expression import ACTIVE_TAGS, INACTIVE_TAGS, KEYS, check, matches, tag_of
from service.demo.money.items import Key
from service.demo.money.question import invalid, read_buckets
from service.demo.money.table import Table
from service.demo.money.tokens import read_token, write_token
from service.demo.source import AwsRequest, AwsResponse

_PAGE = 1_000
Value = TypeVar("Value")
_ACTIVATED = "2025-09-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class GetDimensionValues:
    """Answers GetDimensionValues."""

    desk: Desk

    def __call__(self, request: AwsRequest) -> AwsResponse:
        """The values that had any cost in a period."""
        name = request.params.get("Dimension", "")
        if name not in KEYS:
            raise invalid(f"Dimension {name!r} is not supported here.")
        values, more = _values(self.desk, request, KEYS[name])
        return AwsResponse({"DimensionValues": [{"Value": value, "Attributes": {}} for value in values], **more})


@dataclass(frozen=True, slots=True)
class GetTags:
    """Answers GetTags: the keys of tags, or the values of one."""

    desk: Desk

    def __call__(self, request: AwsRequest) -> AwsResponse:
        """The keys that are activated, or a key's values, the empty one for what has none."""
        wanted = request.params.get("TagKey")
        if wanted is None:
            keys = list(ACTIVE_TAGS)
            return AwsResponse({"Tags": keys, "ReturnSize": len(keys), "TotalSize": len(keys)})
        values, more = _values(self.desk, request, lambda key: tag_of(key, wanted))
        return AwsResponse({"Tags": values, **more})


@dataclass(frozen=True, slots=True)
class ListCostAllocationTags:
    """Answers ListCostAllocationTags."""

    desk: Desk

    def __call__(self, request: AwsRequest) -> AwsResponse:
        """The tags, and whether they are activated for billing."""
        params = request.params
        tags = [(key, "Active") for key in ACTIVE_TAGS] + [(key, "Inactive") for key in INACTIVE_TAGS]
        found = [
            {"TagKey": key, "Type": "UserDefined", "Status": status, "LastUpdatedDate": _ACTIVATED}
            for key, status in sorted(tags)
            if params.get("Status", status) == status
            and key in (params.get("TagKeys") or [key])
            and params.get("Type", "UserDefined") == "UserDefined"
        ]
        shown, more = _page(self.desk, request, found, "NextToken")
        return AwsResponse({"CostAllocationTags": shown, **more})


def _values(desk: Desk, request: AwsRequest, read: Callable[[Key], str]) -> tuple[list[str], dict[str, Any]]:
    params = request.params
    (bucket, *rest) = read_buckets(params.get("TimePeriod", {}), "DAILY", request.now, hourly=False)
    wanted = params.get("Filter") or {}
    check(wanted)
    table = desk.table(request.now)
    first, last = table.column(bucket.first), table.column((rest or [bucket])[-1].last)
    values = sorted({read(key) for key in _costing(table, first, last) if matches(wanted, key)})
    values = [value for value in values if params.get("SearchString", "").lower() in value.lower()]
    shown, more = _page(desk, request, values, "NextPageToken")
    return shown, {"ReturnSize": len(shown), "TotalSize": len(values), **more}


def _costing(table: Table, first: int, last: int) -> list[Key]:
    rows = np.asarray(table.amounts[:, first:last].any(axis=1) | table.usage[:, first:last].any(axis=1))
    return [key for key, some in zip(table.keys, rows.tolist(), strict=True) if some]


def _page(desk: Desk, request: AwsRequest, found: Sequence[Value], name: str) -> tuple[list[Value], Mapping[str, Any]]:
    version = desk.version(request.now)
    start = read_token(request.params.get(name), request.params, version, request.now)
    size = min(request.params.get("MaxResults") or _PAGE, _PAGE)
    more = start + size < len(found)
    token = {name: write_token(request.params, version, start + size, request.now)} if more else {}
    return list(found[start : start + size]), token
