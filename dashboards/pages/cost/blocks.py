"""The costs of one currency as the page tells them: one block for each, for currencies are never added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from dashboards.language import Language, _, ngettext
from dashboards.pages.cost import chart as charts
from dashboards.pages.cost import words
from dashboards.pages.cost.budgets import BudgetRow, budget_rows, budgets_of, headline, status_of
from dashboards.pages.cost.choice import Choice
from dashboards.pages.cost.outlook import Outlook, outlook_of
from dashboards.pages.cost.reading import Finality, Known, days_of, finality, total_source
from dashboards.pages.cost.sources import USAGE_ONLY, dimensions_for, source_of
from dashboards.pages.cost.sums import by_day, total
from dashboards.pages.cost.tables import Around, Table, csv_address, movers, name_of, tables
from dashboards.pages.cost.timeline import Timeline, marks
from dashboards.pages.cost.words import about, day, dimension_word, money, month, rough, signed, this_month, weekday
from dashboards.site import Site
from store.alerting import BudgetReading
from store.money import CostTag, DayForecast
from store.vocabulary import Status

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what it is, and how final it is."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """The days of the month: what is drawn and said of them. `choices` are (title, address, here)."""

    bars: charts.Bars
    names: Sequence[str]
    colours: Sequence[int]
    payload: dict[str, object]
    still: Sequence[str]
    caption: str
    csv: str
    choices: Sequence[tuple[str, str, bool]]
    rows: Sequence[tuple[str, Sequence[str], str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Block:
    """Everything of one currency."""

    currency: str
    status: Status
    head: str
    told: str
    finality: Finality
    final: str
    figures: Sequence[Figure]
    budgets: Sequence[BudgetRow]
    outlook: Outlook
    chart: Chart | None
    movers: Sequence[tuple[str, str, str]]
    compared: str
    tables: Sequence[Table]


@dataclass(frozen=True, slots=True)
class Page:
    """What every block is made from."""

    site: Site
    language: Language
    choice: Choice
    known: Known
    timeline: Timeline
    tags: Sequence[CostTag]


def block_of(page: Page, currency: str) -> Block:
    """The block of one currency."""
    choice, known, language = page.choice, page.known, page.language
    days, source = days_of(known, choice), total_source(choice)
    rows = known.rows(source.view)
    spent = total(rows, source, currency, (days.start, days.end))
    final = finality(rows, source, currency, (days.start, days.end))
    outlook = outlook_of(page.site, choice, currency, language)
    readings = [one for one in budgets_of(page.site, choice) if one.currency == currency]
    around = Around(page.site, language, choice, known, days, currency, page.tags)
    status, told = _judged(page, currency, readings)
    return Block(
        currency=currency,
        status=status,
        head=_head(page, spent, outlook, currency),
        told=told,
        finality=final,
        final=_final_words(final, spent, currency, language),
        figures=_figures(page, currency, spent, outlook),
        budgets=budget_rows(readings, choice, language),
        outlook=outlook,
        chart=_chart(page, currency, outlook, days.now[1]),
        movers=[
            (
                name_of(page.site, "", group.key),
                signed(language, group.change or Decimal(0), currency),
                money(language, group.amount, currency),
            )
            for group in movers(around)
        ],
        compared=_compared(around),
        tables=tables(around),
    )


def _head(page: Page, spent: Decimal, outlook: Outlook, currency: str) -> str:
    language, choice = page.language, page.choice
    so_far = money(language, spent, currency)
    if not choice.current:
        return _("%(month)s cost %(spent)s", month=month(language, choice.month), spent=so_far)
    named = this_month(language, choice.month)
    one = outlook.this
    if one is None:
        return _("%(spent)s so far in %(month)s", month=named, spent=so_far)
    return _(
        "%(spent)s so far in %(month)s; forecast %(total)s (%(range)s)",
        spent=so_far,
        month=named,
        total=rough(language, one.total, currency),
        range=about(language, one.low, one.high, currency),
    )


def _judged(page: Page, currency: str, budgets: Sequence[BudgetReading]) -> tuple[Status, str]:
    """The worst of the budgets and what is unusual, as a word and a sentence."""
    language = page.language
    worst = max(
        budgets, key=lambda one: (status_of(one).rank, one.actual / one.limit if one.limit else 0), default=None
    )
    open_ = [one for one in page.timeline.of(currency) if one.open and not one.muted and one.source == "lamplighter"]
    told = []
    if worst is not None and status_of(worst) is not Status.OK:
        told.append(headline(worst, language))
    elif budgets:
        told.append(ngettext("Its budget holds.", "All %(num)s budgets hold.", len(budgets)))
    if open_:
        told.append(ngettext("One unusual cost goes on.", "%(num)s unusual costs go on.", len(open_)))
    status = status_of(worst) if worst is not None else Status.UNKNOWN
    if open_ and status is not Status.CRITICAL:
        status = Status.WARN
    return status, " ".join(told) or (_("No budget is set for it.") if page.choice.current else "")


def _final_words(final: Finality, spent: Decimal, currency: str, language: Language) -> str:
    if final.open_from is None:
        return _("Final: AWS calls none of it estimated.") if spent else ""
    amount = money(language, final.estimated, currency)
    share = f" ({language.percent(float(final.share), 0)})" if final.share is not None else ""
    to = day(language, final.open_from - DAY)
    return _("Final to %(day)s; %(amount)s%(share)s of it is still estimated.", day=to, amount=amount, share=share)


def _figures(page: Page, currency: str, spent: Decimal, outlook: Outlook) -> list[Figure]:
    choice, language, known = page.choice, page.language, page.known
    source = total_source(choice)
    rows = known.rows(source.view)
    found = []
    if choice.current:
        days = by_day(rows, source, currency, (choice.today - DAY, choice.today + DAY))
        for label, when in ((_("Today so far"), choice.today), (_("Yesterday"), choice.today - DAY)):
            found.append(_day_figure(label, when, days, currency, page))
    found.append(Figure(_("Month to date") if choice.current else _("The month"), money(language, spent, currency)))
    bare = None if choice.filters or choice.charges == USAGE_ONLY else source_of((), None, USAGE_ONLY)
    if bare is not None and bare.view in known.views:
        usage = total(known.rows(bare.view), bare, currency, (choice.month, choice.end))
        if usage != spent:
            found.append(Figure(_("Without tax, credits and refunds"), money(language, usage, currency)))
    for label, one in ((_("Forecast for the month"), outlook.this), (_("Next month"), outlook.following)):
        if one is not None:
            range_ = about(language, one.low, one.high, currency)
            found.append(Figure(label, rough(language, one.total, currency), range_))
    return found


def _day_figure(label: str, when: date, days: dict[date, Decimal], currency: str, page: Page) -> Figure:
    language, expected = page.language, _("not known yet; costs come about a day later")
    if when not in days:
        return Figure(label, "\N{EM DASH}", expected)
    return Figure(label, money(language, days[when], currency), _("estimated, still filling up"))


def _compared(around: Around) -> str:
    """Which days the changes are of."""
    days, language = around.days, around.language
    if days.before is None:
        return _("There is no month before to compare with.")
    return _(
        "Change: %(now)s against %(before)s.",
        now=words.days(language, *days.now),
        before=words.days(language, *days.before),
    )


def _chart(page: Page, currency: str, outlook: Outlook, complete: date) -> Chart | None:
    choice, known, language = page.choice, page.known, page.language
    ways = [
        way
        for way in dimensions_for(choice.filters, page.site.costs.tags, choice.charges)
        if (found := source_of(choice.filters, way, choice.charges)) and found.view in known.views
    ]
    by = choice.by if choice.by in ways else next(iter(ways), None)
    source = source_of(choice.filters, by, choice.charges)
    if source is None:
        return None
    month_ = (choice.month, choice.end)
    bars = charts.bars_of(known.rows(source.view), source, currency, month_, known.span)
    if not bars.stacks:
        return None
    bars = replace(bars, forecast=charts.expected(bars, outlook.this.days if outlook.this else ()))
    names = [charts.stack_name(stack, name_of(page.site, by or "", stack.key or ""), by) for stack in bars.stacks]
    return Chart(
        bars=bars,
        names=names,
        colours=charts.colours(bars),
        payload=charts.payload(bars) | marks(page.timeline, currency, language, choice.today),
        still=charts.still(bars),
        caption=charts.caption(bars, language, complete),
        csv=csv_address(choice, days_of(known, choice), by or "", daily=True),
        choices=[(dimension_word(way), f"{choice.address(by=way)}#daily", way == by) for way in ways],
        rows=_table(page, bars, currency) if choice.table else (),
    )


def _table(page: Page, bars: charts.Bars, currency: str) -> Sequence[tuple[str, Sequence[str], str, Sequence[str]]]:
    """A row for each day that is known or expected, newest first: its parts, its total, what happened."""
    language, found = page.language, []
    for at, when in enumerate(bars.dates):
        whole, told = bars.total(at), bars.forecast[at]
        if whole is None and told is None:
            continue
        parts = [
            "\N{EM DASH}" if stack.amounts[at] is None else money(language, stack.amounts[at] or Decimal(0), currency)
            for stack in bars.stacks
        ]
        found.append(
            (
                weekday(language, when),
                parts,
                _sum_words(whole, told, currency, language),
                page.timeline.told(when, currency, language),
            )
        )
    return found[::-1]


def _sum_words(whole: Decimal | None, told: DayForecast | None, currency: str, language: Language) -> str:
    if whole is not None:
        return money(language, whole, currency)
    return "" if told is None else _("%(amount)s expected", amount=rough(language, told.amount, currency))
