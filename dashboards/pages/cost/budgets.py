"""The budgets of a month as lines with a bar: what is spent, what is expected, and the limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from markupsafe import Markup

from dashboards.language import Language, _
from dashboards.pages.cost.choice import Choice
from dashboards.pages.cost.words import about, day, days, money, rough
from dashboards.site import Site
from store.alerting import BudgetReading
from store.vocabulary import Status

WIDE = 1000
"""Units of a bar's width."""
_BARS = Markup(
    '<svg class="bar" viewBox="0 0 1000 14" preserveAspectRatio="none" role="img" aria-label="{label}">'
    '<rect class="track" width="1000" height="14"/>{range}'
    '<rect class="spent" width="{spent}" height="14"/>{limit}</svg>'
)
_LIMIT = Markup('<rect class="limit" x="{x}" width="4" height="14"/>')
_RANGE = Markup('<rect class="expected" x="{x}" width="{width}" height="14"/>')


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One budget in words. `told` says what becomes of it."""

    title: str
    status: Status
    word: str
    told: str
    spent: str
    limit: str
    share: float | None
    forecast: str
    period: str
    bar: Markup
    href: str
    currency: str


def budgets_of(site: Site, choice: Choice) -> list[BudgetReading]:
    """The newest reading of each budget whose period has a day of the chosen month, of the place that is chosen."""
    last = min(choice.end, choice.today + timedelta(days=1)) - timedelta(days=1)
    place = dict(choice.filters)
    found: dict[str, BudgetReading] = {}
    for one in site.store.budgets.newest():
        within = one.start.date() <= last < one.end.date()
        mine = all(getattr(one, name, None) == value for name, value in place.items())
        if within and mine:
            found.setdefault(one.budget, one)
    return list(found.values())


def budget_rows(found: Sequence[BudgetReading], choice: Choice, language: Language) -> list[BudgetRow]:
    """The budgets in words, those in trouble first."""
    rows = [(status_of(one), one) for one in found]
    rows.sort(key=lambda pair: (-pair[0].rank, pair[1].title))
    return [_row(one, status, choice, language) for status, one in rows]


def status_of(one: BudgetReading) -> Status:
    """Critical once it is used up, a warning where the forecast passes it."""
    if one.actual > one.limit:
        return Status.CRITICAL
    return Status.WARN if one.forecast is not None and one.forecast > one.limit else Status.OK


def headline(one: BudgetReading, language: Language) -> str:
    """What becomes of a budget, as a sentence."""
    title = one.title or one.budget
    status = status_of(one)
    if status is Status.CRITICAL:
        over = money(language, one.actual - one.limit, one.currency)
        return _("Budget %(title)s is used up: %(over)s more than it allows.", title=title, over=over)
    if status is Status.WARN and one.passes_on is not None:
        return _("Budget %(title)s will pass 100 %% on %(day)s.", title=title, day=day(language, one.passes_on))
    if status is Status.WARN:
        return _("Budget %(title)s will not suffice.", title=title)
    if one.forecast_high is not None and one.forecast_high > one.limit:
        return _("Budget %(title)s will hold, but not surely: the range passes it.", title=title)
    return _("Budget %(title)s holds.", title=title)


def _row(one: BudgetReading, status: Status, choice: Choice, language: Language) -> BudgetRow:
    words = {Status.CRITICAL: _("Used up"), Status.WARN: _("Will be passed"), Status.OK: _("Holds")}
    share = float(one.actual / one.limit) if one.limit > 0 else None
    place = {name: value for name in ("component", "environment") if (value := getattr(one, name))}
    start, end = one.start.date(), one.end.date()
    forecast = ""
    if one.forecast is not None:
        forecast = rough(language, one.forecast, one.currency)
        if one.forecast_low is not None and one.forecast_high is not None:
            forecast += f" ({about(language, one.forecast_low, one.forecast_high, one.currency)})"
    return BudgetRow(
        title=one.title or one.budget,
        status=status,
        word=words[status],
        told=headline(one, language),
        spent=money(language, one.actual, one.currency),
        limit=money(language, one.limit, one.currency),
        share=share,
        forecast=forecast,
        period="" if _is_month(start, end) else days(language, start, end),
        bar=_bar(one, language),
        href=choice.address(filters=tuple(sorted(place.items())), charges="all", by="") if place else "",
        currency=one.currency,
    )


def _is_month(start: date, end: date) -> bool:
    return start.day == end.day == 1 and (end - start).days <= 31  # noqa: PLR2004  the longest month


def _bar(one: BudgetReading, language: Language) -> Markup:
    most = max(one.limit, one.actual, one.forecast_high or one.forecast or one.actual) or Decimal(1)

    def place(amount: Decimal) -> int:
        return max(0, min(WIDE, round(float(amount / most) * WIDE)))

    expected = Markup("")
    if one.forecast is not None and one.forecast > one.actual:
        spent = place(one.actual)
        expected = _RANGE.format(x=spent, width=max(place(one.forecast) - spent, 0))
    label = f"{money(language, one.actual, one.currency)} / {money(language, one.limit, one.currency)}"
    limit = _LIMIT.format(x=place(one.limit)) if one.limit < most else Markup("")
    return _BARS.format(label=label, range=expected, spent=place(one.actual), limit=limit)
