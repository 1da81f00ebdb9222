"""`lamplighter env keep`: keep an environment on beyond its next stop."""

from __future__ import annotations

from datetime import timedelta

import click

from service.cli.env.doing import Length, ask, asking_options
from service.shutdown.asking import HOLD, KEEP, USUAL


@click.command("keep")
@click.argument("environment", metavar="ENV")
@click.argument("length", metavar="[TIME]", type=Length(), default=USUAL)
@click.option("--maintenance", is_flag=True, help="Hold it on from now for TIME, whatever others ask for.")
@asking_options
def command(
    environment: str, length: timedelta, why: str, config: str | None, *, maintenance: bool, yes: bool, as_json: bool
) -> int:
    """Keep ENV on for TIME (2h by default) beyond its next stop, or from now where it sleeps, and say the price.

    What is asked for ends by itself. It costs what the environment would have saved asleep.
    """
    do = HOLD if maintenance else KEEP
    return ask(environment, do, length=length, why=why, yes=yes, config=config, as_json=as_json)
