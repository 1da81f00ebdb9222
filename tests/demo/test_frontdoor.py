"""The front door passes to moto what it does not answer itself, and says clearly what nobody answers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from service.demo.launch import EmbeddedAws, EmbeddedAwsError, start

pytestmark = pytest.mark.demo
_ONE_TRY = Config(retries={"total_max_attempts": 1})


def _client(aws: EmbeddedAws, service: str, account: str | None = None) -> Any:  # noqa: ANN401 - boto3 has no types
    return boto3.client(service, **aws.client_options(account), config=_ONE_TRY)


def test_moto_answers_what_the_front_door_does_not(embedded_aws: EmbeddedAws) -> None:
    vpc = _client(embedded_aws, "ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    found = _client(embedded_aws, "ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]
    assert [one["CidrBlock"] for one in found] == ["10.9.0.0/16"]


def test_s3_bodies_and_heads_pass_unharmed(embedded_aws: EmbeddedAws) -> None:
    s3 = _client(embedded_aws, "s3")
    s3.create_bucket(Bucket="cloudmart-dev", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    s3.put_object(Bucket="cloudmart-dev", Key="a/ü.bin", Body=bytes(range(256)) * 40)
    assert s3.head_object(Bucket="cloudmart-dev", Key="a/ü.bin")["ContentLength"] == 10_240
    assert s3.get_object(Bucket="cloudmart-dev", Key="a/ü.bin")["Body"].read() == bytes(range(256)) * 40


def test_alarms_stay_with_moto(embedded_aws: EmbeddedAws) -> None:
    cloudwatch = _client(embedded_aws, "cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="high", Namespace="N", MetricName="m", Period=60, EvaluationPeriods=1, Threshold=1,
        Statistic="Sum", ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    assert [alarm["AlarmName"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]] == ["high"]


def test_a_key_names_its_account(embedded_aws: EmbeddedAws) -> None:
    own = _client(embedded_aws, "sts").get_caller_identity()["Account"]
    other = _client(embedded_aws, "sts", "210987654321").get_caller_identity()["Account"]
    assert (own, other) == ("123456789012", "210987654321")


def test_an_assumed_role_acts_in_its_own_account(embedded_aws: EmbeddedAws) -> None:
    role = "arn:aws:iam::111122223333:role/lamplighter"
    given = _client(embedded_aws, "sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    keys = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    session = boto3.Session(region_name="ap-northeast-2", **keys)
    cloudwatch = session.client("cloudwatch", endpoint_url=embedded_aws.url)
    cloudwatch.put_metric_data(Namespace="Theirs", MetricData=[{"MetricName": "m", "Value": 1}])
    assert [metric["Namespace"] for metric in cloudwatch.list_metrics()["Metrics"]] == ["Theirs"]
    assert _client(embedded_aws, "cloudwatch").list_metrics()["Metrics"] == []
    assert session.client("sts", endpoint_url=embedded_aws.url).get_caller_identity()["Account"] == "111122223333"
    ec2 = session.client("ec2", endpoint_url=embedded_aws.url)
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    ours = [one["VpcId"] for one in _client(embedded_aws, "ec2").describe_vpcs()["Vpcs"]]
    assert vpc not in ours
    assert vpc in [one["VpcId"] for one in _client(embedded_aws, "ec2", "111122223333").describe_vpcs()["Vpcs"]]


@pytest.mark.parametrize(
    ("service", "call"),
    [("compute-optimizer", "get_enrollment_status"), ("health", "describe_events"), ("cloudwatch", "list_dashboards")],
)
def test_what_nobody_implements_is_an_aws_error_that_is_not_retried(
    embedded_aws: EmbeddedAws, service: str, call: str
) -> None:
    client = boto3.client(service, **embedded_aws.client_options())
    try:
        getattr(client, call)()
    except ClientError as refused:
        assert refused.response["Error"]["Code"] == "NotImplemented"
        assert refused.response["ResponseMetadata"]["RetryAttempts"] == 0
    else:
        assert call == "list_dashboards"


@pytest.mark.parametrize(
    ("kind", "service", "call", "code"),
    [
        ("throttle", "cloudwatch", "list_metrics", "Throttling"),
        ("throttle", "ec2", "describe_vpcs", "RequestLimitExceeded"),
        ("deny", "cloudwatch", "list_metrics", "AccessDenied"),
        ("deny", "ec2", "describe_vpcs", "UnauthorizedOperation"),
        ("deny", "ssm", "describe_parameters", "AccessDeniedException"),
        ("deny", "s3", "list_buckets", "AccessDenied"),
        ("expired", "rds", "describe_db_instances", "ExpiredToken"),
        ("internal", "cloudwatch", "list_metrics", "InternalServiceError"),
    ],
)
def test_faults_speak_as_each_service_does(
    embedded_aws: EmbeddedAws, kind: str, service: str, call: str, code: str
) -> None:
    embedded_aws.control.fault(kind, service=service)
    with pytest.raises(ClientError) as refused:
        getattr(_client(embedded_aws, service), call)()
    assert refused.value.response["Error"]["Code"] == code
    embedded_aws.control.clear_faults()
    getattr(_client(embedded_aws, service), call)()


def test_a_fault_hits_only_what_it_names(embedded_aws: EmbeddedAws) -> None:
    embedded_aws.control.fault("deny", service="ec2", action="DescribeSubnets", region="ap-northeast-2")
    ec2 = _client(embedded_aws, "ec2")
    ec2.describe_vpcs()
    with pytest.raises(ClientError, match="not authorized to perform: ec2:DescribeSubnets"):
        ec2.describe_subnets()
    elsewhere = boto3.client("ec2", **embedded_aws.client_options() | {"region_name": "us-east-1"})
    elsewhere.describe_subnets()


def test_a_rest_action_is_recognised_by_its_uri(embedded_aws: EmbeddedAws) -> None:
    embedded_aws.control.fault("deny", service="cloudfront", action="ListDistributions")
    with pytest.raises(ClientError, match="AccessDenied"):
        _client(embedded_aws, "cloudfront").list_distributions()
    _client(embedded_aws, "s3").list_buckets()
    actions = {row["action"] for row in embedded_aws.control.meter()["rows"]}
    assert {"ListDistributions", "ListBuckets"} <= actions


def test_a_throttle_rate_is_repeatable_and_counted_apart(embedded_aws: EmbeddedAws) -> None:
    def run() -> list[bool]:
        embedded_aws.control.reset()
        embedded_aws.control.fault("throttle", rate=0.3, seed=7, action="DescribeVpcs")
        fates = []
        for _ in range(40):
            try:
                _client(embedded_aws, "ec2").describe_vpcs()
                fates.append(True)
            except ClientError:
                fates.append(False)
        return fates

    first = run()
    totals = embedded_aws.control.meter()["totals"]
    assert run() == first
    assert 4 <= first.count(False) <= 20
    assert (totals["calls"], totals["throttled"]) == (first.count(True), first.count(False))


def test_a_fault_ends_after_its_times(embedded_aws: EmbeddedAws) -> None:
    embedded_aws.control.fault("internal", service="ec2", times=2)
    ec2 = boto3.client("ec2", **embedded_aws.client_options(), config=Config(retries={"total_max_attempts": 4}))
    assert ec2.describe_vpcs()["ResponseMetadata"]["RetryAttempts"] == 2


def test_a_page_of_html_comes_with_status_200(embedded_aws: EmbeddedAws) -> None:
    embedded_aws.control.fault("html", service="cloudwatch")
    assert "Metrics" not in _client(embedded_aws, "cloudwatch").list_metrics()  # boto3 lets it through
    embedded_aws.control.reset()
    embedded_aws.control.fault("html", service="sts")
    with pytest.raises((ResponseParserError, KeyError)):
        _client(embedded_aws, "sts").get_caller_identity()


def test_a_hanging_call_answers_after_its_seconds(embedded_aws: EmbeddedAws) -> None:
    embedded_aws.control.fault("hang", seconds=0.3, service="ec2", times=1)
    began = time.monotonic()
    _client(embedded_aws, "ec2").describe_vpcs()
    assert time.monotonic() - began >= 0.3


def test_missing_keys_are_missing_from_motos_answers_too(embedded_aws: EmbeddedAws) -> None:
    embedded_aws.control.fault("missing", service="ec2", keys=["CidrBlock"])
    vpcs = _client(embedded_aws, "ec2").describe_vpcs()["Vpcs"]
    assert vpcs
    assert all("VpcId" in vpc and "CidrBlock" not in vpc for vpc in vpcs)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "word"),
    [
        ("GET", "nothing", None, 404, "there is no GET"),
        ("PUT", "clock", {}, 405, "there is no PUT"),
        ("POST", "faults", {"kind": "boom"}, 400, "kind must be one of"),
        ("POST", "faults", {"kind": "throttle", "rate": 2}, 400, "between 0 and 1"),
        ("POST", "clock", {"now": "2026-01-01T00:00:00"}, 400, "no time zone"),
        ("POST", "clock", {"when": 3}, 400, "give one of now"),
        ("POST", "limits", {"speed": 3}, 400, "there is no limit speed"),
        ("DELETE", "faults/99", None, 404, "there is no fault 99"),
        ("POST", "incidents", {"name": "meteor"}, 404, "no incident 'meteor'"),
    ],
)
def test_the_control_api_says_what_it_refuses(  # noqa: PLR0913 - one argument per column of the table
    embedded_aws: EmbeddedAws, method: str, path: str, body: dict[str, Any] | None, status: int, word: str
) -> None:
    with pytest.raises(EmbeddedAwsError, match=f"{word}.*{status}"):
        embedded_aws.control.call(method, path, body)


@pytest.mark.parametrize("headers", [{"Origin": "https://example.org"}, {"Host": "example.org"}])
def test_the_control_api_refuses_web_pages(embedded_aws: EmbeddedAws, headers: dict[str, str]) -> None:
    request = urllib.request.Request(f"{embedded_aws.url}/_demo/clock", headers=headers)  # noqa: S310 - our child
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(request, timeout=5)  # noqa: S310 - the same
    refused.value.close()


def test_the_clock_freezes_advances_and_comes_back(embedded_aws: EmbeddedAws) -> None:
    control = embedded_aws.control
    control.freeze(1_800_000_000)
    assert control.now() == 1_800_000_000
    control.advance(90)
    assert control.now() == 1_800_000_090
    control.call("POST", "clock", {"offset": -3600})
    assert control.now() == pytest.approx(time.time() - 3600, abs=5)
    control.reset_clock()
    assert control.now() == pytest.approx(time.time(), abs=5)


def test_the_environment_leads_boto3_to_the_child_and_nowhere_else(embedded_aws: EmbeddedAws) -> None:
    program = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    environment = {"PATH": os.environ["PATH"], **embedded_aws.environment("555566667777")}
    answer = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=30
    )
    assert answer.stdout.strip() == "555566667777"


def test_a_bad_world_fails_with_the_end_of_its_log() -> None:
    with pytest.raises(EmbeddedAwsError, match=r"(?s)status 2 .*there is no world 'mars'"):
        start("mars")


def test_a_taken_port_fails_with_the_end_of_its_log(embedded_aws: EmbeddedAws) -> None:
    port = int(embedded_aws.url.rsplit(":", 1)[1])
    with pytest.raises(EmbeddedAwsError, match=r"(?s)before it was ready.*in use"):
        start("empty", port=port)


def test_stopping_ends_the_child_at_once_and_twice_is_fine() -> None:
    with start("empty") as aws:
        assert aws.running()
        began = time.monotonic()
        aws.stop()
        assert time.monotonic() - began < 2
        assert aws.process.returncode == 0
    assert not aws.running()


def test_the_child_dies_with_a_killed_parent() -> None:
    program = (
        "import time; from service.demo.launch import start; aws = start('empty'); "
        "print(aws.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 5
    while _alive(child):
        assert time.monotonic() < deadline, "the child outlived its parent"
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as status:  # noqa: PTH123 - a file of the kernel
            return status.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_requests_without_a_signature_are_refused_not_crashed(embedded_aws: EmbeddedAws) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{embedded_aws.url}/nothing/here", timeout=5)  # noqa: S310 - our child
    refused.value.close()
    assert 400 <= refused.value.code < 600


def test_unreadable_parameters_are_a_client_error(embedded_aws: EmbeddedAws) -> None:
    headers = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIA123456789012DEMO/20261123/us-east-1/monitoring/aws4_request",
        "X-Amz-Target": "GraniteServiceVersion20100801.GetMetricData",
        "Content-Type": "application/x-amz-json-1.0",
    }
    for body in (b"{", b"[]", b'{"StartTime": "yesterday"}', b'{"MetricDataQueries": 3}'):
        request = urllib.request.Request(embedded_aws.url, data=body, headers=headers)  # noqa: S310 - our child
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=5)  # noqa: S310 - the same
        with refused.value:
            assert refused.value.code == 400
            assert json.load(refused.value)["__type"] in {"SerializationException", "ValidationError"}
