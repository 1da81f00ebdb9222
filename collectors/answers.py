"""Reading of AWS answers whose keys may be missing and whose values may be of the wrong type.

boto3 does not validate what came over the wire, so nothing in an answer is taken for granted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Item = Mapping[str, Any]
"""One structure of an answer."""


class Nameless(ValueError):
    """An item of an answer does not say which thing it is about: the answer cannot be believed."""


def identity(item: Item, key: str) -> str:
    """What the item is called, from a key that AWS always sends.

    Raises:
        Nameless: the key is absent or empty. Leaving the item out instead would close a resource that exists.
    """
    value = text(item, key)
    if not value:
        raise Nameless(f"an item has no {key}")
    return value


def text(item: Item, key: str) -> str:
    """A string; "" when it is absent or something else."""
    value = item.get(key)
    return value if isinstance(value, str) else ""


def whole(item: Item, key: str) -> int | None:
    """A whole number; None when it is absent or something else."""
    value = item.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(item: Item, key: str) -> bool | None:
    """A truth value; None when it is absent or something else."""
    value = item.get(key)
    return value if isinstance(value, bool) else None


def moment(item: Item, key: str) -> str | None:
    """A time as ISO 8601 in UTC; None when it is absent or something else."""
    value = item.get(key)
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else None


def inner(item: Item, key: str) -> Item:
    """A structure within; empty when it is absent or something else."""
    value = item.get(key)
    return value if isinstance(value, Mapping) else {}


def items(item: Item, key: str) -> list[Item]:
    """The structures of a list; empty when it is absent or something else."""
    value = item.get(key)
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def words(item: Item, key: str) -> list[str]:
    """The strings of a list; empty when it is absent or something else."""
    value = item.get(key)
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def tags(item: Item, key: str = "Tags", *, name: str = "Key", value: str = "Value") -> dict[str, str]:
    """Tags, which most services write as a list of {Key, Value} and ECS as {key, value}."""
    return {text(tag, name): text(tag, value) for tag in items(item, key) if text(tag, name)}
