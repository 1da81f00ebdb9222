"""AWS/Billing EstimatedCharges in us-east-1: what the month has cost so far, each six hours, as Cost Explorer knows it.

Like the real metric it has a series for each service, and one of all together, tells cents, begins anew with a month
and is as late as the data. It is without tax and refunds. Points of the past are those of what is known today: a
surprise that began some days ago shows in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from service.demo.money.desk import Desk
from service.demo.money.ground import HOUR
from service.demo.money.items import (
    BALANCING,
    CLOUDFRONT,
    CLOUDWATCH,
    COMPUTE,
    COST_EXPLORER,
    EC2_OTHER,
    ELASTICACHE,
    RDS,
    S3,
    USAGE,
    VPC,
)
from service.demo.money.refresh import midnight, moment, months_from
from service.demo.money.table import AMOUNT_DIGITS, Table
from service.demo.source import Buckets, MetricId
from service.demo.upstream import DEFAULT_ACCOUNT
from service.demo.world.plan import EDGE_REGION

_EVERY = 6 * HOUR
_SERVICES: Mapping[str, tuple[str, ...]] = {
    "AmazonEC2": (COMPUTE, EC2_OTHER),
    "AmazonRDS": (RDS,),
    "AmazonElastiCache": (ELASTICACHE,),
    "AmazonCloudFront": (CLOUDFRONT,),
    "AmazonS3": (S3,),
    "AmazonVPC": (VPC,),
    "AmazonCloudWatch": (CLOUDWATCH,),
    "AWSELB": (BALANCING,),
    "AWSCostExplorer": (COST_EXPLORER,),
}
"""The services of Cost Explorer that each of the metric's services is made of."""


def _named(*more: tuple[str, str]) -> MetricId:
    return MetricId(DEFAULT_ACCOUNT, EDGE_REGION, "AWS/Billing", "EstimatedCharges", (("Currency", "USD"), *more))


_METRICS: Mapping[MetricId, tuple[str, ...]] = {
    **{_named(("ServiceName", name)): services for name, services in _SERVICES.items()},
    _named(): tuple(service for services in _SERVICES.values() for service in services),
}


class Charges:
    """Answers the front door (see service.demo.source.MetricSource)."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def metrics(self, now: float) -> Iterable[MetricId]:  # noqa: ARG002 - the protocol's signature
        """One for each service, and one of all; nothing before the demo has begun."""
        return _METRICS if self._desk.begun else ()

    def resolution(self, metric: MetricId) -> int:  # noqa: ARG002 - as above
        """Six hours."""
        return _EVERY

    def unit(self, metric: MetricId) -> str:  # noqa: ARG002 - as above
        """None: CloudWatch knows no unit of money; the currency is a dimension."""
        return "None"

    def observe(self, metric: MetricId, start: int, end: int, now: float) -> Buckets | None:
        """The charges at each multiple of six hours with start <= time < end."""
        if metric not in _METRICS:
            return None
        times = np.arange(-(-start // _EVERY) * _EVERY, min(end, int(now) + 1), _EVERY, dtype=np.int64)
        if not len(times) or not self._desk.begun:
            return Buckets.empty()
        table = self._desk.table(now)
        times = times[times >= table.start]
        edges = [(int(at), self._desk.version(float(at))[0]) for at in times]
        known = [_charged(table, service, edges, self._desk.lag(service)) for service in _METRICS[metric]]
        cents = np.rint(np.sum(known, axis=0) / 10.0 ** (AMOUNT_DIGITS - 2))
        return Buckets.gauge(times, np.asarray(cents / 100.0, dtype=np.float64))


def _charged(table: Table, service: str, edges: Iterable[tuple[int, float]], lag: float) -> list[int]:
    """What a service had cost in the month of each time, as far as its refresh reached back then."""
    rows = [number for number, key in enumerate(table.keys) if key.service == service and key.record == USAGE]
    sums = np.concatenate([[0], np.cumsum(table.amounts[rows].sum(axis=0))]).astype(np.int64)
    found = []
    for at, refreshed in edges:
        first = table.column(midnight(months_from(moment(at).date(), 0)))
        last = table.column(int(refreshed - HOUR * lag))
        found.append(int(sums[max(last, first)] - sums[first]))
    return found
