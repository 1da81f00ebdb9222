"""Whether the groups of a reading add up to the total of the same days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from store.money import Basis, CostObservation

CENT = Decimal("0.01")
"""A residual beyond this is told; below it stand the digits that AWS rounds away in each group."""
BASES = (Basis.UNBLENDED, Basis.AMORTIZED, Basis.NET)


@dataclass(frozen=True, slots=True)
class Tie:
    """How a grouped reading ties out.

    `residuals` are (currency, basis, total less sum of groups) over all days. `worst` is the day that is furthest off,
    with its currency and residual; it says where the fault is also where days make up for each other.
    """

    residuals: tuple[tuple[str, str, Decimal], ...]
    worst: tuple[date, str, Decimal] | None = None

    @property
    def tied(self) -> bool:
        """Whether neither a day nor all of them are off by more than a cent, in any currency and by any basis."""
        whole = all(abs(residual) <= CENT for _, _, residual in self.residuals)
        return whole and (self.worst is None or abs(self.worst[2]) <= CENT)


def tie(total: Iterable[CostObservation], groups: Sequence[CostObservation]) -> Tie:
    """Lay the groups beside the total of the same days."""
    by_day: dict[tuple[date, str, Basis], Decimal] = defaultdict(Decimal)
    for sign, seen in ((1, total), (-1, groups)):
        for one in seen:
            for basis in BASES:
                by_day[one.day, one.currency, basis] += sign * one.amount(basis)
    sums: dict[tuple[str, Basis], Decimal] = defaultdict(Decimal)
    for (_, currency, basis), residual in by_day.items():
        sums[currency, basis] += residual
    worst = max(by_day, key=lambda place: abs(by_day[place]), default=None)
    return Tie(
        tuple((currency, basis.value, residual) for (currency, basis), residual in sorted(sums.items())),
        None if worst is None else (worst[0], worst[1], by_day[worst]),
    )
