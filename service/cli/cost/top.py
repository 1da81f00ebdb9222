"""`lamplighter cost top`: what costs most, and what grew most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import click

from service.cli.answering import OK, UNKNOWN, config_option, json_option, say_json, say_table
from service.cli.cost.common import Day, first_of_month, money, opened
from store.money import Basis, CostObservation, View

_VIEWS = {
    "service": (View.USAGE, 0),
    "usage_type": (View.USAGE, 1),
    "component": (View.PLACE, 0),
    "environment": (View.PLACE, 1),
    "account": (View.CHARGE, 0),
    "charge_category": (View.CHARGE, 1),
}


@click.command("top")
@click.option("--by", type=click.Choice(list(_VIEWS)), default="service", show_default=True, help="What is compared.")
@click.option("--from", "start", type=Day(), help="The first day; by default that of this month.")
@click.option("--to", "end", type=Day(), help="The day after the last one; by default today, which is incomplete.")
@click.option("--limit", type=click.IntRange(1, 1000), default=15, show_default=True, help="How many.")
@click.option("--grew", is_flag=True, help="Order by growth against as many days before.")
@config_option
@json_option
def command(
    by: str, start: date | None, end: date | None, limit: int, config: str | None, *, grew: bool, as_json: bool
) -> int:
    """List what costs most, beside as many days right before."""
    today = datetime.now(UTC).date()
    end = end or today
    start = start or first_of_month(end - timedelta(days=1))
    if start >= end:
        raise click.BadParameter(
            f"{start} is not before {end}; --to is the day after the last one", param_hint="--from"
        )
    view, place = _VIEWS[by]
    with opened(config) as (loaded, store):
        basis = Basis(loaded.settings.costs.basis)
        now = store.costs.lines(start, end, view=view.value)
        before = store.costs.lines(start - (end - start), start, view=view.value)
    rows = _rows(_sums(now, place, basis), _sums(before, place, basis))
    rows.sort(key=lambda row: (-(row[2] - row[3]) if grew else -row[2], row[1]))
    if as_json:
        say_json(
            {
                "from": start.isoformat(),
                "to": end.isoformat(),
                "basis": basis.value,
                "by": by,
                "estimated": any(line.estimated for line in now),
                "groups": [
                    {"key": key, "currency": currency, "amount": amount, "before": earlier, "change": amount - earlier}
                    for currency, key, amount, earlier in rows[:limit]
                ],
            }
        )
    elif not rows:
        click.echo(f"No cost is known from {start} to {end}.")
    else:
        say_table(
            (by.upper().replace("_", " "), "COST", "BEFORE", "CHANGE"),
            [
                (key or "(none)", money(amount, currency), money(earlier), f"{amount - earlier:+,.2f}")
                for currency, key, amount, earlier in rows[:limit]
            ],
            right=(1, 2, 3),
        )
        click.echo(f"\n{basis.value} cost of {start} to {end} (exclusive), before: as many days earlier.")
    return OK if rows else UNKNOWN


def _sums(lines: Sequence[CostObservation], place: int, basis: Basis) -> Mapping[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in lines:
        sums[line.currency, line.keys[place]] += line.amount(basis)
    return sums


def _rows(
    now: Mapping[tuple[str, str], Decimal], before: Mapping[tuple[str, str], Decimal]
) -> list[tuple[str, str, Decimal, Decimal]]:
    return [
        (currency, key, now.get((currency, key), Decimal(0)), before.get((currency, key), Decimal(0)))
        for currency, key in {*now, *before}
    ]
