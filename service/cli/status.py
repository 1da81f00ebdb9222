"""`lamplighter status`: what is healthy and what is not."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.assembly import opened_store
from service.cli.answering import CRITICAL, OK, UNKNOWN, WARNING, config_option, json_option, say_json, say_table
from service.config import find_file, load
from service.home import Home

if TYPE_CHECKING:
    from dashboards.api.models import StatusAnswer

_EXIT = {"ok": OK, "asleep": OK, "warn": WARNING, "critical": CRITICAL, "unknown": UNKNOWN}
_COLOURS = {"ok": "green", "warn": "yellow", "critical": "red"}


@click.command("status")
@click.option("--env", "environment", help="Only one environment; the exit code speaks of it alone.")
@config_option
@json_option
def command(environment: str | None, config: str | None, *, as_json: bool) -> int:
    """Say how the stack is, worst first, from what the running service last saw.

    Exit code 0 when all is well, 1 with warnings, 2 when something is failing, 3 when it is not known.
    """
    from dashboards.api.models import StatusAnswer  # noqa: PLC0415  not needed to say how to call this
    from dashboards.language import read_languages  # noqa: PLC0415
    from dashboards.verdict import judge  # noqa: PLC0415

    loaded = load(find_file(config, os.environ, Path.cwd()), os.environ)
    stack, now = loaded.settings.stack, datetime.now(UTC)
    if environment is not None and environment not in stack.environments:
        known = ", ".join(stack.environments) or "none"
        raise click.BadParameter(f"there is no environment {environment!r}; known: {known}", param_hint="--env")
    with opened_store(loaded, Home.from_environment(os.environ)) as store:
        verdict = judge(
            stack,
            store.health.states(environment=environment),
            store.jobs.all(),
            store.resources.find(environment=environment, include_closed=True),
            now,
            asleep=store.power.asleep(now),
        )
    language = read_languages("en").choose([os.environ.get("LANG", "")[:2]], [None], stack.zone)
    answer = StatusAnswer.from_verdict(verdict, stack, language, now)
    if as_json:
        say_json(answer.model_dump())
    else:
        _say(answer)
    return _EXIT[answer.status]


def _say(answer: StatusAnswer) -> None:
    click.secho(f"{answer.status.upper()}: {answer.sentence}", bold=True, fg=_COLOURS.get(answer.status))
    for note in answer.notes:
        click.echo(note)
    if answer.components:
        click.echo()
        say_table(
            ("STATUS", "ENV", "COMPONENT", "WHY"),
            [(one.status, one.environment or "-", one.component or "-", one.reason) for one in answer.components],
        )
    if answer.checked_at is not None:
        click.echo(f"\nChecked {int((answer.now - answer.checked_at).total_seconds())} s ago.")
