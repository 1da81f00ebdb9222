"""`lamplighter cost plan`: what a stack is meant to cost, from rates of its own or the dated price book."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import click

from service.cli.answering import OK, WARNING, json_option, say_json, say_table
from service.cli.cost.common import money


@click.command("plan")
@click.argument("source", metavar="[FILE]", default="reference")
@click.option("--hours", type=click.IntRange(1, 8784), help="For so many hours; those of the plan by default.")
@json_option
def command(source: str, hours: int | None, *, as_json: bool) -> int:
    """Price the plan in FILE, or the one of the reference stack. Needs no AWS and no store.

    Exit code 1 when a price is so old that AWS's page should be looked at.
    """
    from finops.plan.pricing import price_plan, read_plan  # noqa: PLC0415  the wings only where they work
    from finops.prices.book import load_book  # noqa: PLC0415  the same

    length = None if hours is None else Decimal(hours)
    priced = price_plan(read_plan(source), load_book(), datetime.now(UTC).date(), length)
    plan = priced.plan
    if as_json:
        say_json(
            {
                "name": plan.name,
                "currency": plan.currency,
                "hours": priced.hours,
                "hourly": priced.hourly,
                "total": priced.total,
                "components": dict(priced.components),
                "prices_of": priced.prices_of and priced.prices_of.isoformat(),
                "items": [
                    {
                        "component": one.item.component,
                        "what": one.item.what or one.item.usage_type,
                        "count": one.item.count,
                        "rate": one.rate,
                        "unit": one.unit,
                        "quantity": one.quantity,
                        "cost": one.cost,
                        "priced_on": one.priced_on and one.priced_on.isoformat(),
                    }
                    for one in priced.items
                ],
                "stale": list(priced.stale),
            }
        )
    else:
        rows = [
            (
                one.item.component,
                one.item.what or one.item.usage_type,
                f"{one.item.count:f}",
                f"{one.rate:f}",
                one.unit,
                money(one.cost),
            )
            for one in priced.items
        ]
        say_table(("COMPONENT", "WHAT", "COUNT", "RATE", "UNIT", plan.currency), rows, right=(2, 3, 5))
        book = f"; prices of {priced.prices_of}" if priced.prices_of else "; rates of the plan's own"
        whole = f"{money(priced.total, plan.currency)} for {priced.hours:f} h"
        click.echo(f"\n{priced.hourly:f} {plan.currency} an hour, {whole}{book}.")
    for usage_type in priced.stale:
        click.secho(f"The price of {usage_type} is old: compare it with AWS's page.", fg="yellow", err=True)
    return WARNING if priced.stale else OK
