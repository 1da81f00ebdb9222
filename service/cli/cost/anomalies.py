"""`lamplighter cost anomalies`: costs that are not as expected, with their likely cause."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from service.cli.answering import OK, WARNING, config_option, json_option, say_json, say_table
from service.cli.cost.common import money, opened


@click.command("anomalies")
@click.option("--all", "everything", is_flag=True, help="Also those that are over or explained by a planned event.")
@click.option("--days", type=click.IntRange(1, 400), default=60, show_default=True, help="How far back.")
@config_option
@json_option
def command(days: int, config: str | None, *, everything: bool, as_json: bool) -> int:
    """List costs that are not as expected. Exit code 1 when one goes on that nothing planned explains."""
    start = datetime.now(UTC).date() - timedelta(days=days)
    with opened(config) as (_, store):
        found = store.anomalies.find(start=start)
    going_on = [one for one in found if one.open and not one.muted]
    shown = found if everything else going_on
    if as_json:
        say_json(
            [
                {
                    "id": one.id,
                    "scope": one.scope,
                    "kind": one.kind.value,
                    "from": one.start.isoformat(),
                    "to": one.end.isoformat(),
                    "currency": one.currency,
                    "actual": one.actual,
                    "expected": one.expected,
                    "impact": one.impact,
                    "cause": str(one.cause),
                    "usage_type": one.usage_type,
                    "event": one.event,
                    "muted": one.muted,
                    "open": one.open,
                    "source": one.source,
                }
                for one in shown
            ]
        )
    elif shown:
        say_table(
            ("SINCE", "WHAT", "IMPACT", "EXPECTED", "LIKELY CAUSE"),
            [
                (
                    f"{one.start}" + ("" if one.open else f" to {one.end - timedelta(days=1)}"),
                    one.scope or "everything",
                    money(one.impact, one.currency),
                    money(one.expected),
                    f"{one.cause}" + (f" (planned: {one.muted})" if one.muted else ""),
                )
                for one in shown
            ],
            right=(2, 3),
        )
    else:
        click.echo("Nothing costs more than expected.")
    return WARNING if going_on else OK
