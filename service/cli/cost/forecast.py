"""`lamplighter cost forecast`: the end of this month and the next one, with a range."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from service.cli.answering import OK, UNKNOWN, config_option, json_option, say_json, say_table
from service.cli.cost.common import Day, age, money, opened, span
from store.money import Forecast


@click.command("forecast")
@click.option(
    "--csv",
    "file",
    type=click.Path(path_type=Path),
    help="Forecast the daily costs in a file with the columns day and amount; needs no AWS and no store.",
)
@click.option("--as-of", type=Day(), help="With --csv: nothing after this day is used. The file's last day by default.")
@click.option("--scope", default="", help="Such as component:backend or environment:dev; everything by default.")
@config_option
@json_option
def command(file: Path | None, as_of: date | None, scope: str, config: str | None, *, as_json: bool) -> int:
    """Say what this month and the next one will cost, with an 80 % interval and how well past forecasts did."""
    if file is not None:
        from finops.forecast.from_csv import forecast_file  # noqa: PLC0415  it brings pandas

        answer = forecast_file(file, as_of)
        if as_json:
            say_json(answer)
        else:
            _say_file(answer)
        return OK
    if as_of is not None:
        raise click.UsageError("--as-of goes with --csv; what was forecast when stands in --json under `history`")
    with opened(config) as (_, store):
        found = {period: store.reports.get(Forecast, f"{period}:{scope}") for period in ("month", "next_month")}
        history = store.reports.forecasts(scope, 30)
    if as_json:
        say_json(
            {period: one and described(one) for period, one in found.items()}
            | {"history": [described(one) for one in history]}
        )
    elif not any(found.values()):
        click.echo("No forecast yet: it is made once costs have been read. See lamplighter cost today.")
    else:
        _say([one for one in found.values() if one], datetime.now(UTC))
    return OK if any(found.values()) else UNKNOWN


def described(one: Forecast) -> dict[str, Any]:
    """A forecast in JSON values."""
    return {
        "scope": one.scope,
        "basis": one.basis.value,
        "currency": one.currency,
        "from": one.start.isoformat(),
        "to": one.end.isoformat(),
        "as_of": one.as_of.isoformat(),
        "spent": one.spent,
        "total": one.total,
        "low": one.low,
        "high": one.high,
        "method": one.method,
        "scored_on": one.scored_on,
        "error": one.error,
        "baseline": one.baseline,
        "aws": one.aws,
    }


def _say_file(answer: dict[str, Any]) -> None:
    rows = [
        (label, answer[key]["total"], f"{answer[key]['low']} to {answer[key]['high']}")
        for label, key in (("End of the month", "month_end"), ("Next month", "next_month"))
    ]
    say_table(("PERIOD", "TOTAL", "80 % RANGE"), rows, right=(1,))
    click.echo(f"\nMethod: {answer['method']}; scored on {answer['scored_on']} past forecasts.")


def _say(found: list[Forecast], now: datetime) -> None:
    say_table(
        ("PERIOD", "SPENT", "FORECAST", "80 % RANGE", "SEASONAL NAIVE", "AWS"),
        [
            (
                f"{one.start:%Y-%m}",
                money(one.spent, one.currency),
                money(one.total),
                span(one.low, one.high),
                money(one.baseline),
                money(one.aws),
            )
            for one in found
        ],
        right=(1, 2, 4, 5),
    )
    first = found[0]
    error = "" if first.error is None else f", median error {first.error:.1%}"
    scored = f"scored on {first.scored_on} past forecasts{error}"
    click.echo(f"\nMethod: {first.method}; {scored}. Made {age(first.made_at, now)} ago.")
