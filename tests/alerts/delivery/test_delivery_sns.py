"""SNS as it really goes: a topic of the embedded AWS, and what its subscribers get."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from alerts.delivery.config import DeliveryConfig
from alerts.delivery.email import build as build_email
from alerts.delivery.sns import MOST_BYTES, attributes_of, fitted, identifier, size_of
from alerts.delivery.sns import build as build_sns
from alerts.delivery.surroundings import http_client
from alerts.errors import Busy, Refused, Unreachable
from alerts.notice import Notifier
from service.demo.launch import EmbeddedAws
from store.alerting import NoticeKind
from tests.alerts.delivery.notices import alert, delivery_of, notice, surroundings
from tests.alerts.delivery.receiving import receiving

pytestmark = pytest.mark.demo


class Aws:
    def __init__(self, aws: EmbeddedAws) -> None:
        quick = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=2)
        self.sns = boto3.client("sns", **aws.client_options(), config=quick)
        self.sqs = boto3.client("sqs", **aws.client_options())
        self.http = http_client()

    def topic(self, name: str) -> tuple[str, str]:
        """A topic and a queue that gets what is published to it."""
        fifo = {"FifoTopic": "true"} if name.endswith(".fifo") else {}
        topic = self.sns.create_topic(Name=name, Attributes=fifo)["TopicArn"]
        settings = {"FifoQueue": "true"} if fifo else {}
        queue = self.sqs.create_queue(QueueName=name, Attributes=settings)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return topic, queue

    def arrived(self, queue: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while messages := self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                found.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    def notifier(self, kind: str, topic: str, language: str = "en") -> Notifier:
        settings = {"name": "tool", kind: {"topic_arn": topic}, "language": language}
        (receiver,) = DeliveryConfig.model_validate({"receivers": [settings]}).receivers
        build = build_sns if kind == "sns" else build_email
        return build(receiver, surroundings(self.http, self.sns))

    def close(self) -> None:
        self.sns.close()
        self.sqs.close()
        self.http.clear()


@pytest.fixture
def aws(embedded_aws: EmbeddedAws) -> Iterator[Aws]:
    made = Aws(embedded_aws)
    yield made
    made.close()


def test_a_standard_topic_delivers_text_subject_and_attributes(aws: Aws) -> None:
    topic, queue = aws.topic("alerts")
    told = notice()
    sent = aws.notifier("sns", topic, "ko").send(delivery_of(told), told)
    (message,) = aws.arrived(queue)
    assert sent.receipt["message_id"] == message["MessageId"]
    assert message["Subject"] == "FIRING page: backend: HTTP 5xx 7.2 % (limit 2 %)"
    assert "고객에게 오류가 보입니다." in message["Message"]
    attributes = {name: value["Value"] for name, value in message["MessageAttributes"].items()}
    assert attributes == {
        "key": "tool/n1/0",
        "status": "firing",
        "severity": "page",
        "kind": "firing",
        "receiver": "tool",
        "environment": "prod",
    }


def test_a_fifo_topic_drops_a_second_publication_of_one_key_and_no_fast_resolve(aws: Aws) -> None:
    topic, queue = aws.topic("alerts.fifo")
    notifier = aws.notifier("sns", topic)
    firing, resolved = notice(), notice(NoticeKind.RESOLVED, sequence=1)
    for attempt in (1, 2):  # the first answer was lost
        notifier.send(delivery_of(firing, attempts=attempt), firing)
    notifier.send(delivery_of(resolved), resolved)
    arrived = aws.arrived(queue)
    assert [message["Subject"].split()[0] for message in arrived] == ["FIRING", "RESOLVED"]


def test_the_most_that_sns_takes_is_taken(aws: Aws) -> None:
    topic, queue = aws.topic("alerts")
    huge = [alert(episode=f"e{n}", summary={"en": "긴급 🔥" * 50_000}, impact={"en": "한" * 90_000}) for n in range(50)]
    told = notice(alerts=huge, total=10_000, changes=["변" * 400] * 500, kind=NoticeKind.CHANGED)
    aws.notifier("sns", topic).send(delivery_of(told), told)
    (message,) = aws.arrived(queue)
    assert "and 9,990 more" in message["Message"] or "and 9990 more" in message["Message"]


def test_mail_reads_well(aws: Aws) -> None:
    topic, queue = aws.topic("mail")
    told = notice()
    aws.notifier("email", topic, "ko").send(delivery_of(told), told)
    letter = aws.arrived(queue)[0]["Message"]
    assert letter.startswith("발생(")
    assert letter.endswith("--\n모든 알림: https://lamps.example.com/alerts\n")
    assert max(len(line) for line in letter.splitlines()) < 100


def test_an_http_subscriber_gets_it_too(aws: Aws) -> None:
    with receiving() as endpoint:
        topic = aws.sns.create_topic(Name="web")["TopicArn"]
        aws.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
        told = notice()
        aws.notifier("sns", topic).send(delivery_of(told), told)
        endpoint.wait(1)
        assert [one.json()["Type"] for one in endpoint.requests if b"Notification" in one.body] == ["Notification"]


def test_a_topic_that_is_not_there_is_a_refusal_with_the_remedy(aws: Aws) -> None:
    topic, _ = aws.topic("alerts")
    told = notice()
    with pytest.raises(Refused, match="create it, or correct topic_arn"):
        aws.notifier("sns", topic + "-gone").send(delivery_of(told), told)


@pytest.mark.parametrize(
    ("fault", "options", "error"),
    [
        ("throttle", {}, Busy),
        ("deny", {}, Refused),
        ("internal", {}, Unreachable),
        ("expired", {}, Unreachable),
        ("html", {}, Unreachable),
        ("hang", {"seconds": 3}, Unreachable),
    ],
)
def test_what_aws_does_wrong_is_told_apart(
    aws: Aws, embedded_aws: EmbeddedAws, fault: str, options: dict[str, Any], error: type[Exception]
) -> None:
    topic, queue = aws.topic("alerts")
    embedded_aws.control.fault(fault, service="sns", action="Publish", **options)
    told = notice()
    began = time.monotonic()
    with pytest.raises(error):
        aws.notifier("sns", topic).send(delivery_of(told), told)
    assert time.monotonic() - began < 3, "botocore must not try again by itself"
    embedded_aws.control.clear_faults()
    aws.notifier("sns", topic).send(delivery_of(told, attempts=2), told)
    assert {message["MessageAttributes"]["key"]["Value"] for message in aws.arrived(queue)} == {"tool/n1/0"}


@given(text=st.text(), room=st.integers(4, 200))
def test_text_is_cut_between_characters(text: str, room: int) -> None:
    kept = fitted(text, room)
    assert len(kept.encode()) <= room
    assert kept == text or text.startswith(kept.removesuffix("\n…"))


@given(text=st.text(min_size=1))
def test_any_key_makes_an_id_that_sns_takes(text: str) -> None:
    made = identifier(text)
    assert 0 < len(made) <= 128
    assert all("!" <= character <= "~" for character in made)
    assert identifier(text + "x") != made


def test_attributes_count_towards_the_size() -> None:
    assert 0 < size_of(attributes_of(notice(), "tool/n1/0")) < MOST_BYTES / 100
