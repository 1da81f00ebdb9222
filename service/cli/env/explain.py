"""`lamplighter env explain`: whether an environment should run at an instant, why, and until when."""

from __future__ import annotations

from datetime import datetime

import click

from service.cli.answering import Moment, config_option, json_option, say_json
from service.cli.env.common import rules_of, spoken
from service.clock import system_clock
from service.shutdown.desired import desired


@click.command("explain")
@click.argument("environment", metavar="ENV")
@click.option(
    "--at", type=Moment(), help="The instant: ISO 8601 (UTC without an offset), epoch seconds, -3h; now by default."
)
@config_option
@json_option
def command(environment: str, at: datetime | None, config: str | None, *, as_json: bool) -> None:
    """Say whether ENV should run at an instant, why, and until when, by the configuration alone.

    No AWS and no store is asked, so what people asked for (keep on, stop now) is not counted.
    """
    rules, settings = rules_of(environment, config)
    instant = at or system_clock()
    found = desired(rules, instant)
    if as_json:
        say_json({"desired": found.power, "because": str(found.because), "until": found.until})
        return
    zone = rules.timetable.zone if rules.timetable is not None else settings.stack.zone
    ending = f"until {spoken(found.until, zone)}" if found.until is not None else "and nothing known changes that"
    click.echo(f"{environment} should be {found.power} at {spoken(instant, zone)}, {ending}")
    click.echo(f"because: {found.because}")
