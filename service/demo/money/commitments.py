"""Coverage and utilisation of Reserved Instances and Savings Plans: the demo's account has neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.demo.money.desk import Desk
from service.demo.money.items import COMPUTE, Key
from service.demo.money.question import Bucket, read_buckets
from service.demo.money.table import AMOUNT_DIGITS, USAGE_DIGITS, Table
from service.demo.money.usage import written
from service.demo.source import AwsError, AwsRequest, AwsResponse, Handler


@dataclass(frozen=True, slots=True)
class Stretch:
    """The on-demand cost and hours of one period, as Cost Explorer writes them."""

    period: dict[str, str]
    cost: str
    hours: str


def commitment_handlers(desk: Desk) -> dict[str, Handler]:
    """The four actions."""
    answers: dict[str, Callable[[list[Stretch], Stretch], dict[str, Any]]] = {
        "GetReservationCoverage": _reservation_coverage,
        "GetSavingsPlansCoverage": _plans_coverage,
    }

    def handler(answer: Callable[[list[Stretch], Stretch], dict[str, Any]]) -> Handler:
        def handle(request: AwsRequest) -> AwsResponse:
            buckets = _periods(request)
            table = desk.table(request.now)
            whole = Bucket(buckets[0].start, buckets[-1].end, buckets[0].first, buckets[-1].last)
            return AwsResponse(answer([_stretch(table, bucket) for bucket in buckets], _stretch(table, whole)))

        return handle

    return {
        **{name: handler(answer) for name, answer in answers.items()},
        "GetReservationUtilization": _reservation_utilisation,
        "GetSavingsPlansUtilization": _plans_utilisation,
    }


def _periods(request: AwsRequest) -> list[Bucket]:
    granularity = request.params.get("Granularity", "MONTHLY")
    return read_buckets(request.params.get("TimePeriod", {}), granularity, request.now, hourly=False)


def _stretch(table: Table, bucket: Bucket) -> Stretch:
    rows = [number for number, key in enumerate(table.keys) if _reservable(key)]
    columns = slice(table.column(bucket.first), table.column(bucket.last))
    cost, used = (int(np.asarray(values)[rows, columns].sum()) for values in (table.amounts, table.usage))
    period = {"Start": bucket.start, "End": bucket.end}
    return Stretch(period, written(cost, AMOUNT_DIGITS), written(used, USAGE_DIGITS))


def _reservable(key: Key) -> bool:
    return key.service == COMPUTE


def _reservation_coverage(stretches: list[Stretch], whole: Stretch) -> dict[str, Any]:
    def coverage(one: Stretch) -> dict[str, Any]:
        hours = {"OnDemandHours": one.hours, "ReservedHours": "0", "TotalRunningHours": one.hours}
        return {"CoverageHours": {**hours, "CoverageHoursPercentage": "0"}, "CoverageCost": {"OnDemandCost": one.cost}}

    by_time = [{"TimePeriod": one.period, "Groups": [], "Total": coverage(one)} for one in stretches]
    return {"CoveragesByTime": by_time, "Total": coverage(whole)}


def _plans_coverage(stretches: list[Stretch], _whole: Stretch) -> dict[str, Any]:
    def coverage(one: Stretch) -> dict[str, str]:
        costs = {"OnDemandCost": one.cost, "TotalCost": one.cost}
        return {"SpendCoveredBySavingsPlans": "0", **costs, "CoveragePercentage": "0"}

    found = [{"Attributes": {}, "Coverage": coverage(one), "TimePeriod": one.period} for one in stretches]
    return {"SavingsPlansCoverages": found}


def _reservation_utilisation(request: AwsRequest) -> AwsResponse:
    """Nothing was bought, so nothing is used or unused."""
    _periods(request)
    names = ("UtilizationPercentage", "PurchasedHours", "TotalActualHours", "UnusedHours", "NetRISavings")
    zero = dict.fromkeys((*names, "TotalAmortizedFee", "RICostForUnusedHours", "OnDemandCostOfRIHoursUsed"), "0")
    return AwsResponse({"UtilizationsByTime": [], "Total": zero})


def _plans_utilisation(request: AwsRequest) -> AwsResponse:
    """An account without Savings Plans gets no zeros but this error."""
    _periods(request)
    raise AwsError("DataUnavailableException", "There is no Savings Plans utilization data for this period.")
