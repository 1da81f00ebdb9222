"""Values of the vocabulary as JSON text, exact: amounts are strings, moments in UTC, sentences as they were made."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

_Kind = TypeVar("_Kind")


def to_body(value: object) -> str:
    """A value of the vocabulary as text."""
    return _adapter(type(value)).dump_json(value).decode()  # type: ignore[arg-type]


def from_body(kind: type[_Kind], body: str | bytes) -> _Kind:
    """The value that was kept; its lists come back as tuples.

    Raises:
        pydantic.ValidationError: the text is none of this kind.
    """
    return _firm(_adapter(kind).validate_json(body))  # type: ignore[no-any-return, arg-type]


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401  mypy takes no class for hashable
    """Built once for each kind: it takes a millisecond, and a page reads hundreds."""
    return TypeAdapter(kind)


def _firm(value: Any) -> Any:  # noqa: ANN401  any value of the vocabulary
    """The same with tuples in place of lists, so that a value equals the one that was kept."""
    if isinstance(value, list):
        return tuple(_firm(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        lists = {one.name: getattr(value, one.name) for one in fields(value)}
        return replace(value, **{name: _firm(one) for name, one in lists.items() if isinstance(one, list)})
    return value
