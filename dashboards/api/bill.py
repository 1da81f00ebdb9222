"""GET bill: what Lamplighter's own calls to AWS cost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from flask import g

from dashboards.api.endpoint import Arguments, Endpoint, Parameter
from dashboards.api.models import BillAnswer, BillLine
from dashboards.api.times import in_order
from dashboards.site import current_site
from store.vocabulary import MeterEntry


def bill(arguments: Arguments) -> BillAnswer:
    """The bill of a range; of this UTC month where none is asked for."""
    site = current_site()
    start, end = in_order(arguments["from"] or month_start(g.now), arguments["to"])
    lines = summed_up(site.store.meter.between(start, end))
    return BillAnswer(
        start=start,
        end=end,
        cost_low=sum((line.cost_low for line in lines), Decimal(0)),
        cost_high=sum((line.cost_high for line in lines), Decimal(0)),
        monthly_cap=site.bill_cap,
        degradation=site.degradation,
        lines=lines,
    )


def month_start(now: datetime) -> datetime:
    """Midnight UTC of the first of the month: AWS bills by UTC months."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def summed_up(entries: Iterable[MeterEntry]) -> list[BillLine]:
    """A line for each account, region and API, dearest first."""
    groups: dict[tuple[str, str, str], list[MeterEntry]] = {}
    for entry in entries:
        groups.setdefault((entry.account, entry.region, entry.api), []).append(entry)
    lines = [
        BillLine(
            account=account,
            region=region,
            api=api,
            calls=sum(entry.calls for entry in group),
            errors=sum(entry.errors for entry in group),
            throttles=sum(entry.throttles for entry in group),
            units=sum((entry.units for entry in group), Decimal(0)),
            cost_low=sum((entry.cost_low for entry in group), Decimal(0)),
            cost_high=sum((entry.cost_high for entry in group), Decimal(0)),
        )
        for (account, region, api), group in groups.items()
    ]
    return sorted(lines, key=lambda line: (-line.cost_high, -line.calls, line.account, line.region, line.api))


ENDPOINTS = (
    Endpoint(
        "/bill",
        "bill",
        "What Lamplighter's own calls to AWS cost, by account, region and API.",
        BillAnswer,
        bill,
        (
            Parameter("from", "Start; the first of this UTC month by default.", "time"),
            Parameter("to", "End, not included.", "time", "now"),
        ),
    ),
)
