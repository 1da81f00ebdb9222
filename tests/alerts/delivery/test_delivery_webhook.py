from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from alerts.delivery.channels import build_notifiers
from alerts.delivery.config import DeliveryConfig
from alerts.delivery.http_answers import retry_after
from alerts.delivery.surroundings import http_client
from alerts.errors import Busy, Refused, Unreachable
from alerts.notice import Notifier
from store.alerting import NoticeKind
from tests.alerts.delivery.notices import AT, PAGES, alert, delivery_of, notice, surroundings
from tests.alerts.delivery.receiving import Answer, Receiver, busy, receiving, refused


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def post(receiver: Receiver) -> Iterator[Notifier]:
    http = http_client()
    yield notifier(receiver, http)
    http.clear()


def notifier(receiver: Receiver, http: Any, **settings: Any) -> Notifier:  # noqa: ANN401  YAML values
    hook = {"webhook": {"url": receiver.url, "timeout": 0.5, **settings}, "language": "ko"}
    config = DeliveryConfig.model_validate({"receivers": [{"name": "tool", **hook}]})
    return build_notifiers(config, surroundings(http))["tool"]


def test_the_body_is_as_documented(receiver: Receiver, post: Notifier) -> None:
    told = notice(NoticeKind.CHANGED, sequence=4, changes=["kim acknowledged"])
    post.send(delivery_of(told), told)
    (request,) = receiver.requests
    body = request.json()
    assert list(body) == [
        *("version", "key", "kind", "status", "severity", "notice", "sequence", "receiver", "at", "group", "total"),
        *("title", "text", "url", "alerts", "changes"),
    ]
    assert body["key"] == request.key == "tool/n1/4"
    assert (body["kind"], body["status"], body["severity"]) == ("changed", "firing", "page")
    assert body["at"] == "2026-11-23T03:04:00+00:00"
    assert body["url"] == f"{PAGES}/alerts/e1"
    assert body["alerts"][0]["value"] == 7.2
    assert body["alerts"][0]["summary"] == "backend: HTTP 5xx 7.2 % (한도 2 %)"
    assert body["changes"] == ["kim acknowledged"]
    assert request.headers["content-type"].startswith("application/json")


def test_what_is_no_number_in_json_is_null(receiver: Receiver, post: Notifier) -> None:
    told = notice(alerts=[alert(value=float("nan"), limit=float("inf"))])
    post.send(delivery_of(told), told)
    first = receiver.requests[0].json()["alerts"][0]
    assert (first["value"], first["limit"]) == (None, None)


def test_a_request_is_signed_over_its_time_and_body(receiver: Receiver) -> None:
    http, secret = http_client(), "a secret of some length"
    told = notice()
    notifier(receiver, http, secret=secret, headers={"Authorization": "Bearer x"}).send(delivery_of(told), told)
    http.clear()
    (request,) = receiver.requests
    at, given = (part.partition("=")[2] for part in request.headers["x-lamplighter-signature"].split(","))
    wanted = hmac.new(secret.encode(), f"{at}.".encode() + request.body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(given, wanted)
    assert abs(int(at) - datetime.now(UTC).timestamp()) < 10
    assert request.headers["authorization"] == "Bearer x"


def test_a_second_attempt_says_so_under_the_same_key(receiver: Receiver, post: Notifier) -> None:
    told = notice()
    for attempt in (1, 2):
        post.send(delivery_of(told, attempts=attempt), told)
    assert [request.headers["x-lamplighter-attempt"] for request in receiver.requests] == ["1", "2"]
    assert len(receiver.arrived) == 1


def test_a_time_out_after_the_effect_is_ambiguous(receiver: Receiver, post: Notifier) -> None:
    receiver.plan.append(Answer(delay=1.0))
    told = notice()
    with pytest.raises(Unreachable, match="did not answer") as away:
        post.send(delivery_of(told), told)
    assert away.value.ambiguous
    assert receiver.url not in str(away.value), "the address of a webhook is a secret"


def test_a_redirect_is_not_followed(receiver: Receiver, post: Notifier) -> None:
    receiver.otherwise = Answer(307, {"Location": receiver.url}, effect=False)
    told = notice()
    with pytest.raises(Refused, match="which is never followed"):
        post.send(delivery_of(told), told)
    assert len(receiver.requests) == 1


def test_an_endless_answer_is_cut_short(receiver: Receiver, post: Notifier) -> None:
    receiver.otherwise = Answer(body=b"x" * 5_000_000)
    told = notice()
    began = time.monotonic()
    sent = post.send(delivery_of(told), told)
    assert len(str(sent.receipt)) < 400
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(("status", "remedy"), [(401, "headers"), (410, "correct url"), (413, "256 KiB"), (400, "log")])
def test_a_refusal_says_what_to_do(receiver: Receiver, post: Notifier, status: int, remedy: str) -> None:
    receiver.otherwise = refused(status, b"because\x1b[31m")
    told = notice()
    with pytest.raises(Refused, match=remedy) as refusal:
        post.send(delivery_of(told), told)
    assert f"HTTP {status} because" in str(refusal.value)
    assert "\x1b" not in str(refusal.value)


@pytest.mark.parametrize("status", [408, 425, 500, 503])
def test_what_may_pass_is_tried_again(receiver: Receiver, post: Notifier, status: int) -> None:
    receiver.otherwise = refused(status)
    told = notice()
    with pytest.raises(Unreachable):
        post.send(delivery_of(told), told)


@pytest.mark.parametrize(("asked", "status", "seconds"), [("12", 429, 12), (None, 429, 5), ("3", 503, 3)])
def test_retry_after_is_honoured(
    receiver: Receiver, post: Notifier, asked: str | None, status: int, seconds: float
) -> None:
    receiver.otherwise = busy(asked, status)
    told = notice()
    with pytest.raises(Busy) as wait:
        post.send(delivery_of(told), told)
    assert wait.value.seconds == seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (format_datetime(AT + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(AT - timedelta(days=3), usegmt=True), 0),
        (format_datetime(AT + timedelta(days=900), usegmt=True), 3600),
        ("0.5", 0.5),
        ("99999999", 3600),
        ("soon", None),
        ("-1", None),
        ("", None),
        (None, None),
    ],
)
def test_reads_retry_after_as_seconds_or_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, AT) == seconds


def test_many_receivers_share_one_client(receiver: Receiver) -> None:
    http = http_client()
    told = notice()
    lanes = [threading.Thread(target=notifier(receiver, http).send, args=(delivery_of(told), told)) for _ in range(8)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    http.clear()
    assert receiver.arrived["tool/n1/0"] == 8
