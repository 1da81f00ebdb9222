"""A forecast of the daily costs in a CSV file, with no AWS and no store: to try the method on figures of one's own."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from finops.calendar import month_of
from finops.errors import MoneyError
from finops.forecast.predicting import Prediction, predict
from finops.series import DAY, Daily, from_days
from store.messages import Message

_NULLS = {"", "NULL", "null", r"\N"}


def forecast_file(path: Path, as_of: date | None = None) -> dict[str, Any]:
    """The forecast of the month of `as_of` and of the next one, using nothing after that day (the day itself is used).

    The file has the columns `day` (2026-11-24) and `amount`, in any order of days, and may have `currency`. A day that
    is missing, or whose amount is NULL or empty, is not known; it is no zero.

    Raises:
        MoneyError: the file cannot be used; the sentence names the line.
    """
    currency, amounts = read_days(path)
    last = as_of or max(amounts)
    used = {day: amount for day, amount in amounts.items() if day <= last}
    if not used:
        raise MoneyError(Message("%(file)s has no day up to %(day)s.", file=path.name, day=last.isoformat()))
    known = from_days(currency, used, (min(used), last + DAY), holes=True)
    start, end = month_of(last)
    this, following = _predicted(known, last, start, end), _predicted(known, last, *month_of(end))
    return {
        "as_of": last.isoformat(),
        "currency": currency,
        "month_end": _shown(this),
        "next_month": _shown(following),
        "method": this.method,
        "scored_on": this.scored_on,
    }


def _predicted(known: Daily, last: date, start: date, end: date) -> Prediction:
    return predict(known, last + DAY, start, end)


def _shown(one: Prediction) -> dict[str, str]:
    return {"total": f"{one.total:f}", "low": f"{one.low:f}", "high": f"{one.high:f}"}


def read_days(path: Path) -> tuple[str, dict[date, Decimal]]:
    """The currency (USD where the file names none) and the known amounts by day.

    Raises:
        MoneyError: the file cannot be used; the sentence names the line.
    """
    name = path.name
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, restkey="more")
            names = {title.strip().lower(): title for title in rows.fieldnames or ()}
            if not {"day", "amount"} <= set(names):
                found = ", ".join(names) or "none"
                raise MoneyError(
                    Message("%(file)s needs the columns day and amount; it has %(found)s.", file=name, found=found)
                )
            return _amounts(name, rows, names)
    except (UnicodeDecodeError, csv.Error) as error:
        said = Message("%(file)s is no CSV file in UTF-8: %(fault)s", file=name, fault=str(error))
        raise MoneyError(said) from error


def _amounts(file: str, rows: csv.DictReader[str], names: dict[str, str]) -> tuple[str, dict[date, Decimal]]:
    found: dict[date, Decimal] = {}
    currencies: set[str] = set()
    for row in rows:
        where: dict[str, str | int] = {"file": file, "line": rows.line_num}
        text = (row.get(names["amount"]) or "").strip()
        day = _day(where, (row.get(names["day"]) or "").strip())
        if "currency" in names:
            currencies.add((row.get(names["currency"]) or "").strip())
        if text in _NULLS:
            continue
        if day in found:
            said = "%(file)s, line %(line)s: %(day)s is there twice. Add the amounts up first."
            raise MoneyError(Message(said, **where, day=day.isoformat()))
        found[day] = _amount(where, text)
    if len(currencies) > 1:
        listed = ", ".join(sorted(currencies))
        raise MoneyError(
            Message("%(file)s has several currencies: %(which)s. Forecast each by itself.", file=file, which=listed)
        )
    if not found:
        raise MoneyError(Message("%(file)s has no amount in it.", file=file))
    return next(iter(currencies), "") or "USD", found


def _day(where: Mapping[str, str | int], text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        said = "%(file)s, line %(line)s: %(text)s is no day such as 2026-11-24."
        raise MoneyError(Message(said, **where, text=repr(text))) from None


def _amount(where: Mapping[str, str | int], text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        said = "%(file)s, line %(line)s: %(text)s is no amount such as 12.34."
        raise MoneyError(Message(said, **where, text=repr(text)))
    return amount
