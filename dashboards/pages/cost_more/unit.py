"""The page of unit cost: what a thousand requests cost day by day, and who bears the costs that are shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request

from dashboards.language import Language, current_language
from dashboards.pages.alerts.words import said, shortened
from dashboards.pages.board import title_of
from dashboards.pages.cost_more.drawing import DayLine, day_line
from dashboards.pages.cost_more.words import BASES, day_words, fine_money
from dashboards.site import Site, current_site
from dashboards.verdict import split_title
from store.money import Allocation, UnitCost, UnitCostDay
from store.stack import Stack

DAYS = 92
"""Days drawn and listed; the CSV has them all."""
UNITS = 12
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit cost in the reader's words. `table` holds day, cost, units and cost of a thousand, newest first."""

    name: str
    place: str
    latest: str
    latest_day: str
    average: str
    caption: str
    line: DayLine | None
    high: str
    low: str
    first: str
    last: str
    table: tuple[tuple[str, str, str, str], ...]
    csv: str


def page() -> str:
    """The whole page; `view=table` shows the charts as tables."""
    site, language = current_site(), current_language()
    table = request.args.get("view") == "table"
    units = list(site.store.reports.all(UnitCost).items())
    allocations = site.store.reports.all(Allocation).values()
    return render_template(
        "cost_unit.html",
        table=table,
        table_href="/cost/unit" if table else "/cost/unit?view=table",
        units=[_unit(site, key, one, language) for key, one in units[:UNITS]],
        shared=[_allocated(site.stack, one, language) for one in sorted(allocations, key=_newest_first)],
    )


def _unit(site: Site, key: str, one: UnitCost, language: Language) -> UnitRow:
    days = sorted(one.days, key=lambda each: each.day)[-DAYS:]

    def money(amount: Decimal) -> str:
        return fine_money(language, amount, one.currency)

    line = day_line([(each.day, each.per_thousand) for each in days])
    known = [(each.day, each.per_thousand) for each in days if each.per_thousand is not None]
    average = average_of(days)
    return UnitRow(
        name=shortened(one.name, 80),
        place=title_of(site.stack, one.environment) if one.environment else "",
        latest=money(known[-1][1]) if known else "",
        latest_day=day_words(language, known[-1][0]) if known else "",
        average=money(average) if average is not None else "",
        caption=_caption(known, len(days), one.currency, language),
        line=line,
        high=money(line.high) if line else "",
        low=money(line.low) if line else "",
        first=day_words(language, line.first) if line else "",
        last=day_words(language, line.last) if line else "",
        table=tuple(_day(each, one.currency, language) for each in reversed(days)),
        csv=f"/cost/unit.csv?{urlencode({'unit': key})}",
    )


def average_of(days: Sequence[UnitCostDay]) -> Decimal | None:
    """What a thousand cost over all days that had any: their cost by their number, not the mean of the days."""
    known = [each for each in days if each.per_thousand is not None]
    units = sum((each.units for each in known), Decimal(0))
    return sum((each.cost for each in known), Decimal(0)) * 1000 / units if units else None


def _caption(known: Sequence[tuple[date, Decimal]], days: int, currency: str, language: Language) -> str:
    if not known:
        return language.text("None of these days had both a cost and requests.")
    low, high = (pick(amount for _, amount in known) for pick in (min, max))
    said_range = language.text(
        "Between %(low)s and %(high)s a thousand.",
        low=fine_money(language, low, currency),
        high=fine_money(language, high, currency),
    )
    missing = days - len(known)
    if not missing:
        return said_range
    return f"{said_range} {language.plural('One day had none.', '%(num)s days had none.', missing)}"


def _day(each: UnitCostDay, currency: str, language: Language) -> tuple[str, str, str, str]:
    per = "\N{EM DASH}" if each.per_thousand is None else fine_money(language, each.per_thousand, currency)
    return day_words(language, each.day), language.money(each.cost, currency), language.number(each.units, 0), per


def _allocated(stack: Stack, one: Allocation, language: Language) -> dict[str, Any]:
    """Who bears the costs, largest first, in the reader's words."""

    def money(amount: Decimal) -> str:
        return language.money(amount, one.currency)

    parts = sum((each.total for each in one.shares), Decimal(0)) + one.untagged + one.untaggable
    rest = one.total - parts
    shares = sorted(one.shares, key=lambda each: (-each.total, each.component))
    return {
        "period": f"{day_words(language, one.start)} \N{EN DASH} {day_words(language, one.end - timedelta(days=1))}",
        "basis": language.say(BASES[one.basis]),
        "rule": said(language, one.rule, 600),
        "rows": [
            (
                _component(stack, each.component),
                *map(money, (each.direct, each.shared, each.total)),
                _share(each.total, one, language),
            )
            for each in shares
        ],
        "untagged": (money(one.untagged), _share(one.untagged, one, language)),
        "untaggable": (money(one.untaggable), _share(one.untaggable, one, language)) if one.untaggable else None,
        "total": money(one.total),
        "unactivated": [shortened(tag, 128) for tag in one.unactivated],
        "tied": one.tied and abs(rest) < _CENT,
        "rest": money(rest),
    }


def _newest_first(one: Allocation) -> tuple[int, str]:
    return -one.start.toordinal(), one.currency


def _component(stack: Stack, name: str) -> str:
    described = stack.components.get(name)
    return shortened(split_title((described.title if described else "") or name)[0], 80)


def _share(amount: Decimal, one: Allocation, language: Language) -> str:
    return language.percent(float(amount / one.total), 0) if one.total > 0 else ""
