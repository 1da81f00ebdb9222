"""The delivery part of the `alerts` section: receivers, who is told of dead letters, and how long is tried."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, get_args
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from alerts.delivery.receivers import ChannelKind, Email, Secretive, Slack, Sns, Webhook
from store.durations import Duration


class Receiver(Secretive):
    """Whom notices go to: a name, exactly one channel, and the language and zone it is spoken to in."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$", description="The name that routes use; it is part of each key."
    )
    slack: Slack | None = Field(default=None, description="A Slack channel.")
    sns: Sns | None = Field(default=None, description="An SNS topic.")
    email: Email | None = Field(default=None, description="An SNS topic with e-mail subscribers.")
    webhook: Webhook | None = Field(default=None, description="An HTTP endpoint.")
    language: Literal["en", "ko"] = Field(default="en", description="The language it is spoken to in.")
    timezone: str | None = Field(default=None, description="The zone of its times; the stack's by default.")

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str | None) -> str | None:
        if value is not None and value not in available_timezones():
            raise ValueError(f"{value[:60]!r} is no time zone: write an IANA name such as Asia/Seoul or UTC")
        return value

    @model_validator(mode="after")
    def _one_channel(self) -> Receiver:
        given = [kind for kind in get_args(ChannelKind) if getattr(self, kind) is not None]
        known = ", ".join(get_args(ChannelKind))
        if not given:
            raise ValueError(f"receiver {self.name!r} has no channel: give it one of {known}")
        if len(given) > 1:
            said = " and ".join(given)
            raise ValueError(
                f"receiver {self.name!r} has {said}: keep one, and make a receiver of its own of the other"
            )
        return self

    @property
    def channel(self) -> ChannelKind:
        """Which kind of channel it has."""
        kinds: tuple[ChannelKind, ...] = get_args(ChannelKind)
        return next(kind for kind in kinds if getattr(self, kind) is not None)

    @property
    def place(self) -> str:
        """What two receivers share if one failing means that the other fails too; no secret is in it."""
        if self.slack is not None:
            return f"slack {self.slack.api_url}"
        topic = self.sns or self.email
        return f"sns {topic.account or ''} {topic.region}" if topic is not None else f"webhook {self.name}"


class DeliveryConfig(Secretive):
    """Whom notices go to. A base class of the `alerts` section."""

    receivers: list[Receiver] = Field(default_factory=list, description="Whom notices go to.")
    fallback: str | None = Field(
        default=None,
        description="The receiver that is told when another one cannot be reached; any on another channel by default.",
    )
    give_up_after: Duration = Field(
        default=timedelta(hours=24), description="How long delivering a notice is tried; 7 days for a resolve."
    )

    @field_validator("receivers")
    @classmethod
    def _names_differ(cls, value: list[Receiver]) -> list[Receiver]:
        names = [receiver.name for receiver in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"several receivers are called {', '.join(twice)}: give each a name of its own")
        return value

    @field_validator("give_up_after")
    @classmethod
    def _is_long_enough(cls, value: timedelta) -> timedelta:
        if not timedelta(minutes=10) <= value <= timedelta(days=7):
            raise ValueError("this must be between 10m and 7d: an outage of a channel often lasts for minutes")
        return value

    @model_validator(mode="after")
    def _fallback_exists(self) -> DeliveryConfig:
        names = [receiver.name for receiver in self.receivers]
        if self.fallback is not None and self.fallback not in names:
            known = ", ".join(names) or "none yet: add it under receivers"
            raise ValueError(f"fallback names {self.fallback!r}, which is no receiver; known: {known}")
        return self

    def fallback_of(self, name: str) -> str | None:
        """Who is told that a receiver cannot be reached: `fallback`, else one on another channel; None for nobody.

        The fallback itself is covered by another receiver. One that shares the channel's access comes last.
        """
        others = [receiver for receiver in self.receivers if receiver.name != name]
        if self.fallback is not None and self.fallback != name:
            return self.fallback
        lost = next((receiver for receiver in self.receivers if receiver.name == name), None)
        apart = [other for other in others if lost is None or other.place != lost.place]
        return next((other.name for other in (*apart, *others)), None)
