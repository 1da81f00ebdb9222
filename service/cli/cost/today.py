"""`lamplighter cost today`: today, the month so far, its forecast and its budgets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from service.cli.answering import OK, UNKNOWN, WARNING, config_option, json_option, say_json, say_table
from service.cli.cost.common import age, first_of_month, money, opened, span
from store.alerting import BudgetReading
from store.money import Basis, CostObservation, CostRead, Forecast, View

if TYPE_CHECKING:
    from service.config import Loaded
    from store import Store


@click.command("today")
@config_option
@json_option
def command(config: str | None, *, as_json: bool) -> int:
    """Say what today and the month so far cost, what the month will cost, and how its budgets stand.

    Each figure says how final it is. Exit code 1 when a budget is, or will be, exceeded or costs do not tie out; 3 when
    no cost is known.
    """
    now = datetime.now(UTC)
    with opened(config) as (loaded, store):
        basis = Basis(loaded.settings.costs.basis)
        answer = _answer(store, basis, now)
        if answer["data_as_of"] is None:
            answer["why"] = _why(loaded, store)
    if as_json:
        say_json(answer)
    elif answer["data_as_of"] is None:
        click.echo(
            answer["why"]
            or "No cost is known yet: it is read from Cost Explorer while serving. Run: lamplighter doctor"
        )
    else:
        _say(answer, now)
    if answer["data_as_of"] is None:
        return UNKNOWN
    beyond = any(one["beyond"] for one in answer["budgets"])
    return WARNING if beyond or not answer["tied_out"] else OK


def _why(loaded: Loaded, store: Store) -> str:
    """Why nothing is known, as the last reading of the accounts says it."""
    from collectors.costs.memory import load  # noqa: PLC0415  the wing only where it is needed
    from collectors.costs.recorded import why_unknown  # noqa: PLC0415  the same

    told = (str(why_unknown(load(store, f"costs:{account.name}"))) for account in loaded.settings.accounts)
    return " ".join(dict.fromkeys(one for one in told if one))


def _answer(store: Store, basis: Basis, now: datetime) -> dict[str, Any]:
    today = now.date()
    start = first_of_month(today)
    lines = store.costs.lines(start, today + timedelta(days=1), view=View.TOTAL.value)
    reads = store.costs.newest_reads()
    return {
        "basis": basis.value,
        "data_as_of": max((read.read_at for read in reads if read.view == View.TOTAL.value), default=None),
        "today": _sums([line for line in lines if line.day == today], basis),
        "month": {"from": start.isoformat(), "to": (today + timedelta(days=1)).isoformat(), **_sums(lines, basis)},
        "final_to": _final_to(lines, start).isoformat(),
        "forecast": [_forecast(one) for key, one in store.reports.all(Forecast).items() if key == "month:"],
        "budgets": [_budget(one) for one in _newest(store.budgets.newest())],
        "tied_out": all(read.tied for read in reads),
        "untied": [_untied(read) for read in reads if not read.tied],
    }


def _sums(lines: Sequence[CostObservation], basis: Basis) -> dict[str, Any]:
    """Exact amounts by currency, and the share of them that may still change."""
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    open_: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        amounts[line.currency] += line.amount(basis)
        if line.estimated:
            open_[line.currency] += line.amount(basis)
    return {"amounts": dict(amounts), "estimated": dict(open_)}


def _final_to(lines: Sequence[CostObservation], start: date) -> date:
    """The first day that AWS still calls estimated; before it, all is final."""
    days = {line.day for line in lines}
    estimated = [line.day for line in lines if line.estimated]
    return min(estimated, default=max(days, default=start - timedelta(days=1)) + timedelta(days=1))


def _forecast(one: Forecast) -> dict[str, Any]:
    return {
        "currency": one.currency,
        "total": one.total,
        "low": one.low,
        "high": one.high,
        "method": one.method,
        "scored_on": one.scored_on,
    }


def _newest(readings: Sequence[BudgetReading]) -> list[BudgetReading]:
    first: dict[str, BudgetReading] = {}
    for reading in readings:
        first.setdefault(reading.budget, reading)
    return list(first.values())


def _budget(one: BudgetReading) -> dict[str, Any]:
    return {
        "name": one.budget,
        "title": one.title,
        "from": one.start,
        "to": one.end,
        "currency": one.currency,
        "limit": one.limit,
        "actual": one.actual,
        "forecast": one.forecast,
        "low": one.forecast_low,
        "high": one.forecast_high,
        "as_of": one.as_of,
        "beyond": max(one.actual, one.forecast or one.actual) > one.limit,
    }


def _untied(read: CostRead) -> dict[str, Any]:
    return {
        "account": read.account,
        "view": read.view,
        "residuals": [list(residual) for residual in read.residuals],
    }


def _say(answer: dict[str, Any], now: datetime) -> None:
    for label, part in (("Today so far", answer["today"]), ("Month so far", answer["month"])):
        if not part["amounts"]:
            click.echo(f"{label}:  not known yet; costs come about a day later")
        for currency, amount in part["amounts"].items():
            open_ = part["estimated"].get(currency, Decimal(0))
            share = f", {open_ / amount:.0%} of it estimated" if amount and open_ else ""
            click.echo(f"{label}:  {money(amount, currency)} {answer['basis']}{share}")
    for one in answer["forecast"]:
        said = f"{money(one['total'], one['currency'])} ({span(one['low'], one['high'])})"
        click.echo(f"Forecast:      {said}; final to {answer['final_to']} (exclusive)")
    click.echo(f"Costs as of:   {answer['data_as_of']:%Y-%m-%d %H:%M} UTC, {age(answer['data_as_of'], now)} ago")
    for one in answer["untied"]:
        click.secho(f"Does not tie out: {one['account']} by {one['view']}: {one['residuals']}", fg="red", err=True)
    if answer["budgets"]:
        click.echo()
        say_table(
            ("BUDGET", "LIMIT", "SPENT", "FORECAST", "RANGE", "USED"),
            [
                (
                    one["title"] or one["name"],
                    money(one["limit"], one["currency"]),
                    money(one["actual"]),
                    money(one["forecast"]),
                    span(one["low"], one["high"]),
                    f"{one['actual'] / one['limit']:.0%}" if one["limit"] else "-",
                )
                for one in answer["budgets"]
            ],
            right=(1, 2, 3, 5),
        )
