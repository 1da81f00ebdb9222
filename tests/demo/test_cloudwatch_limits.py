"""What goes wrong on purpose and what it costs: rates, late points, partial answers, the meter."""

from __future__ import annotations

from decimal import Decimal

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from service.demo.launch import EmbeddedAws
from tests.demo.asking import NOW, SOURCE, ask, client, pages, points, query

pytestmark = pytest.mark.demo


@pytest.fixture
def cloudwatch(synthetic_aws: EmbeddedAws) -> BaseClient:
    synthetic_aws.control.freeze(NOW)
    return client(synthetic_aws)


def test_requests_a_second_are_limited_and_refill_with_the_clock(
    synthetic_aws: EmbeddedAws, cloudwatch: BaseClient
) -> None:
    synthetic_aws.control.limits(GetMetricData=1)

    def fates(count: int) -> list[str]:
        found = []
        for _ in range(count):
            try:
                ask(cloudwatch, [query(0)])
                found.append("ok")
            except ClientError as refused:
                found.append(refused.response["Error"]["Code"])
        return found

    assert fates(1) == ["ok"]
    assert "Throttling" in fates(2)
    synthetic_aws.control.advance(1)
    assert fates(1) == ["ok"]
    totals = synthetic_aws.control.meter()["totals"]
    assert totals["throttled"] >= 1
    assert totals["metrics"] == totals["calls"], "a throttled call is not billed"


def test_points_a_second_are_limited_more_strictly_when_recent(
    synthetic_aws: EmbeddedAws, cloudwatch: BaseClient
) -> None:
    synthetic_aws.control.limits(points_recent=1_000, points_older=100_000)
    queries = [query(number) for number in range(12)]
    ask(cloudwatch, queries, 180)
    with pytest.raises(ClientError, match="Rate exceeded"):
        ask(cloudwatch, queries, 180)
    for _ in range(3):
        ask(cloudwatch, queries, 181)


def test_late_points_appear_later(synthetic_aws: EmbeddedAws, cloudwatch: BaseClient) -> None:
    synthetic_aws.control.fault("late", seconds=600)
    truth = SOURCE.truth(0, NOW - 3600, NOW)
    early = points(ask(cloudwatch, [query(0)])["MetricDataResults"][0])
    assert early == {when: value for when, value in truth.items() if when + 60 <= NOW - 600}
    synthetic_aws.control.advance(600)
    assert points(ask(cloudwatch, [query(0)])["MetricDataResults"][0]) == truth


def test_revised_points_change_once(synthetic_aws: EmbeddedAws, cloudwatch: BaseClient) -> None:
    synthetic_aws.control.fault("late", seconds=600, mode="revised", rate=0.5, seed=3)
    truth = SOURCE.truth(0, NOW - 3600, NOW)
    first = points(ask(cloudwatch, [query(0)])["MetricDataResults"][0])
    revised = [when for when in truth if first[when] != truth[when]]
    assert 0 < len(revised) < 10
    assert all(first[when] == pytest.approx(0.9 * truth[when]) for when in revised)
    assert min(revised) >= NOW - 660
    synthetic_aws.control.advance(600)
    assert points(ask(cloudwatch, [query(0)])["MetricDataResults"][0]) == truth


def test_partial_results_say_so_and_heal(synthetic_aws: EmbeddedAws, cloudwatch: BaseClient) -> None:
    synthetic_aws.control.fault("partial", rate=0.5, seed=1)
    results = ask(cloudwatch, [query(number) for number in range(40)])["MetricDataResults"]
    ill = [result for result in results if result["StatusCode"] == "PartialData"]
    assert 5 < len(ill) < 35
    assert all(len(result["Values"]) < 40 and result["Messages"] for result in ill)
    synthetic_aws.control.clear_faults()
    results = ask(cloudwatch, [query(number) for number in range(40)])["MetricDataResults"]
    assert {result["StatusCode"] for result in results} == {"Complete"}


def test_nan_values_and_missing_keys_get_through_to_boto3(synthetic_aws: EmbeddedAws, cloudwatch: BaseClient) -> None:
    synthetic_aws.control.fault("nan")
    values = ask(cloudwatch, [query(0)])["MetricDataResults"][0]["Values"]
    assert 0 < sum(value != value for value in values) < len(values)  # noqa: PLR0124 - NaN differs from itself
    synthetic_aws.control.reset()
    synthetic_aws.control.freeze(NOW)
    synthetic_aws.control.fault("missing", keys=["Timestamps"])
    assert "Timestamps" not in ask(cloudwatch, [query(0)])["MetricDataResults"][0]


def test_the_meter_bills_metrics_requested_not_points(synthetic_aws: EmbeddedAws, cloudwatch: BaseClient) -> None:
    stats = ["Average", "Maximum", "p50", "p90", "p99", "Sum"]
    queries = [query(1, stat) | {"Id": f"m{n}"} for n, stat in enumerate(stats)] + [query(2), query(3)]
    ask(cloudwatch, queries, 60)
    totals = synthetic_aws.control.meter()["totals"]
    assert (totals["metrics"], totals["metrics_high"]) == (4, 8), "six statistics of one metric are two metrics"
    assert Decimal(totals["dollars"]) == Decimal("0.00004")
    list(pages(cloudwatch, queries, 60, MaxDatapoints=400))
    totals = synthetic_aws.control.meter()["totals"]
    assert (totals["metrics_low"], totals["metrics"], totals["calls"]) == (8, 12, 3)
