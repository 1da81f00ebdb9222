"""SNS: a notice is published to a standard or FIFO topic."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from alerts.delivery.config import Receiver
from alerts.delivery.sns_faults import as_delivery_error
from alerts.delivery.surroundings import Surroundings
from alerts.delivery.text import clean, plain_text, subject
from alerts.notice import Notice, Sent, Voice
from store.alerting import Delivery

MOST_BYTES = 262_144
"""256 KB of message, subject and attributes together (SNS quotas). UTF-8 bytes, names and types included."""
LONGEST_ID = 128
"""Characters of MessageDeduplicationId and MessageGroupId: letters, digits and punctuation, no space."""
_ID = re.compile(r"[!-~]{1,128}")
_CUT = "\n…"

Attributes = dict[str, dict[str, str]]


@dataclass(slots=True)
class SnsNotifier:
    """Publishes to one topic. On a FIFO topic SNS drops a second publication of the same key for five minutes.

    On a standard topic nothing can be looked up: what may have been published is published again, with the same `key`
    attribute.
    """

    receiver: str
    client: Any
    topic_arn: str
    voice: Voice
    public_url: str = ""
    spacing: float = 0.0

    def send(self, delivery: Delivery, notice: Notice) -> Sent:
        """Publish, once."""
        return publish(self, delivery, notice, subject(notice), plain_text(notice, self.voice, self.public_url))

    def close(self) -> None:
        """The client is the service's; other receivers share it."""


def build(receiver: Receiver, surroundings: Surroundings) -> SnsNotifier:
    """The notifier of a receiver with `sns:`."""
    if receiver.sns is None:
        raise ValueError(f"receiver {receiver.name!r} has no sns")
    return SnsNotifier(
        receiver.name,
        surroundings.sns(receiver.sns.account, receiver.sns.region),
        receiver.sns.topic_arn,
        surroundings.voice(receiver.language, receiver.timezone),
        surroundings.public_url,
    )


def publish(notifier: SnsNotifier, delivery: Delivery, notice: Notice, title: str, text: str) -> Sent:
    """Publish a text. Raises what `Notifier.send` may raise."""
    draft = delivery.draft
    attributes = attributes_of(notice, draft.key)
    request: dict[str, Any] = {
        "TopicArn": notifier.topic_arn,
        "Subject": title,
        "Message": fitted(clean(text, MOST_BYTES), MOST_BYTES - size_of(attributes) - len(title)),
        "MessageAttributes": attributes,
    }
    if notifier.topic_arn.endswith(".fifo"):
        request["MessageDeduplicationId"] = identifier(draft.key)
        request["MessageGroupId"] = identifier(draft.group or draft.notice)
    try:
        answer = notifier.client.publish(**request)
    except Exception as error:  # botocore makes its classes at run time: any may come
        raise as_delivery_error(error, notifier.topic_arn) from error
    receipt = {"message_id": answer["MessageId"], "topic": notifier.topic_arn}
    if "SequenceNumber" in answer:
        receipt["sequence_number"] = answer["SequenceNumber"]
    return Sent(receipt)


def attributes_of(notice: Notice, key: str) -> Attributes:
    """What subscribers filter by, and the key by which they know a notice that they have already."""
    environments = {alert.environment for alert in notice.alerts if alert.environment}
    values = {
        "key": key,
        "status": notice.status,
        "severity": notice.severity.value,
        "kind": notice.kind.value,
        "receiver": notice.receiver,
        "environment": environments.pop() if len(environments) == 1 else "",
    }
    return {name: {"DataType": "String", "StringValue": clean(value)} for name, value in values.items() if value}


def size_of(attributes: Attributes) -> int:
    """What attributes take of the message's size: name, type and value."""
    return sum(
        len(name.encode()) + len(value["DataType"].encode()) + len(value["StringValue"].encode())
        for name, value in attributes.items()
    )


def fitted(text: str, room: int) -> str:
    """The text, cut between characters so that it takes at most `room` bytes."""
    encoded = text.encode()
    if len(encoded) <= room:
        return text
    return encoded[: room - len(_CUT.encode())].decode(errors="ignore") + _CUT


def identifier(text: str) -> str:
    """The text if SNS takes it as an id, else its digest."""
    return text if _ID.fullmatch(text) else hashlib.sha256(text.encode()).hexdigest()
