"""GetMetricData as boto3 meets it: values, paging, retention, labels, shapes and refusals."""

from __future__ import annotations

import json
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.session import get_session
from botocore.validate import ParamValidator

from service.demo.launch import EmbeddedAws
from tests.demo.asking import NOW, SOURCE, ask, at, client, pages, points, query

pytestmark = pytest.mark.demo


@pytest.fixture
def cloudwatch(synthetic_aws: EmbeddedAws) -> BaseClient:
    synthetic_aws.control.freeze(NOW)
    return client(synthetic_aws)


def test_every_value_is_the_sources_own(cloudwatch: BaseClient) -> None:
    results = ask(cloudwatch, [query(number) for number in range(100)], 201)["MetricDataResults"]
    assert len(results) == 100
    for number, result in enumerate(results):
        assert result["Id"] == f"q{number}"
        assert result["StatusCode"] == "Complete"
        truth = SOURCE.truth(number, NOW - 201 * 60, NOW)
        assert points(result) == pytest.approx(truth, rel=1e-12)
        assert 190 <= len(truth) < 201, "the gaps are gaps"


def test_the_newest_point_comes_first_unless_asked_otherwise(cloudwatch: BaseClient) -> None:
    down = ask(cloudwatch, [query(0)])["MetricDataResults"][0]
    up = ask(cloudwatch, [query(0)], ScanBy="TimestampAscending")["MetricDataResults"][0]
    assert down["Timestamps"] == sorted(down["Timestamps"], reverse=True)
    assert up["Timestamps"] == down["Timestamps"][::-1]
    assert up["Values"] == down["Values"][::-1]


@pytest.mark.parametrize("stat", ["Sum", "SampleCount", "Minimum", "Maximum", "Average", "p50", "p95", "p99.9", "p100"])
def test_five_minutes_hold_the_samples_of_their_minutes(cloudwatch: BaseClient, stat: str) -> None:
    found = points(ask(cloudwatch, [query(3, stat, 300)])["MetricDataResults"][0])
    minutes = SOURCE.observe(SOURCE.metric(3), NOW - 3600, NOW, NOW)
    assert minutes is not None
    expected = {}
    for start in range(NOW - 3600, NOW, 300):
        samples: list[tuple[float, float]] = []
        for when, values, weights in zip(minutes.times, minutes.values, minutes.weights, strict=True):
            if start <= when < start + 300:
                samples += zip(values.tolist(), weights.tolist(), strict=True)
        expected[start] = _statistic(stat, sorted(samples))
    assert found == pytest.approx(expected, rel=1e-12)


def _statistic(stat: str, samples: list[tuple[float, float]]) -> float:
    total = sum(weight for _, weight in samples)
    if stat.startswith("p"):
        reached = 0.0
        for value, weight in samples:
            reached += weight
            if reached >= float(stat[1:]) / 100 * total - 1e-9:
                return value
    weighted = sum(value * weight for value, weight in samples)
    return {
        "Sum": weighted,
        "SampleCount": total,
        "Average": weighted / total,
        "Minimum": samples[0][0],
        "Maximum": samples[-1][0],
    }[stat]


def test_buckets_stand_on_the_clock_whatever_the_start_is(cloudwatch: BaseClient) -> None:
    answer = ask(cloudwatch, [query(0, period=300)], StartTime=at(NOW - 3600 - 127.5), EndTime=at(NOW - 61))
    times = sorted(points(answer["MetricDataResults"][0]))
    assert times == list(range(NOW - 3600, NOW, 300))


def test_the_running_minute_and_the_future_have_no_point(synthetic_aws: EmbeddedAws, cloudwatch: BaseClient) -> None:
    synthetic_aws.control.freeze(NOW + 59)
    answer = ask(cloudwatch, [query(0)], EndTime=at(NOW + 7200))
    assert max(points(answer["MetricDataResults"][0])) == NOW - 60
    synthetic_aws.control.freeze(NOW + 60)
    answer = ask(cloudwatch, [query(0)], EndTime=at(NOW + 7200))
    assert max(points(answer["MetricDataResults"][0])) == NOW


