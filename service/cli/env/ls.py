"""`lamplighter env ls`: every environment, what it is and what it should be."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import click

from service.cli.answering import config_option, json_option, say_json, say_table
from service.cli.cost.common import opened
from service.cli.env.common import spoken
from service.cli.env.describing import described
from service.clock import system_clock
from service.shutdown.config import protected
from store.power import EnvironmentPower


@click.command("ls")
@config_option
@json_option
def command(config: str | None, *, as_json: bool) -> None:
    """List the environments: what each is and should be, and when that changes."""
    now = system_clock()
    with opened(config) as (loaded, store):
        stack = loaded.settings.stack
        states = {one.environment: one for one in store.power.states()}
        rows = [(name, states.get(name), str(protected(name, stack))) for name in stack.environments]
        schedules = {name: one.schedule for name, one in stack.environments.items()}
    if as_json:
        say_json(
            [
                {"environment": name, "schedule": schedules[name], "protected": shield}
                | ({} if state is None else described(state))
                for name, state, shield in rows
            ]
        )
        return
    say_table(
        ("ENVIRONMENT", "IS", "SHOULD BE", "UNTIL", "AN HOUR", "BECAUSE"),
        [_row(name, state, shield, schedules[name], now) for name, state, shield in rows],
    )


def _row(
    name: str, state: EnvironmentPower | None, shield: str, schedule: str | None, now: datetime
) -> tuple[str, ...]:
    if state is None:
        return name, "-", "running", "-", "-", shield or ("no schedule" if schedule is None else "not looked at yet")
    until = spoken(state.until, ZoneInfo(state.timezone)) if state.until is not None else "-"
    stale = "" if (now - state.checked_at).total_seconds() < 900 else " (stale)"  # noqa: PLR2004  a quarter of an hour
    hourly = "-" if state.hourly is None else f"${state.hourly:.2f}"
    dry = "" if state.armed else " [dry run]"
    return name, state.condition.value + stale, state.desired.value + dry, until, hourly, str(state.because)
