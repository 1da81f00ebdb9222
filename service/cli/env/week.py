"""`lamplighter env week`: when an environment runs in the next days."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from service.cli.answering import Moment, config_option, json_option, say_json, say_table
from service.cli.env.common import rules_of, spoken
from service.clock import system_clock
from service.shutdown.desired import desired
from store.power import Power


@click.command("week")
@click.argument("environment", metavar="ENV")
@click.option("--from", "start", type=Moment(), help="The first instant; now by default.")
@click.option("--days", type=click.IntRange(1, 366), default=7, show_default=True, help="How many days.")
@config_option
@json_option
def command(environment: str, start: datetime | None, days: int, config: str | None, *, as_json: bool) -> None:
    """List when ENV is meant to run and to sleep in the next days, by the configuration alone."""
    rules, settings = rules_of(environment, config)
    at: datetime | None = start or system_clock()
    end = (at or system_clock()) + timedelta(days=days)
    parts = []
    while at is not None and at < end:
        found = desired(rules, at)
        parts.append((at, found))
        at = found.until
    first = parts[0][0]
    hours = sum(
        (min(found.until or end, end) - begin for begin, found in parts if found.power is Power.RUNNING), timedelta()
    ) / timedelta(hours=1)
    vanished = rules.timetable.vanished(first, end) if rules.timetable is not None and not rules.protected else []
    warnings = [f"{day}: the change of the clocks leaves nothing of {text}" for day, text in vanished]
    if as_json:
        listed = [
            {"from": begin, "to": one.until, "desired": one.power, "because": str(one.because)} for begin, one in parts
        ]
        say_json({"parts": listed, "running_hours": f"{hours:.2f}", "hours": days * 24, "warnings": warnings})
        return
    zone = rules.timetable.zone if rules.timetable is not None else settings.stack.zone
    say_table(
        ("FROM", "DESIRED", "BECAUSE"), [(spoken(begin, zone), one.power, str(one.because)) for begin, one in parts]
    )
    click.echo(f"{hours:.1f} of {days * 24} hours running")
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
