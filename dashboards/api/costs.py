"""GET costs: what some days cost, told apart by one thing, as JSON or CSV."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, timedelta
from decimal import Decimal

from flask import Response, g

from dashboards.api.endpoint import COMPONENT, ENVIRONMENT, Arguments, Endpoint, Parameter
from dashboards.api.models.costs import (
    CostAnswer,
    CostGroup,
    CostsIn,
)
from dashboards.api.sheets import sheet
from dashboards.errors import BadParameter
from dashboards.pages.cost.choice import BASES, CHARGES, read_filters
from dashboards.pages.cost.sources import DIMENSIONS, Filters, Source, source_of
from dashboards.site import current_site
from store.money import Basis, CostRead, DayCost, View

DAY = timedelta(days=1)
LONGEST = 460
"""Days in one answer: a little more than what AWS keeps by the day."""
NOTHING = Decimal(0)


def costs(arguments: Arguments) -> CostAnswer:
    """The costs of some days."""
    start, end = days_of(arguments)
    basis, by, filters = basis_of(arguments), _by(arguments), filters_of(arguments)
    whole, parts = _sources(filters, by, arguments["charges"])
    store = current_site().store
    rows = [row for row in store.costs.by_day(start, end, view=whole.view, basis=basis) if whole.holds(row)]
    if parts.view == whole.view:
        told = rows
    else:
        told = [row for row in store.costs.by_day(start, end, view=parts.view, basis=basis) if parts.holds(row)]
    currencies = sorted({row.currency for row in (*rows, *told)})
    return CostAnswer(
        start=start,
        end=end,
        basis=basis.value,
        by=by,
        currencies=[_in(currency, rows, told, parts, daily=arguments["daily"]) for currency in currencies],
        **how_known(store.costs.newest_reads(), rows),
    )


def how_known(reads: Sequence[CostRead], rows: Sequence[DayCost]) -> dict[str, object]:
    """How final and how whole it is."""
    return {
        "observed_at": min((read.read_at for read in reads if read.view == View.TOTAL), default=None),
        "final_to": min((row.day for row in rows if row.estimated), default=None),
        "tied_out": all(read.tied for read in reads),
    }


def _in(currency: str, rows: Sequence[DayCost], told: Sequence[DayCost], parts: Source, *, daily: bool) -> CostsIn:
    mine = [row for row in rows if row.currency == currency]
    sums: dict[tuple[str, date | None], Decimal] = defaultdict(Decimal)
    open_: set[tuple[str, date | None]] = set()
    for row in told:
        if row.currency == currency:
            place = parts.key(row), row.day if daily else None
            sums[place] += row.amount
            open_ |= {place} if row.estimated else set()
    total = sum((row.amount for row in mine), NOTHING)
    order = sorted(sums, key=lambda place: (place[1] or date.min, -sums[place], place[0]))
    return CostsIn(
        currency=currency,
        total=total,
        estimated=sum((row.amount for row in mine if row.estimated), NOTHING),
        not_told_apart=total - sum(sums.values(), NOTHING),
        groups=[CostGroup(key=at[0], day=at[1], amount=sums[at], estimated=at in open_) for at in order],
    )


def costs_csv(arguments: Arguments) -> Response:
    """The same as CSV."""
    found = costs(arguments)
    name = found.by.replace(":", "-") or "total"
    rows = [
        [*_stretch(each, found), each.key, one.currency, found.basis, each.amount, each.estimated]
        for one in found.currencies
        for each in one.groups
    ]
    header = ("from", "to", found.by or "total", "currency", "basis", "amount", "estimated")
    return sheet(f"costs-{name}-{found.start}-{found.end}", header, rows)


def _stretch(each: CostGroup, found: CostAnswer) -> tuple[date, date]:
    return (each.day, each.day + DAY) if each.day else (found.start, found.end)


def days_of(arguments: Arguments) -> tuple[date, date]:
    """The days that are asked for, [from, to)."""
    today = g.now.astimezone(UTC).date()
    start = arguments["from"] or today.replace(day=1)
    end = arguments["to"] or max(today, start) + DAY
    if start >= end:
        raise BadParameter("from", f"{start} does not lie before `to`, {end}, which is the day after the last one")
    if (end - start).days > LONGEST:
        raise BadParameter("from", f"the range is {(end - start).days} days long; at most {LONGEST} are answered")
    return start, end


def basis_of(arguments: Arguments) -> Basis:
    """The basis that is asked for, or the configured one."""
    return Basis(arguments["basis"]) if arguments["basis"] else current_site().costs.basis


def filters_of(arguments: Arguments) -> Filters:
    """The place that is asked for."""
    return read_filters({name: arguments.get(name) or "" for name in ("environment", "component", "service", "tag")})


def _by(arguments: Arguments) -> str:
    by: str = arguments["by"]
    known = (*DIMENSIONS, *(f"tag:{tag}" for tag in current_site().costs.tags))
    if by and by not in known:
        raise BadParameter("by", f"{by[:60]!r} is not one of {', '.join(known)}")
    return by


def _sources(filters: Filters, by: str, charges: str) -> tuple[Source, Source]:
    whole, parts = source_of(filters, None, charges), source_of(filters, by or None, charges)
    if whole is None or parts is None:
        names = ", ".join([*(name for name, _ in filters), *([by] if by else [])])
        raise BadParameter(
            "by" if whole else "charges",
            "Cost Explorer tells costs apart by two things at once, not by "
            f"{names or 'this'} together{' without tax and credits' if charges != 'all' else ''}",
        )
    return whole, parts


FROM_DAY = Parameter("from", "The first day, UTC; that of this month by default.", "day")
TO_DAY = Parameter("to", "The day after the last one; tomorrow by default.", "day")
BASIS = Parameter("basis", "By which rule; the configured one by default.", choices=tuple(one.value for one in BASES))
SERVICE = Parameter("service", "Only this service, as Cost Explorer writes it.")
TAG = Parameter("tag", "Only this value of a cost allocation tag: KEY:VALUE.")
PLACE = (ENVIRONMENT, COMPONENT, SERVICE)
_COSTS = (
    FROM_DAY,
    TO_DAY,
    Parameter(
        "by",
        "Told apart by component, environment, service, usage_type, account, charge_category or tag:KEY.",
        default="",
    ),
    Parameter("daily", "Whether each day stands apart.", "boolean", "false"),
    BASIS,
    *PLACE,
    TAG,
    Parameter("charges", "all, or usage: without tax, credits and refunds.", default="all", choices=CHARGES),
)
ENDPOINTS = (
    Endpoint("/costs", "costs", "What some days cost, told apart by one thing.", CostAnswer, costs, _COSTS),
    Endpoint("/costs.csv", "costs_csv", "The same as CSV, with exact decimals.", None, costs_csv, _COSTS, csv=True),
)
