"""`lamplighter cost ledger`: what was saved, verified against the bill."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import click

from service.cli.answering import OK, config_option, json_option, say_json, say_table
from service.cli.cost.common import Day, first_of_month, money, opened
from store.money import LedgerEntry, Saving, SavingState

_ACCEPTED = (SavingState.ACCEPTED, SavingState.VERIFIED)


@click.command("ledger")
@click.option("--from", "start", type=Day(), help="The first day; by default that of this month.")
@click.option("--to", "end", type=Day(), help="The day after the last one; by default tomorrow.")
@config_option
@json_option
def command(start: date | None, end: date | None, config: str | None, *, as_json: bool) -> int:
    """List what accepted savings and shutdowns were to save, and what the bill bears out of it."""
    end = end or datetime.now(UTC).date() + timedelta(days=1)
    start = start or first_of_month(end - timedelta(days=1))
    if start >= end:
        raise click.BadParameter(f"{start} is not before {end}: --to is the day after the last one")
    with opened(config) as (_, store):
        entries = [one for one in store.ledger.between(start, end) if one.expected or one.billed]
        savings = [one for one in store.savings.all() if one.state in _ACCEPTED]
    if as_json:
        say_json(_answer(start, end, entries, savings))
        return OK
    if not entries:
        click.echo(f"Nothing was to be saved from {start} to {end}.")
    else:
        rows = [
            (f"{one.day}", one.kind, one.subject, money(one.expected, one.currency), money(one.billed))
            for one in entries
        ]
        say_table(("DAY", "KIND", "WHAT", "EXPECTED", "BILL"), rows, right=(3, 4))
    for currency, total in totals(entries).items():
        said = f"{money(total['expected'], currency)} was to be saved. The bill is final for {money(total['known'])} of"
        click.echo(f"\n{said} that and bears out {money(total['billed'], currency)}.")
    for one in savings:
        click.echo(f"\n{one.title}: {_stands(one)}")
    return OK


def totals(entries: Sequence[LedgerEntry]) -> dict[str, dict[str, Decimal]]:
    """By currency: what was expected, how much of that the bill is final for (`known`), and what it bears out."""
    found: dict[str, dict[str, Decimal]] = {}
    for one in entries:
        total = found.setdefault(one.currency, dict.fromkeys(("expected", "known", "billed"), Decimal(0)))
        total["expected"] += one.expected
        if one.billed is not None:
            total["known"] += one.expected
            total["billed"] += one.billed
    return dict(sorted(found.items()))


def _stands(one: Saving) -> str:
    expected = f"{money(one.monthly, one.currency)} a month expected"
    if one.verified is None or one.verified_to is None:
        return f"accepted, {expected}; not held against the bill yet"
    billed = f"{money(one.verified, one.currency)} saved by the bill up to {one.verified_to - timedelta(days=1)}"
    found = "verified" if one.state is SavingState.VERIFIED else "not found in full"
    return f"{found}: {billed}, {expected}"


def _answer(start: date, end: date, entries: Sequence[LedgerEntry], savings: Sequence[Saving]) -> dict[str, Any]:
    return {
        "from": start.isoformat(),
        "to": end.isoformat(),
        "totals": totals(entries),
        "savings": [
            {
                "id": one.id,
                "title": str(one.title),
                "state": one.state.value,
                "currency": one.currency,
                "monthly": one.monthly,
                "accepted_at": one.decided_at,
                "verified": one.verified,
                "verified_to": one.verified_to.isoformat() if one.verified_to else None,
            }
            for one in savings
        ],
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
