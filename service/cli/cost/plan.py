"""`lamplighter cost plan`: what a stack is meant to cost, and the configured plan held against what it does cost."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import click

from service.cli.answering import OK, WARNING, config_option, json_option, say_json, say_table
from service.cli.cost.common import money, opened
from store.money import PlanLine, PlanReport


@click.command("plan")
@click.argument("source", metavar="[FILE]", default="reference")
@click.option("--hours", type=click.IntRange(1, 8784), help="For so many hours; those of the plan by default.")
@click.option("--actual", is_flag=True, help="Hold the configured plan (costs.plan) against this month in place of it.")
@config_option
@json_option
def command(source: str, hours: int | None, config: str | None, *, actual: bool, as_json: bool) -> int:
    """Price the plan in FILE, or the one of the reference stack. Needs no AWS and no store.

    With --actual: the configured plan, budget, cost so far and forecast of each component, and why they differ, in
    price, usage and scope. Exit code 1 when a price is so old that AWS's page should be looked at.
    """
    return _against(config, as_json=as_json) if actual else _priced(source, hours, as_json=as_json)


def _priced(source: str, hours: int | None, *, as_json: bool) -> int:
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


def _against(config: str | None, *, as_json: bool) -> int:
    with opened(config) as (_, store):
        reports = store.reports.all(PlanReport)
    if as_json:
        say_json([_json(one) for one in reports.values()])
        return OK
    if not reports:
        click.echo("No plan was held against costs yet: set costs.plan, such as `plan: reference`, and wait for costs.")
    for one in reports.values():
        click.secho(f"{one.name}, {one.start} to {one.as_of} (not counted), {one.currency}, {one.basis}", bold=True)
        headings = ("COMPONENT", "PLAN", "BUDGET", "SO FAR", "PLANNED", "PRICE", "USAGE", "SCOPE", "FORECAST")
        say_table(headings, [_row(line) for line in one.lines], right=range(1, 9))
        for line in one.lines:
            for note in line.notes:
                click.echo(f"  {line.component or '(without a tag)'}: {note}")
    return OK


def _row(line: PlanLine) -> tuple[str, ...]:
    amounts = (line.planned, line.budget, line.actual, line.planned_to_date)
    parts = (line.price, line.usage, line.scope)
    shown = [money(one) if one is not None else "-" for one in amounts]
    signed = [f"{one:+,.2f}" for one in parts]
    last = money(line.forecast) if line.forecast is not None else "-"
    return (line.component or "(without a tag)", *shown, *signed, last)


def _json(one: PlanReport) -> dict[str, object]:
    return {
        "name": one.name,
        "from": one.start.isoformat(),
        "to": one.end.isoformat(),
        "as_of": one.as_of.isoformat(),
        "currency": one.currency,
        "basis": one.basis,
        "prices_of": one.prices_of and one.prices_of.isoformat(),
        "components": {
            line.component: {
                "planned": line.planned,
                "planned_to_date": line.planned_to_date,
                "budget": line.budget,
                "actual": line.actual,
                "forecast": line.forecast,
                "variance": {"price": line.price, "usage": line.usage, "scope": line.scope},
                "notes": [str(note) for note in line.notes],
            }
            for line in one.lines
        },
    }
