"""Column types that mean the same on every engine: moments, exact money, JSON, sentences."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator

from store.messages import Sentence, from_json, to_json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(moment: datetime) -> int:
    """Microseconds since 1970 of an aware moment.

    Raises:
        ValueError: the moment has no zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone: pass aware moments in UTC")
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """The moment in UTC that lies this many microseconds after 1970."""
    return _EPOCH + count * _MICROSECOND


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept as microseconds since 1970: exact, ordered, and the same on both engines."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To microseconds."""
        del dialect
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """From microseconds. Sums and maxima come as other numbers on PostgreSQL."""
        del dialect
        return None if value is None else from_microseconds(int(value))


class Exact(TypeDecorator[Decimal]):
    """A decimal with a fixed number of places, kept as an integer so that SQL can add it up exactly."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """To a whole number of the last place, rounding halves to even."""
        del dialect
        return None if value is None else int(value.scaleb(self.places).to_integral_value(ROUND_HALF_EVEN))

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """From a whole number of the last place."""
        del dialect
        return None if value is None else Decimal(int(value)).scaleb(-self.places).normalize()


def _in_unicode(value: object, separators: tuple[str, str]) -> str:
    """JSON text with sorted keys; escaped where a half of a surrogate pair, as cut-off logs have, fits no encoding."""
    text = json.dumps(value, sort_keys=True, separators=separators, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, sort_keys=True, separators=separators)
    return text


class Json(TypeDecorator[Any]):
    """A JSON value as text: what is compared and backed up is the same on both engines."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str:
        """To text with sorted keys."""
        del dialect
        return _in_unicode(value, (",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ANN401  JSON is any value
        """From text."""
        del dialect
        return None if value is None else json.loads(value)


class Said(TypeDecorator[Sentence]):
    """A sentence as JSON text: a message with its values, or a string where its words are final."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sentence | None, dialect: Dialect) -> str | None:
        """To text with sorted keys."""
        del dialect
        return None if value is None else _in_unicode(to_json(value), (", ", ": "))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Sentence | None:
        """From text."""
        del dialect
        return None if value is None else from_json(json.loads(value))
