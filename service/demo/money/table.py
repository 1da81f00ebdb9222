"""All costs as one refresh knows them: a row for each key, a column for each hour, in whole tenths of a billionth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from service.demo.money.ground import DAY, HOUR, Ground
from service.demo.money.items import COST_EXPLORER, EC2_OTHER, NO_REGION, NO_USAGE_TYPE, REFUND, TAX, Key
from service.demo.money.rates import Rates
from service.demo.money.refresh import final_before, lag_hours, midnight, moment, months_from, refunded
from service.demo.money.resources import PREFIX, items_of
from service.demo.world.noise import Floats, key_of, normal, uniform

Whole = npt.NDArray[np.int64]
AMOUNT_DIGITS = 10
USAGE_DIGITS = 6
TAX_PERCENT = 10
"""Percent: Korea's value added tax."""
_RESTATED = 0.3
"""The share of a day's items that AWS corrects until the invoice."""


@dataclass(frozen=True, slots=True)
class Table:
    """Costs in 10^-10 US dollars and usage in 10^-6 units, by row and by hour from `start` on.

    They are whole numbers, so that all sums are exact. `at` is the refresh, `final` the first
    day that is still estimated.
    """

    at: float
    start: int
    final: date
    keys: tuple[Key, ...]
    units: tuple[str, ...]
    amounts: Whole
    usage: Whole

    def column(self, seconds: int) -> int:
        """The column of an hour; the nearest where there is none."""
        return int(min(max((seconds - self.start) // HOUR, 0), self.amounts.shape[1]))


def dollars(amount: int) -> Decimal:
    """An amount of a table in US dollars."""
    return Decimal(int(amount)).scaleb(-AMOUNT_DIGITS)


def build(ground: Ground, at: float, rates: Rates, lag: float | None = None) -> Table:
    """What the refresh of `at` knows. `lag` overrules how many hours each service is behind."""
    final = final_before(at)
    quantities: dict[Key, Floats] = {}
    for item in items_of(ground.history):
        amount = item.quantity(ground)
        quantities[item.key] = quantities[item.key] + amount if item.key in quantities else amount
    keys = tuple(sorted(quantities))
    priced = [rates.of(key) for key in keys]
    used = np.stack([_known(quantities[key], key, ground, at, final, lag) for key in keys])
    prices = np.asarray([float(rate.amount) for rate in priced])
    amounts = np.rint(used * prices[:, None] * 10.0**AMOUNT_DIGITS).astype(np.int64)
    usage = np.rint(used * 10.0**USAGE_DIGITS).astype(np.int64)
    table = Table(at, ground.start, final, keys, tuple(rate.unit for rate in priced), amounts, usage)
    return _with_tax(_with_refunds(table))


def _known(quantity: Floats, key: Key, ground: Ground, at: float, final: date, lag: float | None) -> Floats:  # noqa: PLR0913, PLR0917 - what a refresh goes by
    """What has come in, with the small errors that AWS corrects later."""
    hours = ground.hours
    reach = at - HOUR * (lag_hours(key.service) if lag is None else lag)
    seen = np.where(hours + HOUR <= reach, quantity, 0.0)
    if key.service == COST_EXPLORER:
        return np.asarray(seen)
    days = np.arange(ground.start, ground.end, DAY, dtype=np.int64)
    stream = key_of("restated", *(str(part) for part in (key.service, key.usage_type, key.component, key.environment)))
    age = np.maximum(at - days, 0.0) / DAY
    size = 0.004 * np.exp(-age / 4.0) * normal(stream ^ int(at), days) + 0.0006 * normal(stream, days)
    open_days = (days >= midnight(final)) & (uniform(stream + 1, days) < _RESTATED)
    factor = np.where(open_days, 1.0 + size, 1.0)
    return np.asarray(seen * np.repeat(factor, DAY // HOUR), dtype=np.float64)


def _months(table: Table) -> list[date]:
    first, last = moment(table.start).date(), moment(table.at).date()
    found = [first]
    while (following := months_from(found[-1], 1)) <= last:
        found.append(following)
    return found


def _span(table: Table, month: date) -> tuple[int, int]:
    return table.column(midnight(month)), table.column(midnight(months_from(month, 1)))


def _with_refunds(table: Table) -> Table:
    """After each invoice a little of prod's data transfer is given back, on the last day of the month."""
    transfer = Key(EC2_OTHER, f"{PREFIX}DataTransfer-Out-Bytes", "ap-northeast-2", "backend", "prod")
    if transfer not in table.keys:
        return table
    row = table.amounts[table.keys.index(transfer)]
    refunds = np.zeros_like(row)
    for month in _months(table):
        first, last = _span(table, month)
        if refunded(month, table.at) and last > first:
            refunds[last - 1] = -int(row[first:last].sum()) // 50
    return _with_row(table, replace(transfer, record=REFUND), "GB", refunds)


def _with_tax(table: Table) -> Table:
    """Value added tax, a record a month, on its first day, growing with what is known of the month."""
    taxed = np.asarray([key.record != REFUND for key in table.keys])
    hourly, tax = table.amounts[taxed].sum(axis=0), np.zeros(table.amounts.shape[1], dtype=np.int64)
    for month in _months(table):
        first, last = _span(table, month)
        if last > first:
            # Rounded to the cent, as invoices are.
            tax[first] = round(int(hourly[first:last].sum()) * TAX_PERCENT / 100 / 10**8) * 10**8
    return _with_row(table, Key(TAX, NO_USAGE_TYPE, NO_REGION, record=TAX), "", tax)


def _with_row(table: Table, key: Key, unit: str, amounts: Whole) -> Table:
    return replace(
        table,
        keys=(*table.keys, key),
        units=(*table.units, unit),
        amounts=np.vstack([table.amounts, amounts]),
        usage=np.vstack([table.usage, np.zeros_like(amounts)]),
    )
