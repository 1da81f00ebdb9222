"""`lamplighter env start`: start an environment now."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from service.cli.answering import Moment
from service.cli.env.doing import Length, ask, asking_options
from service.shutdown.asking import START


@click.command("start")
@click.argument("environment", metavar="ENV")
@click.option("--for", "length", type=Length(), help="For how long; 2h by default.")
@click.option("--until", type=Moment(), help="Until when: ISO 8601, epoch seconds.")
@asking_options
def command(
    environment: str,
    length: timedelta | None,
    until: datetime | None,
    why: str,
    config: str | None,
    *,
    yes: bool,
    as_json: bool,
) -> int:
    """Start ENV now, and let it sleep again afterwards if its schedule has it so."""
    return ask(environment, START, length=length, until=until, why=why, yes=yes, config=config, as_json=as_json)
