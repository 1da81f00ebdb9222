"""What the cost pages read from the store: each view once a request, and how final and how whole it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache

from dashboards.pages.cost.choice import Choice
from dashboards.pages.cost.sources import Source, source_of
from dashboards.pages.cost.sums import NOTHING, Days
from dashboards.site import Site
from store.money import CostRead, DayCost, View
from store.vocabulary import Job

DAY = timedelta(days=1)
STALE = timedelta(hours=26)
"""Costs are read each 8 hours; after a day and a bit something is wrong."""

Rows = Callable[[str], Sequence[DayCost]]
"""The rows of a view over the month that is shown and the one before."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the costs: which days of the total were read, when, and by which views they are told apart."""

    rows: Rows
    reads: Sequence[CostRead]
    span: tuple[date, date] | None
    jobs: Sequence[Job]

    @property
    def read_at(self) -> datetime | None:
        """When the total was read; of several accounts the one that was read the longest ago."""
        return min((read.read_at for read in self.reads if read.view == View.TOTAL), default=None)

    @property
    def views(self) -> frozenset[str]:
        """The views that have been read."""
        return frozenset(read.view for read in self.reads)

    @property
    def problem(self) -> Job | None:
        """The work on costs that fails, or that could do a part of it only."""
        failing = [job for job in self.jobs if job.outcome in {"failed", "partial"} and job.message]
        return min(failing, key=lambda job: (job.outcome != "failed", job.name), default=None)

    def stale(self, now: datetime) -> bool:
        """Whether the total is older than it should be."""
        return self.read_at is not None and now - self.read_at > STALE

    def untold(self, source: Source) -> bool:
        """Whether the view is older than the total, so that what came since is not told apart yet."""
        ages = {read.account: read.read_at for read in self.reads if read.view == source.view}
        return any(
            read.account not in ages or ages[read.account] < read.read_at
            for read in self.reads
            if read.view == View.TOTAL
        )


@dataclass(frozen=True, slots=True)
class Finality:
    """How final the costs of a month are. `open_from` is the first day that AWS still calls estimated."""

    estimated: Decimal
    share: Decimal | None
    open_from: date | None


def read_known(site: Site, choice: Choice) -> Known:
    """Read what is needed to tell of the choice; the rows of a view are read when they are asked for."""
    store = site.store

    @cache
    def rows(view: str) -> Sequence[DayCost]:
        return store.costs.by_day(choice.before, choice.end, view=view, basis=choice.basis)

    return Known(
        rows=rows,
        reads=store.costs.newest_reads(),
        span=store.costs.span(View.TOTAL.value),
        jobs=[job for job in store.jobs.all() if job.name.partition(":")[0] in {"costs", "money"}],
    )


def total_source(choice: Choice) -> Source:
    """The view whose rows make up the total of what is chosen."""
    source = source_of(choice.filters, None, choice.charges)
    if source is None:  # the choice was checked when it was read
        raise LookupError(choice.filters)
    return source


def currencies_of(known: Known, choice: Choice) -> list[str]:
    """The currencies of the month and the one before, the one of most days first."""
    source = total_source(choice)
    days: dict[str, int] = {}
    for row in known.rows(source.view):
        if source.holds(row):
            days[row.currency] = days.get(row.currency, 0) + 1
    return sorted(days, key=lambda currency: (-days[currency], currency))


def days_of(known: Known, choice: Choice) -> Days:
    """The days of the month that are added up, and those that are held against the month before.

    A month that goes on is compared by its complete days; costs lag by a day, so yesterday is not complete unless AWS
    calls it final. A month that is over is compared whole.
    """
    if not choice.current:
        before = _known_before(known, choice, choice.month)
        return Days(choice.month, choice.end, (choice.month, choice.end), before)
    complete = max(min(complete_to(known, choice), choice.end), choice.month)
    same = min(choice.before + (complete - choice.month), choice.month)
    return Days(choice.month, choice.end, (choice.month, complete), _known_before(known, choice, same))


def complete_to(known: Known, choice: Choice) -> date:
    """The first day that may still fill up."""
    read_to = known.span[1] if known.span else choice.month
    final = max((row.day for row in known.rows(View.TOTAL) if not row.estimated), default=None)
    lagging = min(read_to, choice.today - DAY)
    return lagging if final is None else max(lagging, final + DAY)


def _known_before(known: Known, choice: Choice, end: date) -> tuple[date, date] | None:
    whole = known.span is not None and known.span[0] <= choice.before and choice.before < end
    return (choice.before, end) if whole else None


def finality(rows: Sequence[DayCost], source: Source, currency: str, month: tuple[date, date]) -> Finality:
    """How much of a month AWS still calls estimated."""
    mine = [row for row in rows if row.currency == currency and month[0] <= row.day < month[1] and source.holds(row)]
    open_ = [row for row in mine if row.estimated]
    estimated = sum((row.amount for row in open_), NOTHING)
    whole = sum((row.amount for row in mine), NOTHING)
    share = min(estimated / whole, Decimal(1)) if whole > 0 and estimated >= 0 else None
    return Finality(estimated, share, min((row.day for row in open_), default=None))
