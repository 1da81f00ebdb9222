"""Pages and dollars of Cost Explorer over a simulated month, against the embedded one, with the jobs' own planner."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Event as Flag

from benchmarks.report import Progress, Report, Scale, Table, Target, run_alone
from collectors.aws import Aws
from collectors.config import Account, Bill, Collect
from collectors.costs.config import Costs
from collectors.costs.estimate import explorer_plan
from collectors.costs.jobs import cost_jobs
from collectors.jobs import Surroundings
from collectors.meter import Meter
from service.demo.launch import start
from store import Store, open_store
from store.jobspec import JobContext
from store.money import View
from store.stack import Stack

MOST_DOLLARS = 3
"""What a month may cost for a stack of 10 services, 3 environments and 4 components."""
DAYS: dict[Scale, int] = {"quick": 4, "standard": 31, "full": 31}
BEGIN = datetime(2026, 10, 29, tzinfo=UTC)
"""The first start lies some days before the month that is measured, a whole one of 30 days."""
MONTH = datetime(2026, 11, 1, tzinfo=UTC)
LOOKS = (timedelta(minutes=5), timedelta(hours=8, minutes=5), timedelta(hours=16, minutes=5), timedelta(hours=20))


@dataclass(slots=True)
class Clock:
    """The simulated time."""

    now: datetime = BEGIN

    def __call__(self) -> datetime:
        """The time."""
        return self.now


@dataclass(frozen=True, slots=True)
class Month:
    """What was asked with so many further tags. `first` are the pages of the first start, `calls` those of the month.

    `shape` is how many services, environments and components the costs name; `untied` and `failed` count runs.
    """

    tags: int
    days: int
    first: int
    calls: dict[str, int]
    dollars: Decimal
    shape: tuple[int, int, int]
    runs: int
    untied: int
    failed: dict[str, int]

    @property
    def costs(self) -> int:
        """Pages of GetCostAndUsage."""
        return self.calls.get("ce:GetCostAndUsage", 0)

    @property
    def pages(self) -> int:
        """Pages of the month."""
        return sum(self.calls.values())


def measure(scale: Scale, progress: Progress) -> Report:
    """A month without and one with a further tag."""
    months = [_month(DAYS[scale], tags, progress) for tags in (0, 1)]
    progress("months simulated", done=True)
    return Report("costs", (_table(months),), tuple(_targets(months, scale)))


def _month(days: int, tags: int, progress: Progress) -> Month:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lamplighter-bench-")))
        aws = stack.enter_context(start("cloudmart"))
        os.environ.update(aws.environment())
        aws.control.money(requests=1_000_000)  # its rate would never recover under a clock that stands still
        store = stack.enter_context(open_store(f"sqlite:///{folder}/lamplighter.db"))
        store.migrate()
        clock = Clock()
        meter = Meter(clock)
        clients = Aws([Account(name="main", regions=[aws.region])], meter, agent="lamplighter-benchmark")
        stack.callback(clients.close)
        named = ["Team"][:tags]
        (spec,) = cost_jobs(Surroundings(clients, meter, store, Stack(), Collect(), Bill(), tags=named))
        store.jobs.declare([(spec.name, 60)], BEGIN)
        told: list[str] = []
        first = runs = 0
        for day in range((MONTH - BEGIN).days + days - 1):
            for look in LOOKS:
                clock.now = BEGIN + timedelta(days=day) + look
                aws.control.freeze(clock.now.timestamp())
                claim = store.jobs.claim(spec.name, clock.now, "benchmark", 600)
                if claim is None:
                    continue
                outcome = spec.run(JobContext(clock.now, claim, Flag(), lambda _: None))
                store.jobs.finish(claim, outcome, clock.now)
                runs += 1
                first = first or sum(_calls(store, BEGIN, clock.now).values())
                if outcome.outcome != "ok":
                    told.append(str(outcome.message)[:160])
            progress(f"{tags} further tags, day {day + 1}: {told[-1] if told else 'ok'}")
        calls = _calls(store, MONTH, clock.now)
        return Month(
            tags,
            days,
            first,
            calls,
            _dollars(store, clock.now),
            _shape(store),
            runs,
            sum("tie out" in one for one in told),
            {one: told.count(one) for one in dict.fromkeys(told)},
        )


def _calls(store: Store, begin: datetime, now: datetime) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in store.meter.between(begin, now + timedelta(hours=1)):
        if entry.api.startswith("ce:"):
            found[entry.api] = found.get(entry.api, 0) + entry.calls
    return found


def _dollars(store: Store, now: datetime) -> Decimal:
    entries = store.meter.between(MONTH, now + timedelta(hours=1))
    return sum((entry.cost_high for entry in entries if entry.api.startswith("ce:")), Decimal(0))


def _shape(store: Store) -> tuple[int, int, int]:
    days = MONTH.date(), (MONTH + timedelta(days=31)).date()
    services = {line.keys[0] for line in store.costs.lines(*days, view=View.USAGE)}
    components = {line.keys[0] for line in store.costs.lines(*days, view=View.PLACE)} - {""}
    environments = {line.keys[1] for line in store.costs.lines(*days, view=View.PLACE)} - {""}
    return len(services), len(environments), len(components)


def _targets(months: list[Month], scale: Scale) -> list[Target]:
    whole = scale != "quick"
    targets = [
        Target(f"Cost Explorer in a month, {month.tags} further tags", float(month.dollars), " $", at_most=MOST_DOLLARS)
        for month in months
        if whole
    ]
    return [*targets, *(Target("readings that did not tie out", month.untied, at_most=0) for month in months)]


def _table(months: list[Month]) -> Table:
    rows = []
    for month in months:
        planned = explorer_plan(Costs(), tags=month.tags)
        services, environments, components = month.shape
        rows.append(
            (
                f"{services} services, {environments} environments, {components} components, {month.tags} further tags",
                f"{month.first}",
                f"{month.costs}",
                f"{month.pages - month.costs}",
                f"{month.pages}",
                f"{month.dollars:.2f}",
                f"{planned.dollars:.2f}",
                f"{month.runs - sum(month.failed.values())} of {month.runs}",
            )
        )
    notes = [f"{count} times: {what}" for month in months for what, count in month.failed.items()]
    return Table(
        "Cost Explorer, November 2026 simulated at three refreshes a day",
        ("Stack", "first start", "GetCostAndUsage", "others", "pages", "$", "planned $", "runs ok"),
        tuple(rows),
        (
            "Every page at $0.01, by the collectors' own meter with its retries; the first start is not in the month.",
            *notes,
        ),
    )


if __name__ == "__main__":
    sys.exit(run_alone(measure, "costs"))
