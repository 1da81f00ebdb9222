"""`lamplighter env history`: what was asked of an environment and what became of it."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import click

from service.cli.answering import config_option, json_option, say_json, say_table
from service.cli.cost.common import opened
from service.cli.env.common import environment_named, spoken
from service.clock import system_clock


@click.command("history")
@click.argument("environment", metavar="ENV")
@click.option("--days", type=click.IntRange(1, 365), default=14, show_default=True, help="How many days back.")
@config_option
@json_option
def command(environment: str, days: int, config: str | None, *, as_json: bool) -> None:
    """List what happened to ENV: who asked for what, and when it slept and woke."""
    now = system_clock()
    with opened(config) as (loaded, store):
        environment_named(environment, loaded.settings)
        found = store.events.between(now - timedelta(days=days), now + timedelta(seconds=1))
        zone = ZoneInfo(loaded.settings.stack.timezone)
    events = [one for one in found if one.environment == environment and one.kind.startswith("environment.")]
    if as_json:
        say_json(
            [
                {"at": one.at, "kind": one.kind, "title": one.title, "by": one.actor, "detail": dict(one.detail)}
                for one in events
            ]
        )
        return
    if not events:
        click.echo("Nothing happened.")
        return
    say_table(
        ("WHEN", "BY", "WHAT", "WHY"),
        [
            (spoken(one.at, zone), one.actor, one.title, str(one.detail.get("why") or one.detail.get("because") or ""))
            for one in events
        ],
    )
