"""How money, days and places are written on these pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency

from dashboards.language import Language
from dashboards.pages.alerts.words import shortened
from dashboards.verdict import place_name
from store.messages import Message
from store.money import Basis
from store.stack import Stack

BASES: Mapping[Basis, Message] = {
    Basis.BILLED: Message("billed"),
    Basis.UNBLENDED: Message("unblended"),
    Basis.AMORTIZED: Message("amortized"),
    Basis.NET: Message("net"),
}
LEVELS: Mapping[str, Message] = {"low": Message("low"), "medium": Message("medium"), "high": Message("high")}
_SMALL = Decimal(1)
_DIGITS = 4
"""Digits after the point of an amount below one: what a thousand requests cost is often less than a cent."""


def day_words(language: Language, day: date, style: str = "medium") -> str:
    """A UTC day as people write it; it is never moved into another zone, for bills are by UTC days."""
    return format_date(day, style, locale=language.locale)


def month_words(language: Language, day: date) -> str:
    """The month of a day: `November 2026`."""
    return format_skeleton("yMMMM", datetime(day.year, day.month, 1, tzinfo=UTC), locale=language.locale)


def fine_money(language: Language, amount: Decimal, currency: str) -> str:
    """An amount that may be far below a cent, with four digits after the point where it is below one."""
    if abs(amount) >= _SMALL or not amount:
        return language.money(amount, currency)
    pattern = "\N{CURRENCY SIGN}#,##0." + "0" * _DIGITS
    return format_currency(amount, currency, pattern, locale=language.locale, currency_digits=False)


def signed(language: Language, amount: Decimal, currency: str) -> str:
    """A difference: what is more bears a plus sign."""
    written, nothing = language.money(abs(amount), currency), language.money(Decimal(0), currency)
    if written == nothing:
        return nothing
    return f"+{written}" if amount > 0 else language.money(amount, currency)


def sums_words(language: Language, sums: Mapping[str, Decimal]) -> str:
    """Amounts by currency, which are never added up; zero dollars where there is none."""
    return ", ".join(language.money(amount, currency) for currency, amount in sorted(sums.items())) or language.money(
        Decimal(0)
    )


def added(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """(currency, amount) pairs added up by currency."""
    sums: dict[str, Decimal] = {}
    for currency, amount in amounts:
        sums[currency] = sums.get(currency, Decimal(0)) + amount
    return sums


def place_words(stack: Stack, environment: str | None, component: str | None) -> str:
    """What people call an environment, a component or both; empty where neither is known."""
    if not environment and not component:
        return ""
    return shortened(place_name(stack, (environment or "", component or "")), 120)


def level_words(language: Language, level: str) -> str:
    """low, medium or high in the reader's language; a word of any other kind as it is."""
    return language.say(LEVELS[level]) if level in LEVELS else shortened(level, 40)
