"""GetCostAndUsage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from service.demo.money.desk import Desk
from service.demo.money.expression import KEYS, matches, tag_of
from service.demo.money.items import Key
from service.demo.money.question import Bucket, Question, read_question
from service.demo.money.refresh import moment
from service.demo.money.table import AMOUNT_DIGITS, USAGE_DIGITS, Table, Whole
from service.demo.money.tokens import read_token, write_token
from service.demo.source import AwsRequest, AwsResponse

_MIXED = "N/A"
Row = tuple[int, "Group | None"]


@dataclass(frozen=True, slots=True)
class Group:
    """The sums of one group in every bucket, and the unit of its usage."""

    names: tuple[str, ...]
    unit: str
    amounts: Whole
    usage: Whole

    def empty(self, bucket: int) -> bool:
        """Whether it has nothing there."""
        return not self.amounts[bucket] and not self.usage[bucket]

    def metrics(self, bucket: int, wanted: Sequence[str]) -> dict[str, dict[str, str]]:
        """As Cost Explorer writes it. There are no reservations and no discounts: all costs are alike."""
        cost = {"Amount": written(int(self.amounts[bucket]), AMOUNT_DIGITS), "Unit": "USD"}
        used = {"Amount": written(int(self.usage[bucket]), USAGE_DIGITS), "Unit": self.unit}
        return {name: used if name in {"UsageQuantity", "NormalizedUsageAmount"} else cost for name in wanted}


def written(whole: int, digits: int) -> str:
    """A whole number of small parts as a decimal, without zeros at its end."""
    return f"{Decimal(whole).scaleb(-digits).normalize():f}" if whole else "0"


def summed(table: Table, question: Question) -> list[Group]:
    """The groups of a question in their order; without grouping, one without a name."""
    edges = [(table.column(bucket.first), table.column(bucket.last)) for bucket in question.buckets]
    rows: dict[tuple[str, ...], list[int]] = {} if question.groups else {(): []}
    for number, key in enumerate(table.keys):
        if matches(question.filter, key):
            rows.setdefault(tuple(_name(key, *group) for group in question.groups), []).append(number)
    return [_group(table, names, numbers, edges) for names, numbers in sorted(rows.items())]


def _group(table: Table, names: tuple[str, ...], rows: Sequence[int], edges: Sequence[tuple[int, int]]) -> Group:
    units = {table.units[row] for row in rows if table.units[row]}
    amounts, usage = (
        np.concatenate([[0], np.cumsum(values[list(rows)].sum(axis=0))]).astype(np.int64)
        for values in (table.amounts, table.usage)
    )
    first, last = (np.asarray([edge[side] for edge in edges], dtype=np.int64) for side in (0, 1))
    return Group(
        names, units.pop() if len(units) == 1 else _MIXED, amounts[last] - amounts[first], usage[last] - usage[first]
    )


def _name(key: Key, kind: str, name: str) -> str:
    return f"{name}${tag_of(key, name)}" if kind == "TAG" else KEYS[name](key)


@dataclass(frozen=True, slots=True)
class GetCostAndUsage:
    """Answers GetCostAndUsage, a page at a time. Raises AwsError."""

    desk: Desk

    def __call__(self, request: AwsRequest) -> AwsResponse:
        """One page."""
        settings = self.desk.settings
        question = read_question(request.params, request.now, hourly=settings.hourly)
        version = self.desk.version(request.now)
        start = read_token(request.params.get("NextPageToken"), request.params, version, request.now)
        table = self.desk.table(request.now)
        rows = list(_rows(question, summed(table, question)))
        answer: dict[str, Any] = {
            "ResultsByTime": _shown(question, table, rows[start : start + settings.page]),
            "DimensionValueAttributes": _attributes(question, rows),
        }
        if question.groups:
            answer["GroupDefinitions"] = [{"Type": kind, "Key": key} for kind, key in question.groups]
        if start + settings.page < len(rows):
            answer["NextPageToken"] = write_token(request.params, version, start + settings.page, request.now)
        return AwsResponse(answer)


def _rows(question: Question, groups: Sequence[Group]) -> Iterator[Row]:
    """A row for each group of each bucket; groups without anything are left out, buckets are not."""
    for bucket in range(len(question.buckets)):
        here: list[Group | None] = [group for group in groups if not question.groups or not group.empty(bucket)]
        yield from ((bucket, group) for group in here or [None])


def _shown(question: Question, table: Table, rows: Sequence[Row]) -> list[dict[str, Any]]:
    results: dict[int, dict[str, Any]] = {}
    for number, group in rows:
        if number not in results:
            results[number] = _period(question.buckets[number], table)
        if group is None:
            continue
        metrics = group.metrics(number, question.metrics)
        if question.groups:
            results[number]["Groups"].append({"Keys": list(group.names), "Metrics": metrics})
        else:
            results[number]["Total"] = metrics
    return list(results.values())


def _period(bucket: Bucket, table: Table) -> dict[str, Any]:
    estimated = moment(bucket.last - 1).date() >= table.final
    period = {"Start": bucket.start, "End": bucket.end}
    return {"TimePeriod": period, "Total": {}, "Groups": [], "Estimated": estimated}


def _attributes(question: Question, rows: Sequence[Row]) -> list[Mapping[str, Any]]:
    """Who the accounts are, where they are asked for."""
    for place, group in enumerate(question.groups):
        if group == ("DIMENSION", "LINKED_ACCOUNT"):
            accounts = sorted({found.names[place] for _, found in rows if found})
            return [{"Value": one, "Attributes": {"description": "CloudMart"}} for one in accounts]
    return []