@pytest.mark.parametrize(
    ("period", "days", "there"),
    [(60, 14.9, True), (60, 15.1, False), (300, 15.1, True), (300, 62, True), (300, 64, False), (3600, 64, True),
     (3600, 450, True), (3600, 456, False), (86_400, 450, True), (30, 0.1, True), (30, 0.2, False)],
)  # fmt: skip
def test_a_start_older_than_the_retention_brings_nothing(
    cloudwatch: BaseClient, period: int, days: float, *, there: bool
) -> None:
    start = at(NOW - days * 86_400)
    answer = ask(cloudwatch, [query(0, period=period)], StartTime=start, EndTime=start + timedelta(days=2))
    assert bool(answer["MetricDataResults"][0]["Values"]) is there


def test_an_unknown_metric_is_complete_and_empty(cloudwatch: BaseClient) -> None:
    answer = ask(cloudwatch, [query(599), query(99_999)])
    assert [result["StatusCode"] for result in answer["MetricDataResults"]] == ["Complete", "Complete"]
    assert answer["MetricDataResults"][1]["Values"] == []


def test_another_accounts_metric_is_forbidden_without_a_link(cloudwatch: BaseClient) -> None:
    results = ask(cloudwatch, [query(0, AccountId="210987654321"), query(1, AccountId=SOURCE.account)])
    assert [result["StatusCode"] for result in results["MetricDataResults"]] == ["Forbidden", "Complete"]
    assert results["MetricDataResults"][0]["Values"] == []


def test_a_result_is_split_over_pages_and_comes_together_again(cloudwatch: BaseClient) -> None:
    queries = [query(number) for number in range(7)] + [query(99_999)]
    seen: dict[str, dict[int, float]] = {entry["Id"]: {} for entry in queries}
    sizes, statuses = [], []
    for page in pages(cloudwatch, queries, 60, MaxDatapoints=100):
        sizes.append(sum(len(result["Values"]) for result in page["MetricDataResults"]))
        for result in page["MetricDataResults"]:
            assert not seen[result["Id"]].keys() & points(result).keys()
            seen[result["Id"]] |= points(result)
            statuses.append((result["Id"], result["StatusCode"]))
    assert sizes[:-1] == [100] * (len(sizes) - 1)
    assert len(sizes) > 3
    for number in range(7):
        assert seen[f"q{number}"] == pytest.approx(SOURCE.truth(number, NOW - 3600, NOW), rel=1e-12)
    assert [status for name, status in statuses if name == "q1"] == ["PartialData", "Complete"]
    assert statuses[-1] == ("q99999", "Complete")


def test_pages_agree_on_their_now(synthetic_aws: EmbeddedAws, cloudwatch: BaseClient) -> None:
    walk = pages(cloudwatch, [query(number) for number in range(5)], 60, MaxDatapoints=50, EndTime=at(NOW + 3600))
    seen = [points(result) for result in next(walk)["MetricDataResults"]]
    synthetic_aws.control.advance(600)
    seen += [points(result) for page in walk for result in page["MetricDataResults"]]
    assert max(max(one) for one in seen if one) < NOW


def test_the_largest_request_fits_one_page_and_a_little_more_does_not(cloudwatch: BaseClient) -> None:
    answer = ask(cloudwatch, [query(number) for number in range(500)], 201)
    assert "NextToken" not in answer
    assert sum(len(result["Values"]) for result in answer["MetricDataResults"]) > 97_000


def test_a_token_of_another_request_is_refused(cloudwatch: BaseClient) -> None:
    token = ask(cloudwatch, [query(0), query(1)], MaxDatapoints=10)["NextToken"]
    for wrong in (token, "nonsense"):
        with pytest.raises(ClientError) as refused:
            ask(cloudwatch, [query(0), query(2)], MaxDatapoints=10, NextToken=wrong)
        assert refused.value.response["Error"]["Code"] == "InvalidNextToken"
        assert isinstance(refused.value, cloudwatch.exceptions.InvalidNextToken)


