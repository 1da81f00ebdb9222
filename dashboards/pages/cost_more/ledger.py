"""The ledger: what was to be saved by day or month, and what the bill bears out of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dashboards.errors import BadParameter
from dashboards.language import Language
from dashboards.pages.alerts.words import said, shortened
from dashboards.pages.cost_more.words import day_words, month_words, place_words
from dashboards.site import Site
from store.messages import Message
from store.money import LedgerEntry

MONTHS = 12
"""Months that the ledger opens with, this one among them."""
ENTRIES = 200
"""Entries of one day that are listed; the CSV has them all."""
KINDS: Mapping[str, Message] = {"shutdown": Message("Shutdown"), "saving": Message("Saving")}
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The days [`start`, `end`) that are shown; `text` is how an address says so: empty, a month or a day."""

    text: str
    start: date
    end: date

    @property
    def shown(self) -> str:
        """What the lines are: `months`, `days` or `entries`."""
        return {0: "months", len("2026-11"): "days"}.get(len(self.text), "entries")


@dataclass(frozen=True, slots=True)
class Sum:
    """What was to be saved; how much of that the bill is known of (`known`), and what it bears out of it (`billed`)."""

    expected: Decimal = Decimal(0)
    known: Decimal = Decimal(0)
    billed: Decimal = Decimal(0)

    @property
    def waiting(self) -> Decimal:
        """What nothing is known of yet."""
        return self.expected - self.known

    def plus(self, one: LedgerEntry) -> Sum:
        """With one entry more."""
        if one.billed is None:
            return Sum(self.expected + one.expected, self.known, self.billed)
        return Sum(self.expected + one.expected, self.known + one.expected, self.billed + one.billed)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger in the reader's words. `verified` is empty while nothing of it is known."""

    when: str
    to: str
    kind: str
    what: str
    how: str
    expected: str
    verified: str
    of: str
    waiting: str


def chosen(text: str, today: date) -> Chosen:
    """The months up to today; one month (`2026-11`), or one day (`2026-11-14`).

    Raises:
        BadParameter: the text is none of these.
    """
    if not text:
        return Chosen("", months_before(today, MONTHS - 1), next_month(today))
    month, day = _MONTH.fullmatch(text), _DAY.fullmatch(text)
    try:
        if month and text.isascii():
            start = date(int(month[1]), int(month[2]), 1)
            return Chosen(text, start, next_month(start))
        if day and text.isascii():
            start = date(int(day[1]), int(day[2]), int(day[3]))
            return Chosen(text, start, start + timedelta(days=1))
    except (ValueError, OverflowError):
        pass
    raise BadParameter("ledger", "write a month such as 2026-11 or a day such as 2026-11-14")


def months_before(day: date, number: int) -> date:
    """The first day of the month that is so many months before that of a day."""
    months = max(day.year * 12 + day.month - 1 - number, 12)
    return date(months // 12, months % 12 + 1, 1)


def next_month(day: date) -> date:
    """The first day of the month after that of a day."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def summed(entries: Iterable[LedgerEntry], key: Callable[[LedgerEntry], tuple[str, ...]]) -> dict[tuple[str, ...], Sum]:
    """Entries added up by a key, which holds the currency: amounts are never added up across currencies."""
    sums: dict[tuple[str, ...], Sum] = defaultdict(Sum)
    for one in entries:
        sums[key(one)] = sums[key(one)].plus(one)
    return sums


def words(site: Site, picked: Chosen, env: str, language: Language) -> dict[str, Any]:
    """What the template needs of the ledger."""
    every = site.store.ledger.between(picked.start, picked.end)
    entries = [one for one in every if not env or one.environment == env]
    totals = summed(entries, lambda one: (one.currency,))
    return {
        "shown": picked.shown,
        "lines": _lines(site, picked, entries, language),
        "more": max(len(entries) - ENTRIES, 0) if picked.shown == "entries" else 0,
        "totals": [(currency, _line("", "", "", total, currency, language)) for (currency,), total in totals.items()],
        "title": _title(picked, language),
        "month": picked.text[:7] if picked.shown == "entries" else "",
        "month_title": month_words(language, picked.start),
        "csv": f"/cost/ledger.csv?from={picked.start}&to={picked.end}",
    }


def _title(picked: Chosen, language: Language) -> str:
    if picked.shown == "months":
        return language.plural("The last month", "The last %(num)s months", MONTHS)
    return month_words(language, picked.start) if picked.shown == "days" else day_words(language, picked.start)


def _lines(site: Site, picked: Chosen, entries: Sequence[LedgerEntry], language: Language) -> list[Line]:
    if picked.shown == "entries":
        return [_entry(site, one, language) for one in entries[:ENTRIES]]
    length = len("2026-11" if picked.shown == "months" else "2026-11-14")
    sums = summed(entries, lambda one: (one.day.isoformat()[:length], one.kind, one.currency))
    newest_first = sorted(sums.items(), key=lambda each: each[0][1:])
    newest_first.sort(key=lambda each: each[0][0], reverse=True)
    lines = []
    for (to, kind, currency), total in newest_first:
        day = date.fromisoformat(f"{to}-01" if len(to) == len("2026-11") else to)
        when = month_words(language, day) if picked.shown == "months" else day_words(language, day)
        lines.append(_line(when, to, kind, total, currency, language))
    return lines


def _entry(site: Site, one: LedgerEntry, language: Language) -> Line:
    total = Sum().plus(one)
    what = place_words(site.stack, one.environment, one.component)
    return _line(
        "",
        "",
        one.kind,
        total,
        one.currency,
        language,
        shortened(what or one.subject, 120),
        said(language, one.basis_note, 300),
    )


def _line(  # noqa: PLR0913, PLR0917  a line's columns
    when: str,
    to: str,
    kind: str,
    total: Sum,
    currency: str,
    language: Language,
    what: str = "",
    how: str = "",
) -> Line:
    nothing_known = not total.known and not total.billed and bool(total.waiting)
    part = bool(total.waiting) and not nothing_known
    return Line(
        when=when,
        to=to,
        kind=language.say(KINDS[kind]) if kind in KINDS else shortened(kind, 40),
        what=what,
        how=how,
        expected=language.money(total.expected, currency),
        verified="" if nothing_known else language.money(total.billed, currency),
        of=language.money(total.known, currency) if part else "",
        waiting=language.money(total.waiting, currency) if total.waiting else "",
    )
