"""`lamplighter env`: when environments run and why. Each command is a module here."""

from __future__ import annotations

import click

from service.cli.lazy import lazy_group

_COMMANDS = {
    "explain": "whether an environment should run at an instant, why, and until when",
    "week": "when an environment runs in the next days",
}


@click.group("env", cls=lazy_group(__name__, _COMMANDS))
def command() -> None:
    """When environments run, and why. These commands need no AWS."""
