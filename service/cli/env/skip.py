"""`lamplighter env skip`: leave one stop of an environment out."""

from __future__ import annotations

import click

from service.cli.env.doing import ask, asking_options
from service.shutdown.asking import SKIP


@click.command("skip")
@click.argument("environment", metavar="ENV")
@asking_options
def command(environment: str, why: str, config: str | None, *, yes: bool, as_json: bool) -> int:
    """Keep ENV on tonight: until its schedule's next start, at most shutdown.longest beyond the stop."""
    return ask(environment, SKIP, why=why, yes=yes, config=config, as_json=as_json)
