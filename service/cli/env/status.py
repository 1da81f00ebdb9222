"""`lamplighter env status`: one environment with each of its resources, what is under way, and what is wrong."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import click

from service.cli.answering import OK, WARNING, config_option, json_option, say_json, say_table
from service.cli.cost.common import opened
from service.cli.env.common import environment_named, spoken
from service.cli.env.describing import described
from service.clock import system_clock
from store.power import EnvironmentPower, Step


@click.command("status")
@click.argument("environment", metavar="ENV")
@config_option
@json_option
def command(environment: str, config: str | None, *, as_json: bool) -> int:
    """Say what ENV is and should be, each resource of it, what is under way, and what keeps it."""
    now = system_clock()
    with opened(config) as (loaded, store):
        environment_named(environment, loaded.settings)
        state = store.power.state(environment)
        steps = store.power.steps(environment, open_only=True)
        asked = [one for one in store.power.overrides(environment, after=now) if one.until > now]
    if state is None:
        raise click.ClickException(
            f"{environment} was not looked at yet: it needs a schedule, no protection, and `lamplighter serve` running"
        )
    if as_json:
        resources = [
            {
                "id": one.resource_id,
                "type": one.resource_type,
                "name": one.name,
                "condition": one.condition.value,
                "desired": one.desired.value if one.desired is not None else None,
                "hourly": one.hourly,
                "by_hand": one.by_hand,
                "note": str(one.note),
            }
            for one in state.resources
        ]
        wishes = [
            {"id": one.id, "by": one.by, "power": one.power.value, "until": one.until, "why": one.why} for one in asked
        ]
        say_json(
            described(state) | {"resources": resources, "steps": [_step(one) for one in steps], "overrides": wishes}
        )
    else:
        _say(state, steps)
    return WARNING if state.problem else OK


def _say(state: EnvironmentPower, steps: list[Step]) -> None:
    zone = ZoneInfo(state.timezone)
    until = f" until {spoken(state.until, zone)}" if state.until is not None else ""
    click.echo(f"{state.environment} is {state.condition.value} since {spoken(state.since, zone)}")
    click.echo(f"it should be {state.desired.value}{until}: {state.because}")
    if not state.armed:
        click.echo("a dry run: nothing is started or stopped until environments.NAME.armed is true")
    if state.problem:
        click.secho(str(state.problem), fg="yellow")
    say_table(
        ("TYPE", "NAME", "IS", "SHOULD BE", "AN HOUR", "NOTE"),
        [
            (
                one.resource_type,
                one.name,
                one.condition.value,
                one.desired.value if one.desired is not None else "-",
                "-" if one.hourly is None else f"${one.hourly:.3f}",
                str(one.note),
            )
            for one in state.resources
        ],
    )
    for step in steps:
        click.echo(f"{step.verb} {step.name}: {step.state.value}, attempt {step.attempts} {step.problem}".rstrip())


def _step(one: Step) -> dict[str, object]:
    return {
        "resource": one.resource_id,
        "name": one.name,
        "verb": one.verb,
        "state": one.state.value,
        "attempts": one.attempts,
        "planned_at": one.planned_at,
        "problem": str(one.problem),
    }
