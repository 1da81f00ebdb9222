"""What every notifier must do, each against a real server that speaks its channel's language."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest
from botocore.config import Config

from alerts.delivery.channels import CHANNELS, build_notifiers
from alerts.delivery.config import DeliveryConfig
from alerts.delivery.surroundings import http_client
from alerts.errors import Busy, Refused, Unreachable
from alerts.notice import Notifier
from store.alerting import NoticeKind
from tests.alerts.delivery.notices import alert, delivery_of, notice, surroundings
from tests.alerts.delivery.receiving import RESET, RESET_AFTER_EFFECT, Answer, Receiver, receiving

TOPIC = "arn:aws:sns:ap-northeast-2:123456789012:alerts"
SNS_OK = Answer(
    body=b"<PublishResponse xmlns='http://sns.amazonaws.com/doc/2010-03-31/'><PublishResult><MessageId>m-1</MessageId>"
    b"</PublishResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>"
)


def sns_error(status: int, code: str) -> Answer:
    said = f"<ErrorResponse><Error><Type>x</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
    return Answer(status, body=said.encode(), effect=False)


def slack_says(status: int = 200, **answer: Any) -> Answer:  # noqa: ANN401  JSON
    headers = {"Content-Type": "application/json"}
    if (wait := answer.pop("retry_after", None)) is not None:
        headers["Retry-After"] = wait
    return Answer(status, headers, json.dumps(answer).encode(), effect=answer.get("ok", False))


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a channel says what every channel can say; `settings` are the receiver's, given the server's address."""

    settings: Callable[[str], dict[str, Any]]
    ok: Answer
    busy: Answer
    broken: Answer
    refused: Answer
    waits: float


_WEBHOOK = Dialect(
    lambda url: {"webhook": {"url": url, "timeout": 0.5}},
    ok=Answer(202),
    busy=Answer(429, {"Retry-After": "7"}, effect=False),
    broken=Answer(502, effect=False),
    refused=Answer(404, effect=False),
    waits=7,
)
_SNS = Dialect(
    lambda _url: {"sns": {"topic_arn": TOPIC}},
    ok=SNS_OK,
    busy=sns_error(400, "Throttling"),
    broken=sns_error(503, "ServiceUnavailable"),
    refused=sns_error(404, "NotFound"),
    waits=2,
)
_SLACK_BUSY = slack_says(429, ok=False, error="ratelimited", retry_after="7")
DIALECTS = {
    "webhook": _WEBHOOK,
    "sns": _SNS,
    "fifo": replace(_SNS, settings=lambda _url: {"sns": {"topic_arn": f"{TOPIC}.fifo"}}),
    "email": replace(_SNS, settings=lambda _url: {"email": {"topic_arn": TOPIC}}),
    "slack-webhook": Dialect(
        lambda url: {"slack": {"webhook_url": url}},
        ok=Answer(),
        busy=_SLACK_BUSY,
        broken=Answer(500, effect=False),
        refused=Answer(404, body=b"no_service", effect=False),
        waits=7,
    ),
    "slack": Dialect(
        lambda url: {"slack": {"channel": "C0123456789", "token": "xoxb-1", "api_url": f"{url}/"}},
        ok=slack_says(ok=True, channel="C0123456789", ts="1790000000.000100"),
        busy=_SLACK_BUSY,
        broken=slack_says(503, ok=False, error="service_unavailable"),
        refused=slack_says(ok=False, error="token_revoked"),
        waits=7,
    ),
}


@dataclass(frozen=True, slots=True)
class Rig:
    dialect: Dialect
    server: Receiver
    notifier: Notifier


