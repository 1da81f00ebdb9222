"""Answers about environments that sleep, and what may be asked of them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from dashboards.api.models.alerting import Wish
from dashboards.api.models.base import Answer, Page
from dashboards.language import Language
from store.power import EnvironmentPower, Offer, ResourcePower

Condition = Literal["running", "starting", "stopping", "stopped", "partial", "gone", "unknown"]
PowerWord = Literal["running", "stopped"]


class OfferAnswer(Answer):
    """Something that may be asked for now, with its price."""

    do: str = Field(description="keep, skip, start or stop.")
    seconds: int | None
    until: datetime
    hours: str = Field(description="Hours beyond the schedule, or within it for a stop; an exact decimal.")
    price: str | None = Field(description="An exact decimal, negative for what is saved; null where no price is known.")
    currency: str

    @classmethod
    def from_store(cls, one: Offer) -> OfferAnswer:
        """Make the answer of an offer."""
        return cls(
            do=one.do,
            seconds=one.seconds,
            until=one.until,
            hours=str(one.hours),
            price=_text(one.price),
            currency=one.currency,
        )


class ResourcePowerAnswer(Answer):
    """One resource of an environment."""

    id: str
    type: str
    name: str
    component: str | None
    condition: Condition
    desired: PowerWord | None = Field(description="Null for what stays as it is.")
    since: datetime | None
    hourly: str | None = Field(description="What an hour costs while it runs, beyond what it costs asleep.")
    by_hand: datetime | None
    note: str

    @classmethod
    def from_store(cls, one: ResourcePower, language: Language) -> ResourcePowerAnswer:
        """Make the answer of a resource."""
        return cls(
            id=one.resource_id,
            type=one.resource_type,
            name=one.name,
            component=one.component,
            condition=one.condition.value,
            desired=one.desired.value if one.desired is not None else None,
            since=one.since,
            hourly=_text(one.hourly),
            by_hand=one.by_hand,
            note=language.say(one.note),
        )


class PowerAnswer(Answer):
    """An environment that sleeps by a schedule: what it is, what it should be, and what may be asked of it."""

    environment: str
    condition: Condition
    since: datetime
    desired: PowerWord
    because: str
    until: datetime | None
    armed: bool = Field(description="False in a dry run: nothing is started or stopped.")
    problem: str
    hourly: str | None
    currency: str
    checked_at: datetime
    offers: list[OfferAnswer]
    resources: list[ResourcePowerAnswer]

    @classmethod
    def from_store(cls, one: EnvironmentPower, language: Language) -> PowerAnswer:
        """Make the answer of an environment."""
        return cls(
            environment=one.environment,
            condition=one.condition.value,
            since=one.since,
            desired=one.desired.value,
            because=language.say(one.because),
            until=one.until,
            armed=one.armed,
            problem=language.say(one.problem),
            hourly=_text(one.hourly),
            currency=one.currency,
            checked_at=one.checked_at,
            offers=[OfferAnswer.from_store(each) for each in one.offers],
            resources=[ResourcePowerAnswer.from_store(each, language) for each in one.resources],
        )


class PowerPage(Page[PowerAnswer]):
    """The environments that sleep by a schedule."""


class WishBody(Wish):
    """What is asked of an environment."""

    do: Literal["keep", "skip", "start", "stop", "hold", "resume"]
    seconds: int | None = Field(default=None, ge=300, le=14 * 86400, description="How long.")
    why: str = Field(default="", max_length=300)


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
