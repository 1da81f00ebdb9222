"""The dated price book: what a unit of a usage type costs on demand, first tier, as AWS publishes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

import yaml

from finops.errors import MoneyError
from store.messages import Message

STALE_AFTER_DAYS = 180
"""AWS changes list prices of what is in the book less than once a year; half a year is old enough to look again."""
GLOBAL = "global"
ANY_SERVICE = ""


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit costs, in US dollars, and since when that was looked up."""

    region: str
    service: str
    usage_type: str
    amount: Decimal
    unit: str
    as_of: date

    def stale(self, today: date) -> bool:
        """Whether the price is too old to be believed without a look at AWS's page."""
        return (today - self.as_of).days > STALE_AFTER_DAYS


class UnknownPrice(MoneyError):
    """The book has no price for this."""


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Prices by region and usage type; `date` is that of its oldest region. `prefixes` are those of usage types."""

    date: date
    currency: str
    prices: Mapping[tuple[str, str], Price]
    prefixes: Mapping[str, str]

    def price(self, region: str, service: str, usage_type: str) -> Price:
        """The price of a usage type as Cost Explorer writes it, with or without the region's prefix.

        A prefix names the region, whatever `region` says; us-east-1 is often written without one. An empty `service`
        means any.

        Raises:
            UnknownPrice: the book does not have it.
        """
        place, bare = self.split(region, usage_type)
        found = self.prices.get((place, bare)) or self.prices.get((GLOBAL, usage_type))
        if found is None or service not in {ANY_SERVICE, found.service}:
            text = (
                "the price book of %(date)s has no price for %(usage_type)s in %(region)s: give the item a rate of "
                "its own, or choose a region and a type that the book has"
            )
            raise UnknownPrice(Message(text, date=self.date.isoformat(), usage_type=usage_type, region=place))
        return found

    def get(self, region: str, service: str, usage_type: str) -> Price | None:
        """The same, None where the book does not have it."""
        try:
            return self.price(region, service, usage_type)
        except UnknownPrice:
            return None

    def split(self, region: str, usage_type: str) -> tuple[str, str]:
        """The region of a usage type and its name without the prefix: (ap-northeast-2, BoxUsage:t3.micro)."""
        prefix, dash, rest = usage_type.partition("-")
        if dash and prefix in self.prefixes:
            return self.prefixes[prefix], rest
        return region, usage_type

    def written(self, region: str, usage_type: str) -> str:
        """A bare usage type as Cost Explorer writes it in a region: APN2-BoxUsage:t3.micro."""
        prefix = next((each for each, place in self.prefixes.items() if place == region), "")
        return f"{prefix}-{usage_type}" if prefix else usage_type


def load_book() -> PriceBook:
    """The book that ships with Lamplighter."""
    text = files("finops.prices").joinpath("book.yaml").read_text(encoding="utf-8")
    return read_book(yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506  base: all texts, so that decimals stay exact


def read_book(written: Mapping[str, Any]) -> PriceBook:
    """A book from what its file says; every scalar is a text, so that no price passes through a float."""
    prices: dict[tuple[str, str], Price] = {}
    prefixes: dict[str, str] = {}
    dates: list[date] = []
    for region, entry in written["regions"].items():
        as_of = date.fromisoformat(entry["as_of"])
        dates.append(as_of)
        if entry.get("prefix"):
            prefixes[entry["prefix"]] = region
        for service, units in entry["services"].items():
            for unit, types in units.items():
                for usage_type, amount in types.items():
                    price = Price(region, service, usage_type, Decimal(amount), unit, as_of)
                    prices[region, usage_type] = price
    return PriceBook(min(dates), written["currency"], prices, prefixes)