@pytest.fixture(params=DIALECTS)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    dialect = DIALECTS[request.param]
    quick = Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=0.5)
    with receiving() as server:
        sns = boto3.client(
            "sns",
            endpoint_url=server.url,
            region_name="ap-northeast-2",
            aws_access_key_id="a",
            aws_secret_access_key="b",  # noqa: S106  of nobody
            config=quick,
        )
        config = DeliveryConfig.model_validate({"receivers": [{"name": "tool", **dialect.settings(server.url)}]})
        http = http_client()
        notifier = build_notifiers(config, surroundings(http, sns))["tool"]
        yield Rig(dialect, server, notifier)
        notifier.close()
        http.clear()
        sns.close()


def test_every_kind_of_channel_is_tried_here() -> None:
    tried = {next(iter(dialect.settings("http://x"))) for dialect in DIALECTS.values()}
    assert tried == {name for name, _ in CHANNELS}


def test_what_is_delivered_has_a_receipt(rig: Rig) -> None:
    rig.server.otherwise = rig.dialect.ok
    told = notice()
    sent = rig.notifier.send(delivery_of(told), told)
    assert sent.receipt
    assert json.dumps([sent.receipt, sent.ref])
    assert len(rig.server.requests) == 1
    assert "7.2" in rig.server.requests[0].body.decode().replace("%20", " ")


def test_a_channel_that_is_busy_says_for_how_long(rig: Rig) -> None:
    rig.server.otherwise = rig.dialect.busy
    told = notice()
    with pytest.raises(Busy) as asked:
        rig.notifier.send(delivery_of(told), told)
    assert asked.value.seconds == rig.dialect.waits
    assert len(rig.server.requests) == 1, "nothing sleeps or tries again by itself"


def test_a_server_error_may_pass(rig: Rig) -> None:
    rig.server.otherwise = rig.dialect.broken
    told = notice()
    with pytest.raises(Unreachable):
        rig.notifier.send(delivery_of(told), told)
    assert len(rig.server.requests) == 1
    rig.server.otherwise = rig.dialect.ok
    rig.notifier.send(delivery_of(told), told)


@pytest.mark.parametrize("cut", [RESET, RESET_AFTER_EFFECT], ids=["before", "after"])
def test_a_connection_that_is_cut_may_have_had_its_effect(rig: Rig, cut: Answer) -> None:
    rig.server.otherwise = cut
    told = notice()
    with pytest.raises(Unreachable) as away:
        rig.notifier.send(delivery_of(told), told)
    assert away.value.ambiguous
    assert len(rig.server.requests) == 1


def test_a_refusal_is_final_and_names_a_remedy(rig: Rig) -> None:
    rig.server.otherwise = rig.dialect.refused
    told = notice()
    with pytest.raises(Refused) as refusal:
        rig.notifier.send(delivery_of(told), told)
    assert ": " in str(refusal.value)
    assert len(rig.server.requests) == 1


def test_nobody_there_is_no_effect(rig: Rig) -> None:
    rig.server.close()
    told = notice()
    with pytest.raises(Unreachable) as away:
        rig.notifier.send(delivery_of(told), told)
    assert not away.value.ambiguous


def test_text_of_100_kilobytes_in_four_scripts_gets_through(rig: Rig) -> None:
    rig.server.otherwise = rig.dialect.ok
    long = "한국어 текст 漢字 🔥 text \x00\ud800 " * 4_000
    huge = [alert(episode=f"e{n}", summary={"en": long}, impact={"en": long}, runbook=long) for n in range(50)]
    told = notice(alerts=huge, changes=[long] * 50, total=10_000)
    assert rig.notifier.send(delivery_of(told), told).receipt
    assert len(rig.server.requests[0].body) < 4_000_000


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_of_notice_can_be_said(rig: Rig, kind: NoticeKind) -> None:
    rig.server.otherwise = rig.dialect.ok
    note = {"en": ("A test", "It works."), "ko": ("시험", "됩니다.")} if kind is NoticeKind.NOTE else {}
    told = notice(kind, note=note, alerts=() if note else None, sequence=3)
    assert rig.notifier.send(delivery_of(told), told).receipt
