"""Daily series of costs: dense, in one currency; a day that nobody has read is no day that cost nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from store.money import Basis, CostObservation

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Daily:
    """Costs by UTC day from `start` on; None for a day that is not known. All in one currency."""

    currency: str
    start: date
    amounts: tuple[Decimal | None, ...]

    @property
    def end(self) -> date:
        """The day after the last one."""
        return self.start + len(self.amounts) * DAY

    def between(self, start: date, end: date) -> list[Decimal | None]:
        """The amounts of [start, end), None for what lies outside."""
        days = ((start + number * DAY) for number in range((end - start).days))
        return [self.at(day) for day in days]

    def at(self, day: date) -> Decimal | None:
        """The amount of a day, None if it is not known."""
        number = (day - self.start).days
        return self.amounts[number] if 0 <= number < len(self.amounts) else None

    def total(self, start: date, end: date) -> Decimal:
        """What is known of [start, end), added up."""
        return sum((amount for amount in self.between(start, end) if amount is not None), Decimal(0))


def daily(lines: Iterable[CostObservation], span: tuple[date, date], basis: Basis) -> dict[str, Daily]:
    """One series for each currency over the days [start, end) that were read: a day without rows cost nothing."""
    sums: dict[str, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for line in lines:
        sums[line.currency][line.day] += line.amount(basis)
    return {currency: from_days(currency, days, span) for currency, days in sorted(sums.items())}


def from_days(currency: str, days: Mapping[date, Decimal], span: tuple[date, date], *, holes: bool = False) -> Daily:
    """A series over [start, end); with `holes` a day that is not in `days` is unknown, else it cost nothing."""
    start, end = span
    missing = None if holes else Decimal(0)
    every = (start + number * DAY for number in range((end - start).days))
    return Daily(currency, start, tuple(days.get(day, missing) for day in every))
