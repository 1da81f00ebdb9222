"""PutMetricData, ListMetrics and GetMetricStatistics."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError

from service.demo.launch import EmbeddedAws

pytestmark = pytest.mark.demo
NOW = 1_795_435_200


@pytest.fixture
def cloudwatch(embedded_aws: EmbeddedAws) -> BaseClient:
    embedded_aws.control.freeze(NOW)
    return boto3.client("cloudwatch", **embedded_aws.client_options(), config=Config(retries={"total_max_attempts": 1}))


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def put(cloudwatch: BaseClient, *data: dict[str, Any], namespace: str = "Shop") -> None:
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=[{"MetricName": "orders"} | one for one in data])


def statistics(cloudwatch: BaseClient, *words: str, period: int = 60, **more: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    simple = [word for word in words if word[0].isupper()]
    wish = {"Statistics": simple, "ExtendedStatistics": [word for word in words if word not in simple]}
    asked = {"Namespace": "Shop", "MetricName": "orders", "StartTime": at(NOW - 3600), "EndTime": at(NOW + 60)} | more
    wish = {name: words for name, words in wish.items() if words}
    return list(cloudwatch.get_metric_statistics(**asked, **wish, Period=period)["Datapoints"])


def test_values_put_come_back_as_every_statistic(cloudwatch: BaseClient) -> None:
    put(
        cloudwatch,
        {"Value": 1, "Timestamp": at(NOW - 59)},
        {"Values": [5, 9], "Counts": [2, 1], "Timestamp": at(NOW - 1)},
    )
    (point,) = statistics(cloudwatch, "Average", "Sum", "SampleCount", "Minimum", "Maximum", "p50", "tm75")
    assert point.pop("Timestamp") == at(NOW - 60)
    assert point == {
        "Average": 5, "Sum": 20, "SampleCount": 4, "Minimum": 1, "Maximum": 9, "Unit": "None",
        "ExtendedStatistics": {"p50": 5, "tm75": pytest.approx(11 / 3)},
    }  # fmt: skip


def test_putting_twice_adds_up(cloudwatch: BaseClient) -> None:
    for value in (2, 3):
        put(cloudwatch, {"Value": value, "Timestamp": at(NOW - 60)})
    (point,) = statistics(cloudwatch, "Sum", "SampleCount")
    assert (point["Sum"], point["SampleCount"]) == (5, 2)


@pytest.mark.parametrize(
    "given",
    [
        {"SampleCount": 10, "Sum": 42, "Minimum": 1, "Maximum": 9},
        {"SampleCount": 2, "Sum": 10, "Minimum": 1, "Maximum": 9},
        {"SampleCount": 1, "Sum": 4, "Minimum": 4, "Maximum": 4},
        {"SampleCount": 3, "Sum": 12, "Minimum": 4, "Maximum": 4},
    ],
)
def test_a_statistic_set_keeps_its_numbers(cloudwatch: BaseClient, given: dict[str, float]) -> None:
    put(cloudwatch, {"StatisticValues": given, "Timestamp": at(NOW - 60)})
    (point,) = statistics(cloudwatch, *given)
    assert {name: point[name] for name in given} == pytest.approx(given)


def test_a_statistic_set_has_no_percentiles_unless_all_are_equal(cloudwatch: BaseClient) -> None:
    mixed = {"SampleCount": 10, "Sum": 42, "Minimum": 1, "Maximum": 9}
    put(cloudwatch, {"StatisticValues": mixed, "Timestamp": at(NOW - 120)})
    put(cloudwatch, {"StatisticValues": {"SampleCount": 3, "Sum": 12, "Minimum": 4, "Maximum": 4}})
    (point,) = statistics(cloudwatch, "p90")
    assert point["Timestamp"] == at(NOW)
    assert point["ExtendedStatistics"] == {"p90": 4}


def test_high_resolution_is_kept_for_three_hours(embedded_aws: EmbeddedAws, cloudwatch: BaseClient) -> None:
    data = [{"Value": n, "Timestamp": at(NOW - 30 + n), "StorageResolution": 1} for n in range(20)]
    put(cloudwatch, *data)
    assert len(statistics(cloudwatch, "Sum", period=1, StartTime=at(NOW - 600))) == 20
    assert [point["Sum"] for point in statistics(cloudwatch, "Sum", period=10)] == [45, 145]
    embedded_aws.control.advance(3 * 3600)
    assert statistics(cloudwatch, "Sum", period=10) == []
    assert [point["Sum"] for point in statistics(cloudwatch, "Sum", period=60)] == [190]


def test_a_unit_that_is_not_the_metrics_own_brings_nothing(cloudwatch: BaseClient) -> None:
    put(cloudwatch, {"Value": 3, "Unit": "Seconds", "Timestamp": at(NOW - 60)})
    assert statistics(cloudwatch, "Sum", Unit="Bytes") == []
    assert statistics(cloudwatch, "Sum", Unit="Seconds")[0]["Unit"] == "Seconds"


@pytest.mark.parametrize(
    ("datum", "code", "message"),
    [
        ({"Value": 1, "Timestamp": at(NOW - 15 * 86_400)}, "InvalidParameterValue", "Timestamp"),
        ({"Value": 1, "Timestamp": at(NOW + 3 * 3600)}, "InvalidParameterValue", "Timestamp"),
        ({"Value": float("nan")}, "InvalidParameterValue", "must be a number"),
        ({"Value": 2.0**361}, "InvalidParameterValue", "2\\^360"),
        ({}, "MissingParameter", "At least one of"),
        ({"Value": 1, "Values": [1.0]}, "InvalidParameterCombination", "mutually exclusive"),
        ({"Values": [1.0], "Counts": [1.0, 2.0]}, "InvalidParameterValue", "same size"),
        ({"Values": [1.0] * 151}, "InvalidParameterValue", "greater than 150"),
        ({"Value": 1, "StorageResolution": 5}, "InvalidParameterValue", "must be 1 or 60"),
    ],
)
def test_a_bad_datum_is_refused_and_nothing_is_kept(
    cloudwatch: BaseClient, datum: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(ClientError, match=message) as refused:
        put(cloudwatch, {"Value": 1}, datum)
    assert refused.value.response["Error"]["Code"] == code
    assert cloudwatch.list_metrics()["Metrics"] == []


def test_namespaces_of_aws_are_reserved(cloudwatch: BaseClient) -> None:
    with pytest.raises(ClientError, match="reserved"):
        put(cloudwatch, {"Value": 1}, namespace="AWS/EC2")


def test_a_large_compressed_request_is_read(cloudwatch: BaseClient) -> None:
    put(cloudwatch, *({"Value": n, "Dimensions": [{"Name": "n", "Value": f"{n}"}]} for n in range(1_000)))
    found = [m for page in cloudwatch.get_paginator("list_metrics").paginate(Namespace="Shop") for m in page["Metrics"]]
    assert len(found) == 1_000


def test_metrics_are_listed_by_500_and_by_what_is_asked(cloudwatch: BaseClient) -> None:
    for first in (0, 600):
        data = (
            {"Value": 1, "Dimensions": [{"Name": "env", "Value": "dev"}, {"Name": "n", "Value": f"{n}"}]}
            for n in range(first, first + 600)
        )
        put(cloudwatch, *data)
    put(cloudwatch, {"MetricName": "other", "Value": 1})
    pages = list(cloudwatch.get_paginator("list_metrics").paginate())
    assert [len(page["Metrics"]) for page in pages] == [500, 500, 201]
    one = cloudwatch.list_metrics(Dimensions=[{"Name": "n", "Value": "7"}])["Metrics"]
    assert one[0]["Dimensions"] == [{"Name": "env", "Value": "dev"}, {"Name": "n", "Value": "7"}]
    assert len(cloudwatch.list_metrics(Dimensions=[{"Name": "env"}])["Metrics"]) == 500
    assert len(cloudwatch.list_metrics(MetricName="other")["Metrics"]) == 1
    assert cloudwatch.list_metrics(Namespace="Nowhere")["Metrics"] == []


def test_a_metric_silent_for_two_weeks_is_hidden_and_still_readable(
    embedded_aws: EmbeddedAws, cloudwatch: BaseClient
) -> None:
    put(cloudwatch, {"Value": 7, "Timestamp": at(NOW)})
    embedded_aws.control.advance(4 * 3600)
    assert len(cloudwatch.list_metrics()["Metrics"]) == 1
    assert cloudwatch.list_metrics(RecentlyActive="PT3H")["Metrics"] == []
    embedded_aws.control.advance(14 * 86_400)
    assert cloudwatch.list_metrics()["Metrics"] == []
    assert statistics(cloudwatch, "Sum", period=300)[0]["Sum"] == 7


def test_a_new_metric_may_be_listed_late(embedded_aws: EmbeddedAws, cloudwatch: BaseClient) -> None:
    embedded_aws.control.limits(list_lag=900)
    put(cloudwatch, {"Value": 7})
    assert cloudwatch.list_metrics()["Metrics"] == []
    embedded_aws.control.advance(900)
    assert len(cloudwatch.list_metrics()["Metrics"]) == 1


def test_another_account_and_region_see_nothing(embedded_aws: EmbeddedAws, cloudwatch: BaseClient) -> None:
    put(cloudwatch, {"Value": 7})
    other = embedded_aws.client_options("999988887777")
    assert boto3.client("cloudwatch", **other).list_metrics()["Metrics"] == []
    elsewhere = embedded_aws.client_options() | {"region_name": "us-east-1"}
    assert boto3.client("cloudwatch", **elsewhere).list_metrics()["Metrics"] == []


def test_too_many_points_are_refused_with_the_count(cloudwatch: BaseClient) -> None:
    with pytest.raises(ClientError, match="up to 1,500 datapoints, which exceeds the limit of 1,440") as refused:
        statistics(cloudwatch, "Sum", StartTime=at(NOW - 1_500 * 60), EndTime=at(NOW))
    assert refused.value.response["Error"]["Code"] == "InvalidParameterCombination"
