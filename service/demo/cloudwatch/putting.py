"""PutMetricData: what clients put goes into the overlay."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.demo.cloudwatch.limits import Limits
from service.demo.cloudwatch.overlay import Datum, Overlay, Samples, statistic_set
from service.demo.cloudwatch.queries import dimensions
from service.demo.source import AwsError, AwsRequest, AwsResponse, MetricId

_MOST_DATA = 1_000
_MOST_VALUES = 150
_PAST = 14 * 86_400
_FUTURE = 2 * 3_600
_LARGEST = 2.0**360


@dataclass(frozen=True, slots=True)
class PutMetricData:
    """Answers PutMetricData. Raises AwsError: InvalidParameterValue, MissingParameter, Throttling."""

    overlay: Overlay
    limits: Limits

    def __call__(self, request: AwsRequest) -> AwsResponse:
        """Put all of it, or nothing."""
        self.limits.spend(request.account, request.region, "PutMetricData")
        namespace, wishes = request.params.get("Namespace", ""), list(request.params.get("MetricData", ()))
        for entity in request.params.get("EntityMetricData", ()):
            wishes += entity.get("MetricData", ())
        if namespace.startswith("AWS/"):
            raise wrong("The value AWS/ for parameter Namespace is invalid: namespaces of AWS are reserved.")
        if not namespace or namespace.startswith(":"):
            raise wrong(f"The value {namespace} for parameter Namespace is invalid.")
        if not wishes:
            raise AwsError("MissingParameter", "The parameter MetricData is required.")
        if len(wishes) > _MOST_DATA:
            raise wrong(f"The collection MetricData must not have a size greater than {_MOST_DATA}.")
        data = [_datum(request, f"MetricData.member.{number}", wish) for number, wish in enumerate(wishes, 1)]
        self.overlay.put(data, request.now)
        return AwsResponse({})


def wrong(message: str) -> AwsError:
    """CloudWatch's refusal of a value."""
    return AwsError("InvalidParameterValue", message)


def _datum(request: AwsRequest, place: str, wish: Mapping[str, Any]) -> Datum:
    """Check one datum."""
    pairs = dimensions(wish.get("Dimensions", ()))
    metric = MetricId(request.account, request.region, request.params["Namespace"], wish.get("MetricName", ""), pairs)
    at = wish["Timestamp"].timestamp() if "Timestamp" in wish else request.now
    if not metric.name:
        raise AwsError("MissingParameter", f"The parameter {place}.MetricName is required.")
    if not request.now - _PAST <= at <= request.now + _FUTURE:
        message = f"The value for parameter {place}.Timestamp must be at most two weeks ago and two hours ahead."
        raise wrong(message)
    resolution = wish.get("StorageResolution", 60)
    if resolution not in {1, 60}:
        raise wrong(f"The value {resolution} for parameter {place}.StorageResolution must be 1 or 60.")
    samples = _samples(place, wish)
    numbers = [number for sample in samples for number in sample]
    if not all(math.isfinite(number) and abs(number) <= _LARGEST for number in numbers):
        raise wrong(f"The value for parameter {place}.Value must be a number between -2^360 and 2^360.")
    opaque = "StatisticValues" in wish and len(samples) > 1
    return Datum(metric, at, samples, wish.get("Unit", "None"), resolution, opaque)


def _samples(place: str, wish: Mapping[str, Any]) -> Samples:
    """The samples of a datum: one value, many with their counts, or a statistic set."""
    given = [name for name in ("Value", "Values", "StatisticValues") if name in wish]
    if not given:
        raise AwsError("MissingParameter", f"At least one of {place}.Value, Values and StatisticValues is required.")
    if len(given) > 1:
        message = f"The parameters {place}.{given[0]} and {place}.{given[1]} are mutually exclusive."
        raise AwsError("InvalidParameterCombination", message)
    if "Value" in wish:
        return ((wish["Value"], 1.0),)
    if "Values" in wish:
        values, counts = wish["Values"], wish.get("Counts") or [1.0] * len(wish["Values"])
        if len(values) > _MOST_VALUES:
            raise wrong(f"The collection {place}.Values must not have a size greater than {_MOST_VALUES}.")
        if len(values) != len(counts) or not values:
            raise wrong(f"The parameters {place}.Values and {place}.Counts must be of the same size.")
        return tuple(zip(values, counts, strict=True))
    the_set = wish["StatisticValues"]
    missing = {"SampleCount", "Sum", "Minimum", "Maximum"} - set(the_set)
    if missing:
        raise AwsError("MissingParameter", f"The parameter {place}.StatisticValues.{min(missing)} is required.")
    if the_set["SampleCount"] <= 0 or the_set["Minimum"] > the_set["Maximum"]:
        raise wrong(f"The parameter {place}.StatisticValues is not a possible set of statistics.")
    return statistic_set(the_set["SampleCount"], the_set["Sum"], the_set["Minimum"], the_set["Maximum"])
