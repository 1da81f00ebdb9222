"""`lamplighter cost ledger`: what was saved, verified against the bill."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import click

from service.cli.answering import OK, config_option, json_option, say_json, say_table
from service.cli.cost.common import Day, first_of_month, money, opened


@click.command("ledger")
@click.option("--from", "start", type=Day(), help="The first day; by default that of this month.")
@click.option("--to", "end", type=Day(), help="The day after the last one; by default tomorrow.")
@config_option
@json_option
def command(start: date | None, end: date | None, config: str | None, *, as_json: bool) -> int:
    """List what accepted savings and shutdowns were to save, and what the bill bears out of it."""
    today = datetime.now(UTC).date()
    end = end or today + timedelta(days=1)
    start = start or first_of_month(end - timedelta(days=1))
    with opened(config) as (_, store):
        entries = store.ledger.between(start, end)
        totals = store.ledger.total(start, end)
    if as_json:
        say_json(
            {
                "from": start.isoformat(),
                "to": end.isoformat(),
                "totals": {name: {"expected": wanted, "billed": billed} for name, (wanted, billed) in totals.items()},
                "entries": [
                    {
                        "id": one.id,
                        "day": one.day.isoformat(),
                        "kind": one.kind,
                        "subject": one.subject,
                        "currency": one.currency,
                        "expected": one.expected,
                        "billed": one.billed,
                        "environment": one.environment,
                        "component": one.component,
                        "how": str(one.basis_note),
                    }
                    for one in entries
                ],
            }
        )
        return OK
    if not entries:
        click.echo(f"Nothing was saved from {start} to {end}: see lamplighter cost savings for what could be.")
        return OK
    rows = [
        (f"{one.day}", one.kind, one.subject, money(one.expected, one.currency), money(one.billed)) for one in entries
    ]
    say_table(("DAY", "KIND", "WHAT", "EXPECTED", "BILL"), rows, right=(3, 4))
    for currency, (wanted, billed) in totals.items():
        click.echo(f"\nSaved {money(billed, currency)} by the bill, of {money(wanted)} that was expected.")
    return OK
