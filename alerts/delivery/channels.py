"""The kinds of channels, and making a notifier of each receiver."""

from __future__ import annotations

from collections.abc import Callable

from alerts.delivery.config import DeliveryConfig, Receiver
from alerts.delivery.email import build as email
from alerts.delivery.receivers import ChannelKind
from alerts.delivery.sns import build as sns
from alerts.delivery.surroundings import Surroundings
from alerts.delivery.webhook import build as webhook
from alerts.notice import Notifier

Build = Callable[[Receiver, Surroundings], Notifier]


def _slack(receiver: Receiver, surroundings: Surroundings) -> Notifier:
    from alerts.slack.channel import build  # noqa: PLC0415  slack_sdk is read only by who has a Slack

    return build(receiver, surroundings)


CHANNELS: tuple[tuple[ChannelKind, Build], ...] = (
    ("slack", _slack),
    ("sns", sns),
    ("email", email),
    ("webhook", webhook),
)
"""One line and one file for each kind."""


def build_notifiers(config: DeliveryConfig, surroundings: Surroundings) -> dict[str, Notifier]:
    """A notifier for each receiver, by its name. Nothing is called yet."""
    builders = dict(CHANNELS)
    return {receiver.name: builders[receiver.channel](receiver, surroundings) for receiver in config.receivers}
