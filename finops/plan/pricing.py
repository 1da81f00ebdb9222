"""Plans of a stack and their price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from finops.errors import MoneyError
from finops.prices.book import PriceBook
from store.messages import Message

HOURS = Decimal(730)
"""Hours of a month on average, as AWS's own calculator has it: 365 x 24 / 12."""
REFERENCE = "reference"
HOURLY = "Hrs"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Item(_Strict):
    """One line of a plan: something that is paid by the hour, or by another unit of which `amount` are used."""

    component: str = Field(min_length=1, description="The component it belongs to.")
    what: str = Field(default="", description="What people call it; the usage type by default.")
    count: Decimal = Field(default=Decimal(1), ge=0, description="How many of it.")
    rate: Decimal | None = Field(default=None, ge=0, description="What one unit costs; the price book's by default.")
    usage_type: str = Field(default="", description="What it is in Cost Explorer, such as BoxUsage:t3.micro.")
    region: str = Field(default="", description="Where, if not where the plan is.")
    unit: str = Field(default=HOURLY, description="Hrs, GB, GB-Mo …; the price book's for a usage type.")
    hours: Decimal | None = Field(default=None, ge=0, description="Hours in the period, if not those of the plan.")
    amount: Decimal | None = Field(default=None, ge=0, description="Units in the period, of what has no hours.")

    @model_validator(mode="after")
    def _it_has_a_price(self) -> Self:
        if self.rate is None and not self.usage_type:
            raise ValueError("an item needs a rate, or a usage_type that the price book knows")
        return self


class Plan(_Strict):
    """What a stack is meant to be."""

    name: str = Field(default="plan", min_length=1, description="What the plan is called.")
    title: str = Field(default="", description="What people call it.")
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$", description="The currency of the rates.")
    region: str = Field(default="", description="Where the stack runs.")
    hours: Decimal = Field(default=HOURS, gt=0, description="Hours in the period; 730 are a month on average.")
    items: list[Item] = Field(min_length=1, description="What it is made of.")


@dataclass(frozen=True, slots=True)
class PricedItem:
    """An item with its price: `quantity` units (of all of it) at `rate` each. `priced_on` is None for a rate given."""

    item: Item
    rate: Decimal
    unit: str
    quantity: Decimal
    priced_on: date | None

    @property
    def cost(self) -> Decimal:
        """What it costs in the period."""
        return self.rate * self.quantity


@dataclass(frozen=True, slots=True)
class PricedPlan:
    """A plan with its price for `hours`. `stale` are usage types whose price is too old to be believed unseen."""

    plan: Plan
    hours: Decimal
    items: Sequence[PricedItem]
    prices_of: date | None
    stale: Sequence[str]

    @property
    def hourly(self) -> Decimal:
        """What everything that is paid by the hour costs in one."""
        return sum((one.rate * one.item.count for one in self.items if one.unit == HOURLY), Decimal(0))

    @property
    def total(self) -> Decimal:
        """What all of it costs in the period."""
        return sum((one.cost for one in self.items), Decimal(0))

    @property
    def components(self) -> Mapping[str, Decimal]:
        """The same by component, in the order of the plan."""
        found: dict[str, Decimal] = defaultdict(Decimal)
        for one in self.items:
            found[one.item.component] += one.cost
        return dict(found)


def read_plan(source: str | Path | Mapping[str, Any]) -> Plan:
    """The plan that ships as `reference`, one in a YAML file, or one given as values.

    Raises:
        MoneyError: it cannot be read or is no plan; the sentence names the place and what to do.
    """
    if isinstance(source, Mapping):
        return _valid(source, "plan")
    if str(source) == REFERENCE:
        text, name = files("finops.plan").joinpath("reference.yaml").read_text(encoding="utf-8"), REFERENCE
    else:
        path = Path(source)
        name = path.name
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            said = Message("the plan %(file)s cannot be read: %(fault)s", file=str(path), fault=str(error))
            raise MoneyError(said) from error
    try:
        # Every scalar as a text, so that no rate passes through a float.
        written = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  it builds nothing but texts, lists and mappings
    except yaml.YAMLError as error:
        raise MoneyError(Message("the plan %(file)s is no YAML: %(fault)s", file=name, fault=str(error))) from error
    return _valid(written, name)


def price_plan(plan: Plan, book: PriceBook, today: date, hours: Decimal | None = None) -> PricedPlan:
    """What a plan costs in `hours`, those of the plan by default.

    Raises:
        UnknownPrice: the price book does not have a usage type, and the item has no rate of its own.
    """
    length = plan.hours if hours is None else hours
    items, stale = [], []
    for item in plan.items:
        rate, unit, priced_on = item.rate, item.unit, None
        if rate is None:
            price = book.price(item.region or plan.region, "", item.usage_type)
            rate, unit, priced_on = price.amount, price.unit, price.as_of
            if price.stale(today):
                stale.append(item.usage_type)
        own = item.hours if item.hours is not None else length
        units = own if unit == HOURLY and item.amount is None else item.amount or Decimal(0)
        items.append(PricedItem(item, rate, unit, units * item.count, priced_on))
    dates = [one.priced_on for one in items if one.priced_on is not None]
    return PricedPlan(plan, length, items, min(dates, default=None), stale)


def _valid(written: object, name: str) -> Plan:
    try:
        return Plan.model_validate(written)
    except ValidationError as invalid:
        first = invalid.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "it"
        said = Message("the plan %(file)s: %(place)s: %(fault)s", file=name, place=place, fault=first["msg"])
        raise MoneyError(said) from invalid
