"""The seam to boto3: roles, errors with remedies, paging, answers that are no answers; over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from botocore.exceptions import ClientError
from pydantic import ValidationError

from collectors.aws import Aws, Scope, call, paginate
from collectors.config import Account
from collectors.errors import (
    AccessDenied,
    AwsError,
    Call,
    CallFailed,
    ExpiredCredentials,
    MalformedAnswer,
    NoCredentials,
    Throttled,
    UnknownRegion,
    Unreachable,
)
from collectors.meter import Attempt
from collectors.translate import translate
from service.demo.launch import EmbeddedAws

HERE = Scope("main", "ap-northeast-2")


@dataclass
class Recorded:
    attempts: list[Attempt] = field(default_factory=list)

    def attempt(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)


@dataclass
class Endpoint:
    """A web server in AWS's place that always gives the same answer."""

    body: bytes = b"{}"
    kind: str = "application/json"
    status: int = 200


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    answer = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST  # noqa: N815  http.server's name

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        _surround(monkeypatch, f"http://127.0.0.1:{server.server_port}")
        yield answer
        server.shutdown()
        thread.join()


def _surround(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "AKIATEST",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


@pytest.fixture
def connect(recorded: Recorded) -> Iterator[Callable[..., Aws]]:
    made: list[Aws] = []

    def build(*accounts: Account) -> Aws:
        made.append(Aws(accounts or (Account(regions=["ap-northeast-2"]),), recorded))
        return made[-1]

    yield build
    for aws in made:
        aws.close()


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
@pytest.mark.parametrize(
    "asked",
    [
        ("ec2", "describe_instances", "Reservations"),
        ("cloudwatch", "list_metrics", "Metrics"),
        ("ecs", "list_clusters", "clusterArns"),
        ("rds", "describe_db_instances", "DBInstances"),
        ("cloudfront", "list_distributions", "DistributionList.Items"),
    ],
)
def test_a_web_page_is_no_answer_and_its_call_is_metered(
    endpoint: Endpoint, connect: Callable[..., Aws], recorded: Recorded, asked: tuple[str, str, str], kind: str
) -> None:
    endpoint.body, endpoint.kind = b"<!DOCTYPE html><html><body>Sign in</body></html>", kind
    service, operation, key = asked
    with pytest.raises(MalformedAnswer, match="AWS_ENDPOINT_URL") as refused:
        list(paginate(connect().client(HERE, service, job="t"), operation, key))
    assert (refused.value.account, refused.value.region) == ("main", "ap-northeast-2")
    assert [attempt.stamp.job for attempt in recorded.attempts] == ["t"]


@pytest.mark.parametrize("body", [{"clusterArns": 5}, ["clusterArns"], "clusterArns", 5])
def test_an_answer_of_the_wrong_type_is_no_answer(
    endpoint: Endpoint, connect: Callable[..., Aws], body: object
) -> None:
    endpoint.body = json.dumps(body).encode()
    with pytest.raises(MalformedAnswer):
        list(paginate(connect().client(HERE, "ecs"), "list_clusters", "clusterArns"))


def test_a_missing_key_means_nothing_is_there(endpoint: Endpoint, connect: Callable[..., Aws]) -> None:
    assert endpoint.body == b"{}"
    assert list(paginate(connect().client(HERE, "ecs"), "list_clusters", "clusterArns")) == []


def test_retries_are_metered_one_by_one(endpoint: Endpoint, connect: Callable[..., Aws], recorded: Recorded) -> None:
    endpoint.status, endpoint.body = 400, json.dumps({"__type": "ThrottlingException", "message": "slow"}).encode()
    with pytest.raises(Throttled):
        call(connect().client(HERE, "ecs"), "list_clusters")
    assert [(attempt.ok, attempt.throttled) for attempt in recorded.attempts] == [(False, True)] * 3


def test_an_endpoint_that_is_not_there_is_unreachable(
    connect: Callable[..., Aws], monkeypatch: pytest.MonkeyPatch, recorded: Recorded
) -> None:
    _surround(monkeypatch, "http://127.0.0.1:9")
    with pytest.raises(Unreachable, match="network"):
        call(connect().client(HERE, "ecs"), "list_clusters")
    assert all(not attempt.answered for attempt in recorded.attempts)


def test_without_credentials_the_remedy_is_told(connect: Callable[..., Aws], monkeypatch: pytest.MonkeyPatch) -> None:
    _surround(monkeypatch, "http://127.0.0.1:9")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(NoCredentials, match="Give credentials"):
        call(connect().client(HERE, "ecs"), "list_clusters")
    role = Account(name="other", role_arn="arn:aws:iam::222222222222:role/r", regions=["ap-northeast-2"])
    with pytest.raises(NoCredentials, match="assume"):
        connect(role).client("other", "ecs")


def test_a_profile_that_is_not_there_is_told(connect: Callable[..., Aws], monkeypatch: pytest.MonkeyPatch) -> None:
    _surround(monkeypatch, "http://127.0.0.1:9")
    with pytest.raises(NoCredentials, match="nowhere"):
        connect(Account(profile="nowhere", regions=["ap-northeast-2"])).client("main", "ecs")


def test_regions_come_from_the_environment_when_none_is_configured(
    connect: Callable[..., Aws], monkeypatch: pytest.MonkeyPatch
) -> None:
    _surround(monkeypatch, "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert connect(Account()).scopes() == [Scope("main", "eu-west-1")]
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(UnknownRegion, match="AWS_REGION"):
        connect(Account()).scopes()


def test_an_unknown_region_is_refused_with_the_nearest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with pytest.raises(ValidationError, match="did you mean 'ap-northeast-2'"):
        Account(regions=["ap-norteast-2"])
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert Account(regions=["moon-1"]).regions == ["moon-1"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDeniedException", AccessDenied),
        ("UnauthorizedOperation", AccessDenied),
        ("Client.UnauthorizedOperation", AccessDenied),
        ("ExpiredToken", ExpiredCredentials),
        ("InvalidClientTokenId", NoCredentials),
        ("RequestLimitExceeded", Throttled),
        ("OptInRequired", UnknownRegion),
        ("ValidationError", CallFailed),
    ],
)
def test_each_code_of_aws_is_an_error_with_a_remedy(code: str, kind: type[AwsError]) -> None:
    told = ClientError({"Error": {"Code": code, "Message": "no."}}, "DescribeInstances")
    error = translate(told, Call("main", "ap-northeast-2", "DescribeInstances"))
    assert type(error) is kind
    assert str(error).startswith(f"DescribeInstances in main/ap-northeast-2 failed with {code}: no. ")
    assert error.remedy.endswith(".")


@pytest.mark.demo
def test_a_role_is_assumed_with_its_external_id_and_metered(
    synthetic_aws: EmbeddedAws, connect: Callable[..., Aws], recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in synthetic_aws.environment().items():
        monkeypatch.setenv(name, value)
    account = Account(
        name="other",
        role_arn="arn:aws:iam::222222222222:role/lamplighter",
        external_id="shared",
        regions=["ap-northeast-2"],
    )
    aws = connect(account)
    who = call(aws.client("other", "sts", job="doctor"), "get_caller_identity")
    assert who["Account"] == "222222222222"
    assert [attempt.stamp.api for attempt in recorded.attempts] == ["sts:AssumeRole", "sts:GetCallerIdentity"]
    assert aws.client("other", "sts", job="doctor") is aws.client("other", "sts", job="doctor")
