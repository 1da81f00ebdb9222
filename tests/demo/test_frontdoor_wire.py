"""What botocore writes, we read; what we write, botocore reads: for each protocol, without a server between."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import given
from hypothesis import strategies as st

from service.demo import cbor
from service.demo.answers import encode, encode_error
from service.demo.source import AwsError
from service.demo.wire import Call, Models, read_call, read_params

MODELS = Models()
AT = datetime(2026, 11, 23, 12, 0, 0, 500_000, tzinfo=UTC)
_SCOPES = {"cloudwatch": "monitoring", "elbv2": "elasticloadbalancing"}
_ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("ec2", "DescribeInstances", {
        "InstanceIds": ["i-1", "i-2"], "DryRun": True, "MaxResults": 7,
        "Filters": [{"Name": "tag:Environment", "Values": ["dev", "prod"]}, {"Name": "state", "Values": ["on"]}],
    }),
    ("ec2", "DescribeSpotPriceHistory", {"StartTime": AT, "InstanceTypes": ["t3.micro"]}),
    ("elbv2", "DescribeTargetHealth", {"TargetGroupArn": "x", "Targets": [{"Id": "i-1", "Port": 80}, {"Id": "i-2"}]}),
    ("autoscaling", "DescribeAutoScalingGroups", {"AutoScalingGroupNames": ["a", "ü b"], "MaxRecords": 50}),
    ("rds", "DescribeDBInstances", {"Filters": [{"Name": "engine", "Values": ["postgres"]}]}),
    ("sns", "Publish", {
        "Message": "a&b=c", "MessageAttributes": {"kind": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}},
    }),
    ("sts", "AssumeRole", {"RoleArn": "arn:aws:iam::1:role/x", "RoleSessionName": "me", "DurationSeconds": 900}),
    ("cloudwatch", "PutMetricData", {
        "Namespace": "N", "MetricData": [{"MetricName": "m", "Timestamp": AT, "Values": [1.5, 2.0], "Unit": "Count"}],
    }),
    ("ce", "GetCostAndUsage", {
        "TimePeriod": {"Start": "2026-11-01", "End": "2026-11-23"}, "Granularity": "DAILY", "Metrics": ["X"],
    }),
    ("logs", "StartQuery", {"logGroupNames": ["a"], "startTime": 1, "endTime": 2, "queryString": "fields @message"}),
    ("xray", "GetServiceGraph", {"StartTime": AT, "EndTime": AT}),
    ("s3", "ListObjectsV2", {"Bucket": "b", "Prefix": "a/b", "MaxKeys": 5}),
    ("cloudfront", "ListDistributions", {"MaxItems": "5"}),
]  # fmt: skip


def _call(service: str, action: str, asked: dict[str, Any]) -> Call:
    """The request that botocore would send, as the front door gets it."""
    model = MODELS.service(service)
    sent = create_serializer(model.resolved_protocol).serialize_to_request(asked, model.operation_model(action))
    body, query = sent["body"], sent["query_string"]
    if isinstance(body, dict):
        body = urlencode(body).encode()
        sent["headers"]["Content-Type"] = "application/x-www-form-urlencoded"
    scope = f"Credential=AKIA123456789012DEMO/20261123/eu-west-1/{_SCOPES.get(service, service)}/aws4_request"
    path, _, fixed = sent["url_path"].partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": sent["method"],
        "PATH_INFO": path,
        "QUERY_STRING": "&".join(part for part in (fixed, urlencode(query)) if part),
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
        "CONTENT_TYPE": sent["headers"].get("Content-Type", ""),
        "wsgi.input": io.BytesIO(),
    }
    if "X-Amz-Target" in sent["headers"]:
        environ["HTTP_X_AMZ_TARGET"] = sent["headers"]["X-Amz-Target"]
    call = read_call(environ, body.encode() if isinstance(body, str) else body, MODELS)
    assert call is not None
    return call


@pytest.mark.parametrize(("service", "action", "asked"), _ASKED)
def test_what_botocore_asks_is_what_we_read(service: str, action: str, asked: dict[str, Any]) -> None:
    call = _call(service, action, asked)
    assert (call.service, call.action, call.region) == (service, action, "eu-west-1")
    assert _exactly(read_params(call, MODELS.operation(call))) == _exactly(asked)


def _exactly(value: Any) -> Any:  # noqa: ANN401 - any parameters
    """Parameters with their times cut to the second: some protocols carry no fractions."""
    if isinstance(value, dict):
        return {key: _exactly(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_exactly(item) for item in value]
    return value.replace(microsecond=0) if isinstance(value, datetime) else value


_ANSWERED: list[tuple[str, str, dict[str, Any]]] = [
    ("elbv2", "DescribeTargetHealth", {"TargetHealthDescriptions": [
        {"Target": {"Id": "i-1", "Port": 80}, "TargetHealth": {"State": "unhealthy", "Reason": "Target.<Timeout>"}},
    ]}),
    ("ec2", "DescribeNatGateways", {"NatGateways": [
        {"NatGatewayId": "nat-1", "CreateTime": AT, "Tags": [{"Key": "a", "Value": "b&c"}], "State": "available"},
    ]}),
    ("autoscaling", "DescribeAutoScalingGroups", {"AutoScalingGroups": [
        {"AutoScalingGroupName": "a", "MinSize": 2, "EnabledMetrics": [], "NewInstancesProtectedFromScaleIn": True},
    ]}),
    ("sns", "GetTopicAttributes", {"Attributes": {"TopicArn": "arn:x", "Owner": "1"}}),
    ("sqs", "GetQueueAttributes", {"Attributes": {"ApproximateNumberOfMessages": "3"}}),
    ("ce", "GetCostAndUsage", {"ResultsByTime": [{"Estimated": True, "Total": {"X": {"Amount": "1.5"}}}]}),
    ("s3", "ListBuckets", {"Buckets": [{"Name": "b", "CreationDate": AT}], "Owner": {"ID": "x"}}),
    ("cloudfront", "ListDistributions", {"DistributionList": {"Marker": "", "MaxItems": 1, "IsTruncated": False}}),
    ("rds", "DescribeDBInstances", {"DBInstances": [{"DBInstanceIdentifier": "d", "MultiAZ": False}]}),
]  # fmt: skip


@pytest.mark.parametrize(("service", "action", "answered"), _ANSWERED)
def test_what_we_answer_is_what_botocore_reads(service: str, action: str, answered: dict[str, Any]) -> None:
    operation = MODELS.service(service).operation_model(action)
    call = Call("k", "r", service, action, MODELS.service(service).resolved_protocol, {}, b"", {})
    answer = encode(call, operation, answered, "id-1")
    raw = {"headers": {k.lower(): v for k, v in answer.headers}, "body": answer.body, "status_code": answer.status}
    read = create_parser(call.protocol).parse(raw, operation.output_shape)
    assert read.pop("ResponseMetadata")["RequestId"] == "id-1"
    assert {name: _exactly(read[name]) for name in answered} == _exactly(answered)


@pytest.mark.parametrize(
    ("service", "action"),
    [("ec2", "DescribeVpcs"), ("sts", "GetCallerIdentity"), ("ce", "GetTags"), ("s3", "ListBuckets"),
     ("cloudfront", "ListDistributions"), ("xray", "GetGroups"), ("cloudwatch", "ListMetrics")],
)  # fmt: skip
def test_an_error_has_its_code_and_message_in_every_protocol(service: str, action: str) -> None:
    protocol = MODELS.service(service).resolved_protocol
    call = Call("k", "r", service, action, protocol, {}, b"", {})
    answer = encode_error(call, AwsError("Throttling", "Rate <exceeded> & more", 400), "id-1")
    raw = {"headers": {k.lower(): v for k, v in answer.headers}, "body": answer.body, "status_code": answer.status}
    error = create_parser(protocol).parse(raw, None)["Error"]
    assert (error["Code"], error["Message"]) == ("Throttling", "Rate <exceeded> & more")


_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(), inner.filter(lambda v: v is not None)),
    max_leaves=20,
)


@given(_VALUES)
def test_cbor_comes_back(value: Any) -> None:  # noqa: ANN401 - any value
    raw = cbor.dumps(value)
    assert cbor.loads(raw) == value
    parser = create_parser("smithy-rpc-v2-cbor")
    assert parser.parse_data_item(parser.get_peekable_stream_from_bytes(raw)) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_cbor_or_refused(raw: bytes) -> None:
    try:
        cbor.loads(raw)
    except ValueError as refused:
        assert str(refused)  # noqa: PT017 - most bytes are refused, some are not


def test_cbor_writes_arrays_and_times_as_aws_does() -> None:
    value = {
        "Timestamps": np.array([0, 60], dtype="datetime64[s]"),
        "Values": np.array([1.5, np.inf]),
        "At": AT,
        "Money": Decimal("1.25"),
        "Nothing": None,
    }
    read = cbor.loads(cbor.dumps(value))
    assert read == {
        "Timestamps": [datetime.fromtimestamp(0, UTC), datetime.fromtimestamp(60, UTC)],
        "Values": [1.5, float("inf")],
        "At": AT,
        "Money": 1.25,
    }


def test_cbor_of_unknown_length_is_read() -> None:
    raw = bytes.fromhex("bf6161 9f0102ff 6162 7f 6178 6179 ff 6163 5f 4101 4102 ff ff".replace(" ", ""))
    assert cbor.loads(raw) == {"a": [1, 2], "b": "xy", "c": b"\x01\x02"}


def test_json_has_no_member_that_is_none() -> None:
    operation = MODELS.service("cloudwatch").operation_model("ListMetrics")
    call = Call("k", "r", "cloudwatch", "ListMetrics", "json", {}, b"", {})
    assert json.loads(encode(call, operation, {"Metrics": [], "NextToken": None}, "id").body) == {"Metrics": []}
