"""What Prometheus reads is parsed back by Prometheus' own parser and equals what is kept."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open
from prometheus_client.parser import text_string_to_metric_families as parse

from dashboards.config import WebSettings
from dashboards.exposition import exposed_name
from store import Store
from store.vocabulary import Absent, Series, SeriesKey

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
TOKEN = "a-token-of-enough-length"  # noqa: S105  of the test


def a_series(
    namespace: str = "AWS/ApplicationELB", metric: str = "RequestCount", stat: str = "Sum", **more: object
) -> Series:
    key = SeriesKey("main", "ap-northeast-2", namespace, metric, (("LoadBalancer", 'app/"odd"\\name/1'),), stat)
    return Series(key, **{"period": 60, "absent": Absent.UNKNOWN, **more})  # type: ignore[arg-type]


def families(text: str) -> dict[str, Metric]:
    return {family.name: family for family in parse(text)}


@pytest.mark.parametrize(
    ("namespace", "metric", "stat", "name"),
    [
        ("AWS/ApplicationELB", "RequestCount", "Sum", "aws_applicationelb_request_count_sum"),
        ("AWS/ApplicationELB", "TargetResponseTime", "p95", "aws_applicationelb_target_response_time_p95"),
        ("AWS/EC2", "CPUUtilization", "Average", "aws_ec2_cpuutilization_average"),
        ("AWS/EC2", "EBSIOBalance%", "Minimum", "aws_ec2_ebsiobalance_percent_minimum"),
        ("AWS/EC2", "StatusCheckFailed_Instance", "Maximum", "aws_ec2_status_check_failed_instance_maximum"),
        ("AWS/CloudFront", "5xxErrorRate", "Average", "aws_cloudfront_5xx_error_rate_average"),
        ("CWAgent", "mem_used_percent", "Average", "aws_cwagent_mem_used_percent_average"),
        ("My/App", "queue depth", "p99.9", "aws_my_app_queue_depth_p99_9"),
    ],
)
def test_names_are_those_of_yace(namespace: str, metric: str, stat: str, name: str) -> None:
    assert exposed_name(a_series(namespace, metric, stat)) == name


def test_the_latest_value_of_a_series_is_told_with_its_place(
    sqlite_store: Store, client_of: Callable[..., FlaskClient], clock: Callable[[], datetime]
) -> None:
    series = a_series(environment="prod", component="backend", resource_id="arn:lb", unit="Count")
    at = int(clock().timestamp()) // 60 * 60 - 120
    sqlite_store.series.upsert([series])
    sqlite_store.samples.write({series.id: [(at - 60, 1.0), (at, 0.1 + 0.2)]})
    client = client_of()
    family = families(client.get("/metrics/aws").text)["aws_applicationelb_request_count_sum"]
    assert family.type == "gauge"
    (sample,) = family.samples
    assert sample.value == 0.1 + 0.2
    assert sample.timestamp is None
    assert sample.labels == {
        "account": "main",
        "region": "ap-northeast-2",
        "environment": "prod",
        "component": "backend",
        "resource": "arn:lb",
        "dimension_LoadBalancer": 'app/"odd"\\name/1',
    }
    (stamped,) = families(client.get("/metrics/aws?timestamps=1").text)["aws_applicationelb_request_count_sum"].samples
    assert stamped.timestamp == at


def test_an_old_value_is_not_told_as_if_it_were_of_now(
    sqlite_store: Store, client_of: Callable[..., FlaskClient], clock: Callable[[], datetime]
) -> None:
    now = int(clock().timestamp()) // 86400 * 86400
    quick, daily = a_series(), a_series("AWS/S3", "BucketSizeBytes", "Average", period=86400)
    sqlite_store.series.upsert([quick, daily])
    sqlite_store.samples.write({quick.id: [(now - 7200, 1.0)], daily.id: [(now - 86400, 5.0)]})
    told = families(client_of().get("/metrics/aws").text)
    assert list(told) == ["aws_s3_bucket_size_bytes_average"]


def test_openmetrics_is_spoken_to_whom_asks_for_it(cloudmart: Store, client_of: Callable[..., FlaskClient]) -> None:
    assert cloudmart.series.find()
    client = client_of()
    for path in ("/metrics", "/metrics/aws"):
        answer = client.get(path, headers={"Accept": OPENMETRICS})
        assert answer.content_type.startswith("application/openmetrics-text")
        assert answer.text.endswith("# EOF\n")
        assert answer.text.count("# EOF") == 1
        assert list(parse_open(answer.text))
    empty = client_of().get("/metrics/aws", headers={"Accept": OPENMETRICS})
    assert empty.status_code == 200


def test_openmetrics_of_no_series_is_still_a_document(client_of: Callable[..., FlaskClient]) -> None:
    assert client_of().get("/metrics/aws", headers={"Accept": OPENMETRICS}).text == "# EOF\n"
    assert client_of().get("/metrics/aws").text == ""


def test_every_open_series_with_a_value_is_told_and_each_name_once(
    cloudmart: Store, client_of: Callable[..., FlaskClient], clock: Callable[[], datetime]
) -> None:
    text = client_of().get("/metrics/aws").text
    told = [sample for family in parse(text) for sample in family.samples]
    latest = cloudmart.samples.latest([series.id for series in cloudmart.series.find()], now=clock())
    assert len(told) == len(latest)
    assert sorted(sample.value for sample in told) == sorted(value for _, value in latest.values())
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names))


def test_20000_series_are_told_in_seconds_and_compressed(
    sqlite_store: Store, client_of: Callable[..., FlaskClient], clock: Callable[[], datetime]
) -> None:
    at = int(clock().timestamp()) // 60 * 60 - 60
    many = [
        Series(
            SeriesKey("main", "r", "AWS/EC2", f"Metric{number % 40}", (("InstanceId", f"i-{number}"),), "Average"), 60
        )
        for number in range(20_000)
    ]
    sqlite_store.series.upsert(many)
    sqlite_store.samples.write({series.id: [(at, float(number))] for number, series in enumerate(many)})
    began = time.perf_counter()
    answer = client_of().get("/metrics/aws", headers={"Accept-Encoding": "gzip"})
    text = gzip.decompress(answer.data).decode()
    assert time.perf_counter() - began < 20
    assert answer.headers["Content-Encoding"] == "gzip"
    assert sum(1 for line in text.splitlines() if not line.startswith("#")) == 20_000


def test_tells_its_own_operation(
    cloudmart: Store, client_of: Callable[..., FlaskClient], clock: Callable[[], datetime]
) -> None:
    assert cloudmart.jobs.all()
    client = client_of()
    client.get("/healthz")
    told = families(client.get("/metrics").text)
    value = {(sample.name, *sorted(sample.labels.items())): sample.value for f in told.values() for sample in f.samples}
    job = ("job", "health:main/ap-northeast-2")
    assert value["lamplighter_store_up",] == 1
    assert value["lamplighter_store_bytes",] == cloudmart.size() > 4096
    assert value["lamplighter_job_last_success_age_seconds", job] == 20
    assert value["lamplighter_job_recent_runs", job, ("outcome", "ok")] == 1
    assert value["lamplighter_job_coverage_ratio", ("job", "metrics:partner/us-east-1")] == 0.62
    assert value["lamplighter_aws_cost_cap_dollars",] == 30
    low, high = (value["lamplighter_aws_cost_month_dollars", ("bound", bound)] for bound in ("low", "high"))
    assert 0 < low < high
    calls = ("account", "main"), ("api", "GetMetricData"), ("region", "ap-northeast-2")
    assert value["lamplighter_aws_calls_total", *calls] > 0
    place = ("component", "backend"), ("environment", "prod")
    assert value["lamplighter_component_status", *place, ("status", "critical")] == 1
    assert value["lamplighter_component_status", *place, ("status", "ok")] == 0
    requests = ("endpoint", "probes.healthz"), ("method", "GET"), ("status", "200")
    assert value["lamplighter_http_request_duration_seconds_count", *requests] == 1
    assert value["lamplighter_series",] == len(cloudmart.series.find())
    assert value["lamplighter_data_age_seconds", ("quantile", "0.99")] == int(clock().timestamp()) % 60 + 120
    assert "lamplighter_build_info" in {sample.name for f in told.values() for sample in f.samples}


def test_strange_methods_and_paths_add_no_series(client_of: Callable[..., FlaskClient]) -> None:
    client = client_of()
    for number in range(5):
        client.open(f"/nowhere/{number}", method=f"M{number}")
    text = client.get("/metrics").text
    assert "nowhere" not in text
    assert text.count('lamplighter_http_request_duration_seconds_count{endpoint="none"') == 1


def test_a_store_that_is_away_is_itself_a_metric(sqlite_store: Store, client_of: Callable[..., FlaskClient]) -> None:
    client = client_of()
    with sqlite_store.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE jobs")
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert "lamplighter_store_up 0.0" in answer.text


@pytest.mark.parametrize("path", ["/metrics", "/metrics/aws"])
def test_prometheus_reads_with_its_token_where_there_is_a_login(
    path: str, client_of: Callable[..., FlaskClient]
) -> None:
    users = {"users": [{"name": "minji", "password_hash": "scrypt:32768:8:1$salt$00"}]}
    client = client_of(WebSettings.model_validate({"login": users, "metrics_token": TOKEN}))
    refused = client.get(path)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert client.get(path, headers={"Authorization": "Bearer something-else-entirely"}).status_code == 401
    assert client.get(path, headers={"Authorization": f"Basic {TOKEN}"}).status_code == 401
    assert client.get(path, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert client.get("/api/v1/jobs", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 401
