"""`lamplighter env resume`: take back what was asked for, and go by the schedule again."""

from __future__ import annotations

import click

from service.cli.answering import config_option, json_option
from service.cli.env.doing import take_back


@click.command("resume")
@click.argument("environment", metavar="ENV")
@config_option
@json_option
def command(environment: str, config: str | None, *, as_json: bool) -> int:
    """Take back everything that was asked for of ENV: it goes by its schedule again, at once."""
    return take_back(environment, config=config, as_json=as_json)
