"""What a unit of each usage type costs: by the price book, so that the embedded bill and the book agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from finops.prices import PriceBook, load_book
from service.demo.money.items import Key


@dataclass(frozen=True, slots=True)
class Rate:
    """US dollars for one unit, and the unit's name in Cost Explorer."""

    amount: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of one book."""

    book: PriceBook = field(default_factory=load_book)

    def of(self, key: Key) -> Rate:
        """The rate of an item; an hour of what the book has no price for (a type that a user started) costs as guessed.

        The real bill knows every type; a demo had rather show that something costs than refuse.
        """
        found = self.book.get(key.region, key.service, key.usage_type)
        return Rate(found.amount, found.unit) if found else Rate(_GUESSED, _HOUR)


_GUESSED, _HOUR = Decimal("0.10"), "Hrs"
