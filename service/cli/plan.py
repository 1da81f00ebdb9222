"""`lamplighter plan`: series, calls and dollars a month, before enabling anything."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli.answering import CRITICAL, OK, WARNING, config_option, json_option, say_json, say_table
from service.clock import system_clock
from service.config import Loaded, find_file, load

if TYPE_CHECKING:
    from collectors.costs.estimate import ExplorerPlan
    from collectors.estimate import Difference, Estimate


@click.command("plan")
@click.option("--against", metavar="FILE", help="Also the difference to what this other configuration would cost.")
@config_option
@json_option
def command(against: str | None, config: str | None, *, as_json: bool) -> int:
    """List what is in AWS, work out what would be collected, and price it. Nothing is kept and no metric is read.

    Dollars are a range where the price is disputed. Exit code 1 when the monthly cap would cut collecting back.
    """
    from collectors.estimate import difference  # noqa: PLC0415  the wings only where they work

    loaded = load(find_file(config, os.environ, Path.cwd()), os.environ)
    answer, troubles = _priced(loaded)
    explorer = _explorer(loaded)
    change = None
    if against is not None:
        other, more = _priced(load(Path(against), os.environ))
        troubles += more
        change = difference(answer, other)
    if as_json:
        told = answer.to_json() | {"incomplete": troubles, "cost_explorer": _explorer_json(explorer)}
        say_json(told if change is None else told | {"difference": change.to_json()})
    else:
        _say(answer, troubles, change, explorer)
    if troubles and not answer.series:
        return CRITICAL
    return WARNING if troubles or answer.level else OK


def _priced(loaded: Loaded) -> tuple[Estimate, list[str]]:
    """The estimate, and what could not be listed. A store that is thrown away holds the inventory meanwhile."""
    from collectors.estimate import estimate  # noqa: PLC0415
    from collectors.inventory.jobs import inventory_jobs  # noqa: PLC0415
    from collectors.jobs import collectors_of  # noqa: PLC0415
    from service.assembly import surroundings  # noqa: PLC0415
    from service.once import run_once  # noqa: PLC0415
    from store import open_store  # noqa: PLC0415

    now = system_clock()
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{folder}/plan.db") as store:
        store.migrate()
        around = surroundings(loaded, store, system_clock)
        try:
            specs = inventory_jobs(around.aws, store, around.stack, around.collect.inventory.every)
            store.jobs.declare([(spec.name, 600) for spec in specs], now)
            outcomes = list(run_once(store, specs, system_clock, ("inventory",)))
            collectors = collectors_of(around)
            wanted = [series for collector in collectors for series in collector.wanted(now, "plan")]
            troubles = [f"{name}: {outcome.message}" for name, outcome in outcomes if outcome.outcome != "ok"]
            troubles += [f"{one.scope}: {one.trouble}" for one in collectors if one.trouble]
            terms = collectors[0].terms(now)
            return estimate(wanted, terms.rhythm, terms.reach), troubles
        finally:
            around.aws.close()


def _explorer(loaded: Loaded) -> ExplorerPlan:
    """What reading the costs costs."""
    from collectors.costs.estimate import explorer_plan  # noqa: PLC0415

    settings = loaded.settings
    return explorer_plan(settings.collect.costs, max(1, len(settings.accounts)), len(settings.costs.tags))


def _explorer_json(explorer: ExplorerPlan) -> dict[str, object]:
    return {
        "pages_a_month": explorer.pages,
        "dollars_a_month": str(explorer.dollars),
        "first_pages": explorer.first_pages,
        "first_dollars": str(explorer.first_dollars),
        "cap": None if explorer.cap is None else str(explorer.cap),
    }


def _say(answer: Estimate, troubles: list[str], change: Difference | None, explorer: ExplorerPlan) -> None:
    if answer.lines:
        say_table(
            ("NAMESPACE", "ENV", "SERIES", "METRICS/MONTH", "US$/MONTH"),
            [
                (
                    line.namespace,
                    line.environment or "-",
                    f"{line.series:,}",
                    f"{line.metrics_a_month:,}",
                    f"{line.low:,.2f} to {line.high:,.2f}",
                )
                for line in answer.lines
            ],
            right=(2, 3, 4),
        )
        click.echo()
    click.echo(f"Series:       {answer.series:,}")
    click.echo(f"Calls a day:  {answer.calls_a_day:,}")
    click.echo(f"US$ a month:  {answer.low:,.2f} to {answer.high:,.2f}")
    click.echo(f"First start:  {answer.first_start_low:,.2f} to {answer.first_start_high:,.2f} once, with its backfill")
    click.echo(
        f"Costs:        {explorer.dollars:,.2f} a month at most for Cost Explorer ({explorer.pages:,} pages), "
        f"about {explorer.first_dollars:,.2f} once"
    )
    click.echo(f"Monthly cap:  {'none' if answer.cap is None else f'{answer.cap:,.2f}'}. {answer.level_words}")
    if change is not None:
        _say_change(change)
    for trouble in troubles:
        click.secho(f"Not complete: {trouble}", fg="yellow", err=True)


def _say_change(change: Difference) -> None:
    click.echo(
        f"\nDifference:   {change.series:+,} series, {change.calls_a_day:+,} calls a day, "
        f"US$ {change.low:+,.2f} to {change.high:+,.2f} a month"
    )
    for sign, lines in (("+", change.added), ("-", change.removed)):
        for line in lines:
            click.echo(
                f"  {sign} {line.namespace} {line.environment or '-'}: {line.series:,} series, US$ {line.high:,.2f}"
            )
