"""`lamplighter cost unit`: what a thousand requests cost, day by day."""

from __future__ import annotations

from decimal import Decimal

import click

from service.cli.answering import OK, config_option, json_option, say_json, say_table
from service.cli.cost.common import money, opened
from store.money import UnitCost


@click.command("unit")
@click.option("--days", type=click.IntRange(1, 62), default=14, show_default=True, help="So many of the newest days.")
@config_option
@json_option
def command(days: int, config: str | None, *, as_json: bool) -> int:
    """List what a thousand of what `costs.unit` counts cost, on each day of which both sides are known."""
    with opened(config) as (_, store):
        reports = store.reports.all(UnitCost)
    if as_json:
        say_json([_json(name, one, days) for name, one in sorted(reports.items())])
        return OK
    if not reports:
        click.echo("Nothing is known yet: it takes costs by environment, and a metric that counts (costs.unit).")
        return OK
    for name, one in sorted(reports.items()):
        where = f" in {one.environment}" if one.environment else ""
        click.secho(f"A thousand {name}{where}", bold=True)
        rows = [
            (f"{day.day}", money(day.cost, one.currency), f"{day.units:,.0f}", _price(day.per_thousand))
            for day in one.days[-days:]
        ]
        if rows:
            say_table(("DAY", "COST", "COUNT", "PER 1,000"), rows, right=(1, 2, 3))
        else:
            click.echo("  No day is known on both sides yet: its costs, and what the metric counted.")
    return OK


def _price(amount: Decimal | None) -> str:
    return "-" if amount is None else f"{amount:,.4f}"


def _json(name: str, one: UnitCost, days: int) -> dict[str, object]:
    return {
        "name": name,
        "environment": one.environment,
        "currency": one.currency,
        "days": [
            {"day": day.day.isoformat(), "cost": day.cost, "units": day.units, "per_thousand": day.per_thousand}
            for day in one.days[-days:]
        ],
    }
