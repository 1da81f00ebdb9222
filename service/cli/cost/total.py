"""`lamplighter cost total`: the cost of some days, exact to the last digit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from service.cli.answering import OK, UNKNOWN, config_option, json_option, say_json, say_table
from service.cli.cost.common import Day, first_of_month, opened
from service.cli.cost.lake import exact
from service.home import lake_folder
from store.money import Basis

if TYPE_CHECKING:
    from finops.lake.total import Total

_BY = ("service", "component", "environment", "charge_category")


@click.command("total")
@click.option("--from", "start", type=Day(), help="The first day; by default that of this month.")
@click.option("--to", "end", type=Day(), help="The day after the last one; by default tomorrow.")
@click.option("--basis", type=click.Choice([basis.value for basis in Basis]), help="As configured by default.")
@click.option("--by", default="", metavar="WHAT", help="service, component, environment, charge_category or tag:KEY.")
@config_option
@json_option
def command(
    start: date | None, end: date | None, basis: str | None, by: str, config: str | None, *, as_json: bool
) -> int:
    """Add up the days from --from to --to, which is exclusive as in Cost Explorer. Days are UTC days.

    Billed cost comes from imported bills; the others from Cost Explorer, and from imported bills for days that Cost
    Explorer was not asked for. Exit code 3 when nothing is known of these days.
    """
    today = datetime.now(UTC).date()
    end = end or today + timedelta(days=1)
    start = start or first_of_month(end - timedelta(days=1))
    if start >= end:
        raise click.BadParameter(
            f"{start} is not before {end}; --to is the day after the last one", param_hint="--from"
        )
    if by and by not in _BY and not (by.startswith("tag:") and by != "tag:"):
        raise click.BadParameter(f"{by!r} is none of {', '.join(_BY)} and tag:KEY", param_hint="--by")
    from finops.lake.total import Kept, Question, total  # noqa: PLC0415  the wing only where it works

    with opened(config) as (loaded, store):
        chosen = Basis(basis or loaded.settings.costs.basis)
        kept = Kept(store, lake_folder(loaded.settings.costs.lake.path), loaded.settings.costs.lake.engine)
        found = total(kept, Question(start, end, chosen, by))
    if as_json:
        say_json(described(found))
    else:
        _say(found)
    return OK if found.sources else UNKNOWN


def described(found: Total) -> dict[str, Any]:
    """A total in JSON values: amounts are exact decimals as text; several currencies are never added up."""
    sums = found.by_currency()
    single = next(iter(sums)) if len(sums) == 1 else None
    return {
        "from": found.start.isoformat(),
        "to": found.end.isoformat(),
        "basis": found.basis.value,
        "currency": single,
        "total": exact(sums[single]) if single else None,
        "totals": {currency: exact(amount) for currency, amount in sums.items()},
        "by": found.by or None,
        "groups": [
            {"key": key, "currency": currency, "amount": exact(amount)}
            for (currency, key), amount in sorted(
                found.amounts.items(), key=lambda one: (one[0][0], -one[1], one[0][1])
            )
        ]
        if found.by
        else [],
        "sources": [
            {"source": source, "from": start.isoformat(), "to": end.isoformat()} for source, start, end in found.sources
        ],
        "finality": {
            "estimated": {currency: exact(amount) for currency, amount in found.finality.estimated.items()},
            "final_to": found.finality.final_to and found.finality.final_to.isoformat(),
            "observed_at": found.finality.observed_at,
            "imported_at": found.finality.imported_at,
        },
        "notes": [str(note) for note in found.notes],
    }


def _say(found: Total) -> None:
    sums = found.by_currency()
    if found.by and found.amounts:
        ordered = sorted(found.amounts.items(), key=lambda one: (one[0][0], -one[1], one[0][1]))
        lines = [(key or "(none)", exact(amount), currency) for (currency, key), amount in ordered]
        say_table((found.by.upper().replace("_", " "), "COST", ""), lines, right=(1,))
        click.echo()
    for currency, amount in sums.items():
        click.echo(f"{exact(amount)} {currency}, {found.basis.value}, {found.start} to {found.end} (exclusive)")
    for currency, amount in found.finality.estimated.items():
        if amount:
            click.echo(f"{exact(amount)} {currency} of it is estimated: final to {found.finality.final_to} (exclusive)")
    for note in found.notes:
        click.echo(f"Note: {note}.", err=not sums)
