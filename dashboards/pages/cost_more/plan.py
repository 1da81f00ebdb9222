"""The page of the plan: what was planned, may be spent, was spent and is expected, and why they differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request
from markupsafe import Markup

from dashboards.errors import NothingThere
from dashboards.language import Language, current_language
from dashboards.pages.alerts.words import said, shortened
from dashboards.pages.cost_more.drawing import variance_bar, variance_scale
from dashboards.pages.cost_more.words import BASES, day_words, month_words, signed
from dashboards.site import current_site
from dashboards.verdict import split_title
from store.messages import Message
from store.money import PlanLine, PlanReport
from store.stack import Stack

CENT = Decimal("0.01")
_NAMES = 12
"""Plans that are offered by name."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A component's line in the reader's words; empty where something is not known. `over` says it costs more."""

    component: str
    planned: str
    budget: str
    to_date: str
    actual: str
    difference: str
    over: bool
    price: str
    usage: str
    scope: str
    forecast: str
    bar: Markup
    notes: tuple[str, ...]
    rest: str


def page() -> str:
    """The whole page; `plan` chooses one of several."""
    site, language = current_site(), current_language()
    reports = site.store.reports.all(PlanReport)
    name = request.args.get("plan", "")
    if name and name not in reports:
        raise NothingThere(Message("There is no plan %(asked)s.", asked=shortened(name, 60)))
    report = reports.get(name) or next(iter(reports.values()), None)
    return render_template(
        "cost_plan.html",
        plans=[(each, f"/cost/plan?{urlencode({'plan': each})}") for each in list(reports)[:_NAMES]],
        report=report,
        **(_words(site.stack, report, language) if report else {}),
    )


def _words(stack: Stack, report: PlanReport, language: Language) -> dict[str, Any]:
    total = total_of(report.lines)
    scale = variance_scale([_parts(line) for line in (*report.lines, total)])
    rows = [_row(stack, line, report.currency, scale, language) for line in report.lines]
    last = report.as_of - timedelta(days=1)
    return {
        "name": shortened(report.name, 80),
        "period": _period(report, language),
        "known_to": day_words(language, last) if last >= report.start else "",
        "basis": language.say(BASES[report.basis]),
        "prices": day_words(language, report.prices_of) if report.prices_of else "",
        "rows": rows,
        "total": _row(stack, total, report.currency, scale, language),
        "noted": [row for row in rows if row.notes],
        "csv": f"/cost/plan.csv?{urlencode({'plan': report.name})}",
    }


def _period(report: PlanReport, language: Language) -> str:
    whole = report.start.day == 1 and (report.end - timedelta(days=1)).month == report.start.month
    if whole and report.end.day == 1:
        return month_words(language, report.start)
    last = report.end - timedelta(days=1)
    return f"{day_words(language, report.start)} \N{EN DASH} {day_words(language, last)}"


def total_of(lines: Iterable[PlanLine]) -> PlanLine:
    """All components together. A budget or forecast is only added up where each has one."""
    every = list(lines)

    def whole(amounts: list[Decimal | None]) -> Decimal | None:
        known = [amount for amount in amounts if amount is not None]
        return sum(known, Decimal(0)) if known and len(known) == len(amounts) else None

    return PlanLine(
        component="",
        planned=sum((one.planned for one in every), Decimal(0)),
        planned_to_date=sum((one.planned_to_date for one in every), Decimal(0)),
        actual=sum((one.actual for one in every), Decimal(0)),
        budget=whole([one.budget for one in every]),
        forecast=whole([one.forecast for one in every]),
        price=sum((one.price for one in every), Decimal(0)),
        usage=sum((one.usage for one in every), Decimal(0)),
        scope=sum((one.scope for one in every), Decimal(0)),
    )


def _parts(line: PlanLine) -> tuple[Decimal, Decimal, Decimal]:
    return line.price, line.usage, line.scope


def _row(stack: Stack, line: PlanLine, currency: str, scale: Decimal, language: Language) -> PlanRow:
    def money(amount: Decimal | None) -> str:
        return "" if amount is None else language.money(amount, currency)

    difference = line.actual - line.planned_to_date
    rest = difference - sum(_parts(line), Decimal(0))
    price, usage, scope = (signed(language, part, currency) for part in _parts(line))
    told = language.text("price %(price)s, usage %(usage)s, scope %(scope)s", price=price, usage=usage, scope=scope)
    described = stack.components.get(line.component)
    return PlanRow(
        component=shortened(split_title((described.title if described else "") or line.component)[0], 80),
        planned=money(line.planned),
        budget=money(line.budget),
        to_date=money(line.planned_to_date),
        actual=money(line.actual),
        difference=signed(language, difference, currency),
        over=difference >= CENT,
        price=price,
        usage=usage,
        scope=scope,
        forecast=money(line.forecast),
        bar=variance_bar(_parts(line), scale, told),
        notes=tuple(said(language, note, 300) for note in line.notes[:8]),
        rest=signed(language, rest, currency) if abs(rest) >= CENT else "",
    )
