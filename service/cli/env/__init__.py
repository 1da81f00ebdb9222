"""`lamplighter env`: when environments run and why. Each command is a module here."""

from __future__ import annotations

import click

from service.cli.lazy import lazy_group

_COMMANDS = {
    "ls": "every environment: what it is and what it should be",
    "status": "one environment with each of its resources",
    "keep": "keep an environment on for longer",
    "skip": "keep an environment on tonight",
    "stop": "put an environment to sleep now",
    "start": "start an environment now",
    "resume": "take back what was asked for",
    "history": "what was asked of an environment and what became of it",
    "explain": "whether an environment should run at an instant, why, and until when",
    "week": "when an environment runs in the next days",
}


@click.group("env", cls=lazy_group(__name__, _COMMANDS))
def command() -> None:
    """When environments run and why, and what people want instead. `explain` and `week` need no AWS and no store."""
