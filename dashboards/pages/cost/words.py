"""How costs are written for a person: amounts, ranges, days and what something is told apart by."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from babel.dates import format_date, format_interval, format_skeleton
from babel.numbers import format_currency, format_percent

from dashboards.language import Language, _
from dashboards.pages.cost.sums import in_cents, smallest
from store.money import Basis

DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
DAY = timedelta(days=1)
EXACT_BELOW = 100
"""From here on a forecast is told without cents."""


def money(language: Language, amount: Decimal, currency: str) -> str:
    """An amount to the cent; what is less than a cent says so and is never a rounded-off zero."""
    cent = smallest(currency)
    if amount and abs(amount) < cent / 2:
        return f"<{language.money(cent, currency)}" if amount > 0 else f">{MINUS}{language.money(cent, currency)}"
    cents = in_cents(amount, currency)
    text = language.money(abs(cents), currency)
    return f"{MINUS}{text}" if cents < 0 else text


def signed(language: Language, amount: Decimal, currency: str) -> str:
    """A difference with its sign; a plain zero where it rounds to none."""
    cents = in_cents(amount, currency)
    if not cents:
        return language.money(Decimal(0), currency)
    return f"{'+' if cents > 0 else MINUS}{language.money(abs(cents), currency)}"


def rough(language: Language, amount: Decimal, currency: str) -> str:
    """What is expected, without cents where they would only look exact: $1,305."""
    if abs(amount) < EXACT_BELOW:
        return money(language, amount, currency)
    whole = amount.quantize(Decimal(1), ROUND_HALF_EVEN)
    pattern = language.locale.currency_formats["standard"].pattern.partition(";")[0].replace(".00", "")
    return format_currency(whole, currency, pattern, locale=language.locale, currency_digits=False)


def about(language: Language, low: Decimal, high: Decimal, currency: str) -> str:
    """The range of what is expected, from the least to the most."""
    return f"{rough(language, low, currency)} {DASH} {rough(language, high, currency)}"


def share(language: Language, part: Decimal | float) -> str:
    """A share with one place after the point, so that a column of them lines up."""
    return format_percent(part, format="#,##0.0%", locale=language.locale)


def day(language: Language, when: date) -> str:
    """A day within a year: Nov 23."""
    return format_skeleton("MMMd", when, locale=language.locale)


def weekday(language: Language, when: date) -> str:
    """A day with its weekday: Mon, Nov 23."""
    return format_skeleton("MMMEd", when, locale=language.locale)


def days(language: Language, start: date, end: date) -> str:
    """The days [start, end) as people write them: Nov 1 to 23, shortened."""
    last = end - DAY
    return day(language, start) if last <= start else format_interval(start, last, "MMMd", locale=language.locale)


def month(language: Language, when: date) -> str:
    """A month: November 2026."""
    return format_skeleton("yMMMM", when, locale=language.locale)


def short_month(language: Language, when: date) -> str:
    """A month in a table: Nov 2026."""
    return format_skeleton("yMMM", when, locale=language.locale)


def this_month(language: Language, when: date) -> str:
    """A month of the year that goes on: November."""
    return format_date(when, "LLLL", locale=language.locale)


def basis_word(basis: Basis) -> str:
    """A basis in the reader's language."""
    return {
        Basis.UNBLENDED: _("Unblended"),
        Basis.AMORTIZED: _("Amortized"),
        Basis.NET: _("Net"),
        Basis.BILLED: _("Billed"),
    }[basis]


def dimension_word(name: str) -> str:
    """What costs are told apart by, in the reader's language; a tag by its key."""
    known = {
        "component": _("Component"),
        "environment": _("Environment"),
        "service": _("Service"),
        "usage_type": _("Usage type"),
        "account": _("Account"),
        "charge_category": _("Kind of charge"),
    }
    return known.get(name) or _("Tag %(key)s", key=name.removeprefix("tag:"))


def scope_word(scope: str) -> str:
    """What a forecast or an anomaly is of: `place:network,prod` is "network in prod"."""
    if not scope:
        return _("Everything")
    if scope.startswith("place:"):
        component, _comma, environment = scope.removeprefix("place:").partition(",")
        return _("%(component)s in %(environment)s", component=component, environment=environment)
    if scope.startswith("tag:"):
        return scope.removeprefix("tag:").replace(":", "=", 1)
    return scope.partition(":")[2]