@pytest.mark.parametrize(
    ("queries", "more", "message"),
    [
        ([query(n) for n in range(501)], {}, "MetricDataQueries must not have a size greater than 500"),
        ([query(0)], {"EndTime": at(NOW - 7200)}, "StartTime must be less than the parameter EndTime"),
        ([query(0), query(0)], {}, "are not unique"),
        ([query(0) | {"Id": "Q"}], {}, "MetricDataQueries.member.1.Id is not matching"),
        ([query(0, period=61)], {}, "value 61 for parameter MetricDataQueries.member.1.MetricStat.Period"),
        ([query(0), query(1, "p101")], {}, "p101 for parameter MetricDataQueries.member.2.MetricStat.Stat"),
        ([query(0, Expression="1")], {}, "mutually exclusive"),
        ([{"Id": "e"}], {}, "must be specified"),
        ([query(0, ReturnData=False)], {}, "ReturnData"),
        ([query(0)], {"MaxDatapoints": 200_000}, "between 1 and 100800"),
        ([query(0)], {"ScanBy": "Sideways"}, "ScanBy"),
        ([query(0, Label="x")], {"LabelOptions": {"Timezone": "Seoul"}}, "LabelOptions.Timezone"),
        ([], {}, "MetricDataQueries is required"),
    ],
)
def test_a_malformed_request_is_a_validation_error(
    cloudwatch: BaseClient, queries: list[dict[str, Any]], more: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message) as refused:
        ask(cloudwatch, queries, **more)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_labels_tell_what_they_are_asked(cloudwatch: BaseClient) -> None:
    queries = [
        query(0) | {"Id": "a", "Label": "${PROP('Dim.Series')} ${PROP('Stat')} max ${MAX}"},
        query(0) | {"Id": "b"},
        query(0) | {"Id": "c", "Label": "last at ${LAST_TIME}"},
        query(99_999) | {"Id": "d", "Label": "${AVG}"},
    ]
    results = ask(cloudwatch, queries, LabelOptions={"Timezone": "+0900"})["MetricDataResults"]
    top = max(results[0]["Values"])
    last = results[0]["Timestamps"][0].astimezone(UTC) + timedelta(hours=9)
    assert [result["Label"] for result in results] == [
        f"00000 Average max {top:.4g}", "Load", f"last at {last:%Y-%m-%d %H:%M}", "--",
    ]  # fmt: skip


@pytest.mark.parametrize("minutes", [60, 1440])
def test_answers_have_botocores_shapes(cloudwatch: BaseClient, minutes: int) -> None:
    model = get_session().get_service_model("cloudwatch")
    answers = {
        "GetMetricData": ask(cloudwatch, [query(0), query(1)], minutes, MaxDatapoints=50),
        "ListMetrics": cloudwatch.list_metrics(),
        "GetMetricStatistics": cloudwatch.get_metric_statistics(
            Namespace="Synthetic", MetricName="Load", Dimensions=[{"Name": "Series", "Value": "00001"}], Period=60,
            StartTime=at(NOW - minutes * 60), EndTime=at(NOW), Statistics=["Sum"], ExtendedStatistics=["p90"],
        ),
    }  # fmt: skip
    for action, answer in answers.items():
        answer.pop("ResponseMetadata")
        report = ParamValidator().validate(answer, model.operation_model(action).output_shape)
        assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize("protocol", ["query", "smithy-rpc-v2-cbor", "json"])
def test_older_and_newer_protocols_bring_the_same(
    synthetic_aws: EmbeddedAws, cloudwatch: BaseClient, protocol: str, tmp_path: Path
) -> None:
    plain = ask(cloudwatch, [query(0), query(1, "p90")])["MetricDataResults"]
    model = dict(get_session().get_component("data_loader").load_service_model("cloudwatch", "service-2"))
    model["metadata"] = model["metadata"] | {"protocol": protocol, "protocols": [protocol]}
    folder = tmp_path / "cloudwatch" / "2010-08-01"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(model), encoding="utf-8")
    session = get_session()
    session.set_config_variable("data_path", str(tmp_path))
    other = session.create_client("cloudwatch", **synthetic_aws.client_options())
    assert other.meta.service_model.resolved_protocol == protocol
    found = ask(other, [query(0), query(1, "p90")])["MetricDataResults"]
    assert [points(one) for one in found] == [points(one) for one in plain]
    assert other.list_metrics(Namespace="Synthetic")["Metrics"] == cloudwatch.list_metrics()["Metrics"]
    other.put_metric_data(Namespace="Own", MetricData=[{"MetricName": protocol, "Values": [1.5, 3], "Counts": [2, 1]}])
    assert [one["MetricName"] for one in other.list_metrics(Namespace="Own")["Metrics"]] == [protocol]
    with pytest.raises(ClientError, match="p101") as refused:
        ask(other, [query(0, "p101")])
    assert refused.value.response["Error"]["Code"] == "ValidationError"
