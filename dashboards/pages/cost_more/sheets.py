"""The CSV of these pages: amounts as exact decimals, days as UTC days, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import TypeVar

from flask import Response, abort, g, request

from dashboards.errors import BadParameter
from dashboards.pages.cost_more.ledger import chosen
from dashboards.site import current_site
from store.money import Allocation, PlanReport, UnitCost

Cell = str | Decimal | date | None
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
LONGEST = 3_700
"""Days of the ledger in one file: ten years."""

_Kind = TypeVar("_Kind")


def answer(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """A CSV file to download."""
    text = StringIO()
    sheet = csv.writer(text)
    sheet.writerow(header)
    sheet.writerows([[_written(cell) for cell in row] for row in rows])
    found = Response(text.getvalue(), content_type="text/csv; charset=utf-8; header=present")
    found.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return found


def _written(cell: Cell) -> str:
    """A cell as text. Text that a spreadsheet would take for a formula gets an apostrophe, as OWASP has it."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else str(cell)
    return cell.isoformat()


_SAVINGS = (
    *("id", "rule", "title", "state", "environment", "component", "service", "resource", "currency", "monthly"),
    *("effort", "risk", "prices_of", "found_at", "decided_by", "decided_at", "comment", "baseline"),
    *("verified", "verified_to", "remedy", "how", "evidence"),
)


def savings_csv() -> Response:
    """Every recommendation with what was decided and verified."""
    rows: list[tuple[Cell, ...]] = [
        (
            *(one.id, one.rule, one.title, one.state.value, one.environment, one.component, one.service),
            *(one.resource_id, one.currency, one.monthly, one.effort, one.risk, one.prices_of, one.found_at),
            *(one.decided_by, one.decided_at, one.comment, one.baseline, one.verified, one.verified_to),
            *(one.remedy, one.how, " | ".join(one.evidence)),
        )
        for one in current_site().store.savings.all()
    ]
    return answer("savings", _SAVINGS, rows)


def ledger_csv() -> Response:
    """Each entry of [from, to); by default the days that the ledger opens with."""
    usual = chosen("", g.now.date())
    start, end = _day("from", usual.start), _day("to", usual.end)
    if end <= start:
        raise BadParameter("to", "it must be after from; it is the day after the last one")
    if (end - start).days > LONGEST:
        raise BadParameter("from", f"these are {(end - start).days} days; at most {LONGEST} are answered")
    rows: list[tuple[Cell, ...]] = [
        (
            *(one.day, one.kind, one.subject, one.environment, one.component, one.currency, one.expected, one.billed),
            "yes" if one.billed is not None else "no",
            one.basis_note,
        )
        for one in current_site().store.ledger.between(start, end)
    ]
    header = ("day", "kind", "subject", "environment", "component", "currency", "expected", "billed", "verified", "how")
    return answer(f"ledger-{start}-{end}", header, rows)


def _day(name: str, usual: date) -> date:
    given = request.args.get(name, "")
    if not given:
        return usual
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise BadParameter(name, "write a day such as 2026-11-14") from None


def plan_csv() -> Response:
    """Every plan, component by component; `plan` leaves only one."""
    reports = _named(PlanReport, "plan")
    header = (
        *("plan", "from", "to", "as_of", "prices_of", "currency", "basis", "component", "planned", "budget"),
        *("planned_to_date", "actual", "forecast", "price", "usage", "scope", "notes"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            *(report.name, report.start, report.end, report.as_of, report.prices_of, report.currency),
            *(report.basis.value, line.component, line.planned, line.budget, line.planned_to_date, line.actual),
            *(line.forecast, line.price, line.usage, line.scope, " | ".join(line.notes)),
        )
        for report in reports
        for line in report.lines
    ]
    return answer("plan", header, rows)


def unit_csv() -> Response:
    """Every unit cost, day by day; `unit` leaves only one."""
    rows: list[tuple[Cell, ...]] = [
        (one.name, one.environment, each.day, one.currency, each.cost, each.units, each.per_thousand)
        for one in _named(UnitCost, "unit")
        for each in one.days
    ]
    return answer("unit-cost", ("unit", "environment", "day", "currency", "cost", "units", "per_thousand"), rows)


def allocation_csv() -> Response:
    """Who bears the costs: own, shared and both; what cannot be allocated stands below."""
    rows: list[tuple[Cell, ...]] = []
    for one in current_site().store.reports.all(Allocation).values():
        days = (one.start, one.end, one.currency, one.basis.value)
        rows += [(*days, "component", each.component, each.direct, each.shared, each.total) for each in one.shares]
        for kind, amount in (("untagged", one.untagged), ("untaggable", one.untaggable), ("total", one.total)):
            rows.append((*days, kind, None, None, None, amount))
    header = ("from", "to", "currency", "basis", "kind", "component", "own", "shared", "total")
    return answer("allocation", header, rows)


def _named(kind: type[_Kind], parameter: str) -> list[_Kind]:
    """The reports of a kind; the one of the name that is asked for, or 404."""
    every = current_site().store.reports.all(kind)
    name = request.args.get(parameter, "")
    if not name:
        return list(every.values())
    return [every[name]] if name in every else abort(404)
