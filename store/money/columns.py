"""Column types of money: a UTC day, and an amount to its last digit."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator

_FIRST = date(1970, 1, 1)


class Day(TypeDecorator[date]):
    """A UTC day, kept as the days since 1970: exact, ordered, and the same on both engines."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> int | None:
        """To days since 1970."""
        del dialect
        return None if value is None else value.toordinal() - _FIRST.toordinal()

    def process_result_value(self, value: int | None, dialect: Dialect) -> date | None:
        """From days since 1970. Minima and maxima come as other numbers on PostgreSQL."""
        del dialect
        return None if value is None else _FIRST + timedelta(days=int(value))


class Amount(TypeDecorator[Decimal]):
    """A decimal as text, with the digits it came with: costs of 1e-10 dollars and millions of won are both exact."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """To text.

        Raises:
            ValueError: the value is no finite number.
        """
        del dialect
        if value is not None and not value.is_finite():
            raise ValueError(f"{value} is no amount of money")
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        """From text."""
        del dialect
        return None if value is None else Decimal(value)
