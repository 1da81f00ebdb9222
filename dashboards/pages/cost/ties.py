"""How whole the costs are: when each view was read, whether it ties out, and what AWS told differently later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dashboards.language import Language, _
from dashboards.pages.cost.sums import in_cents
from dashboards.pages.cost.words import dimension_word, money, signed
from dashboards.site import Site
from store.money import Basis, CostRead, Restatement, View

SHOWN = 12
_MOST = 400
_LAG = timedelta(days=2)
"""Until then a day fills up: what changes by then was not told differently, it was not all told."""


@dataclass(frozen=True, slots=True)
class Tie:
    """A reading in words. `missing` says what its groups lack of the total, empty where they tie out."""

    account: str
    view: str
    read_at: datetime
    days: tuple[date, date]
    missing: str


@dataclass(frozen=True, slots=True)
class Told:
    """A day that AWS told differently later."""

    day: date
    before: str
    after: str
    change: str
    at: datetime


def ties_of(reads: Sequence[CostRead], language: Language) -> list[Tie]:
    """Each reading, those that do not tie out first."""
    found = [
        Tie(read.account, view_word(read.view), read.read_at, (read.start, read.end), _missing(read, language))
        for read in reads
    ]
    return sorted(found, key=lambda tie: not tie.missing)


def view_word(view: str) -> str:
    """What a reading is grouped by, in words."""
    if view == View.TOTAL:
        return _("Total")
    return " \N{MULTIPLICATION SIGN} ".join(dimension_word(name) for name in view.split(","))


def _missing(read: CostRead, language: Language) -> str:
    if read.tied:
        return ""
    parts = [
        f"{money(language, left, currency)} ({Basis(basis).value})"
        for currency, basis, left in read.residuals
        if in_cents(left, currency)
    ]
    return ", ".join(parts) or _("an unknown amount")


def told_later(site: Site, start: date, end: date, language: Language) -> tuple[list[Told], int]:
    """The newest days whose total AWS changed by a cent or more after they were complete, and how many there are."""
    found = site.store.costs.restatements(start, end, view=View.TOTAL.value, limit=_MOST)
    kept = [one for one in found if is_restated(one)]
    words = [
        Told(
            one.day,
            money(language, one.before or in_cents(one.after * 0, one.currency), one.currency),
            money(language, one.after, one.currency),
            signed(language, one.after - (one.before or 0), one.currency),
            one.after_at,
        )
        for one in kept[:SHOWN]
    ]
    return words, len(kept)


def is_restated(one: Restatement) -> bool:
    """Whether a day that was complete has changed by a cent or more: before that it only filled up."""
    if one.before is None or one.before_at is None:
        return False
    return one.before_at.date() >= one.day + _LAG and bool(in_cents(one.after - one.before, one.currency))
