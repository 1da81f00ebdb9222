"""Adding up costs so that every column ends in its total to the cent. Pure; one currency at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from babel.numbers import get_currency_precision

from dashboards.pages.cost.sources import Source
from store.money import DayCost

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Group:
    """What one thing cost. `shown` is its cost in whole cents, so that a column adds up; `share` is of the total.

    `change` is against the days it is compared with, None where these are not known.
    """

    key: str
    amount: Decimal
    shown: Decimal
    share: Decimal | None
    change: Decimal | None
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Days:
    """The days that are added up, [`start`, `end`), and two stretches that are compared: (`start`, `end`) each."""

    start: date
    end: date
    now: tuple[date, date]
    before: tuple[date, date] | None


def smallest(currency: str) -> Decimal:
    """A cent, or what is the smallest coin of a currency."""
    return Decimal(1).scaleb(-get_currency_precision(currency))


def in_cents(amount: Decimal, currency: str) -> Decimal:
    """An amount in whole cents of its currency."""
    return amount.quantize(smallest(currency), ROUND_HALF_EVEN)


def total(rows: Iterable[DayCost], source: Source, currency: str, days: tuple[date, date]) -> Decimal:
    """What the rows of a source add up to over [start, end), exactly."""
    start, end = days
    chosen = (row for row in rows if row.currency == currency and start <= row.day < end and source.holds(row))
    return sum((row.amount for row in chosen), NOTHING)


def by_day(rows: Iterable[DayCost], source: Source, currency: str, days: tuple[date, date]) -> dict[date, Decimal]:
    """What each day cost that has a row."""
    found: dict[date, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.currency == currency and days[0] <= row.day < days[1] and source.holds(row):
            found[row.day] += row.amount
    return dict(found)


def groups(rows: Sequence[DayCost], source: Source, currency: str, days: Days) -> tuple[list[Group], Decimal]:
    """What each thing cost, the dearest first, and the exact sum of them."""
    mine = [row for row in rows if row.currency == currency and source.holds(row)]
    inside = [row for row in mine if days.start <= row.day < days.end]
    amounts = _summed(inside, source)
    open_ = {source.key(row) for row in inside if row.estimated}
    now = _summed((row for row in mine if _within(row, days.now)), source)
    before = None if days.before is None else _summed((row for row in mine if _within(row, days.before)), source)
    exact = sum(amounts.values(), NOTHING)
    keys = sorted({*amounts, *now, *(before or ())}, key=lambda key: (-amounts.get(key, NOTHING), key))
    # What carries no tag stands in several tables, with the same cents in each.
    cents = tied(
        [amounts.get(key, NOTHING) for key in keys], currency, firm=[at for at, key in enumerate(keys) if not key]
    )
    found = [
        Group(
            key=key,
            amount=amounts.get(key, NOTHING),
            shown=shown,
            share=amounts.get(key, NOTHING) / exact if exact > 0 else None,
            change=None if before is None else now.get(key, NOTHING) - before.get(key, NOTHING),
            estimated=key in open_,
        )
        for key, shown in zip(keys, cents, strict=True)
    ]
    return found, exact


def _summed(rows: Iterable[DayCost], source: Source) -> Mapping[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        found[source.key(row)] += row.amount
    return found


def _within(row: DayCost, days: tuple[date, date]) -> bool:
    return days[0] <= row.day < days[1]


def tied(amounts: Sequence[Decimal], currency: str, firm: Collection[int] = ()) -> list[Decimal]:
    """Each amount in whole cents so that they add up to their rounded sum: who was rounded furthest gives way.

    None ends up a cent or more away from its exact value. Those at the places `firm` give way last.
    """
    exact = sum(amounts, NOTHING)
    cent = smallest(currency)
    shown = [in_cents(amount, currency) for amount in amounts]
    left = int((in_cents(exact, currency) - sum(shown, NOTHING)) / cent)
    step = cent if left > 0 else -cent
    # What was rounded down the most goes up first, and the other way round.
    lost = {at: (amount - shown[at]) * (1 if left > 0 else -1) for at, amount in enumerate(amounts)}
    order = sorted(lost, key=lambda at: (lost[at] <= 0, at in firm, -lost[at]))
    for at in order[: abs(left)]:
        shown[at] += step
    return shown


def grown(found: Iterable[Group], currency: str, most: int) -> list[Group]:
    """What costs more than before by a cent at least, the largest growth first."""
    least = smallest(currency)
    rising = [group for group in found if group.change is not None and group.change >= least]
    return sorted(rising, key=lambda group: (-(group.change or NOTHING), group.key))[:most]
