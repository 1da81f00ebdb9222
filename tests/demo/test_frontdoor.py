"""The front door passes to moto what it does not answer itself, and says clearly what nobody answers."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from service.demo.launch import EmbeddedAws

pytestmark = pytest.mark.demo
_ONE_TRY = Config(retries={"total_max_attempts": 1})


def _client(aws: EmbeddedAws, service: str, account: str | None = None) -> BaseClient:
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
    [
        ("compute-optimizer", "get_enrollment_status"),
        ("health", "describe_events"),
        ("cloudwatch", "list_metric_streams"),
    ],
)
def test_what_nobody_implements_is_an_aws_error_that_is_not_retried(
    embedded_aws: EmbeddedAws, service: str, call: str
) -> None:
    client = boto3.client(service, **embedded_aws.client_options())
    with pytest.raises(ClientError) as refused:
        getattr(client, call)()
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == 0


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


def test_requests_without_a_signature_are_refused_not_crashed(embedded_aws: EmbeddedAws) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{embedded_aws.url}/nothing/here", timeout=5)
    refused.value.close()
    assert 400 <= refused.value.code < 600


def test_unreadable_parameters_are_a_client_error(embedded_aws: EmbeddedAws) -> None:
    headers = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIA123456789012DEMO/20261123/us-east-1/monitoring/aws4_request",
        "X-Amz-Target": "GraniteServiceVersion20100801.GetMetricData",
        "Content-Type": "application/x-amz-json-1.0",
    }
    for body in (b"{", b"[]", b'{"StartTime": "yesterday"}', b'{"MetricDataQueries": 3}'):
        request = urllib.request.Request(embedded_aws.url, data=body, headers=headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=5)
        with refused.value:
            assert refused.value.code == 400
            assert json.load(refused.value)["__type"] in {"SerializationException", "ValidationError"}
