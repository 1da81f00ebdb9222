"""E-mail through an SNS topic with e-mail subscribers: a letter of plain text."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.delivery.config import Receiver
from alerts.delivery.sns import SnsNotifier, publish
from alerts.delivery.surroundings import Surroundings
from alerts.delivery.text import body, subject, title
from alerts.notice import Notice, Sent
from store.alerting import Delivery
from store.messages import Message


@dataclass(slots=True)
class EmailNotifier(SnsNotifier):
    """Writes letters. The subject must be ASCII, so the letter begins with the title in the receiver's language."""

    def send(self, delivery: Delivery, notice: Notice) -> Sent:
        """Publish, once."""
        return publish(self, delivery, notice, subject(notice), self._letter(notice))

    def _letter(self, notice: Notice) -> str:
        lines = [title(notice, self.voice), "", *body(notice, self.voice, self.public_url)]
        if self.public_url:
            address = Message("All alerts: %(link)s", link=f"{self.public_url}/alerts")
            lines += ["--", self.voice.say(address)]
        return "\n".join(lines).rstrip() + "\n"


def build(receiver: Receiver, surroundings: Surroundings) -> EmailNotifier:
    """The notifier of a receiver with `email:`."""
    if receiver.email is None:
        raise ValueError(f"receiver {receiver.name!r} has no email")
    return EmailNotifier(
        receiver.name,
        surroundings.sns(receiver.email.account, receiver.email.region),
        receiver.email.topic_arn,
        surroundings.voice(receiver.language, receiver.timezone),
        surroundings.public_url,
    )
