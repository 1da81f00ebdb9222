"""Which reading of Cost Explorer answers a question: it tells costs apart by two things at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from store.money import DayCost, View, tag_view

Filters = tuple[tuple[str, str], ...]
"""(dimension, value) pairs in order; a tag's dimension is `tag:KEY`."""

DIMENSIONS = ("component", "environment", "service", "usage_type", "account", "charge_category")
"""By what costs are told apart, beside tags, in the order in which people ask."""
USAGE_ONLY = "usage"
NO_USAGE = frozenset({"tax", "credit", "refund"})
"""Kinds of charge (Cost Explorer's RECORD_TYPE, in lower case) that are left out with `charges=usage`."""
_VIEWS = (View.TOTAL, View.USAGE, View.COMPONENT, View.ENVIRONMENT, View.PLACE, View.CHARGE)


@dataclass(frozen=True, slots=True)
class Source:
    """A view, which of its rows are meant, and at which of their keys (None: none) they are told apart."""

    view: str
    wanted: tuple[str | None, ...]
    place: int | None
    usage_only: bool = False

    def holds(self, row: DayCost) -> bool:
        """Whether a row of the view is meant."""
        if self.usage_only and row.keys[1].lower() in NO_USAGE:
            return False
        return all(value is None or value == key for value, key in zip(self.wanted, row.keys, strict=True))

    def key(self, row: DayCost) -> str:
        """What the row is of; empty where rows are not told apart, and for what carries no tag."""
        return "" if self.place is None else row.keys[self.place]


def source_of(filters: Filters, by: str | None, charges: str = "all") -> Source | None:
    """The view that has all of this; None where Cost Explorer was not asked for it, for it takes two keys at most."""
    usage_only = charges == USAGE_ONLY
    needed = {name for name, _ in filters} | ({by} if by else set()) | ({"charge_category"} if usage_only else set())
    for view, dimensions in _views(needed):
        if needed <= set(dimensions):
            chosen = dict(filters)
            wanted = tuple(chosen.get(name) for name in dimensions)
            return Source(view, wanted, dimensions.index(by) if by else None, usage_only)
    return None


def dimensions_for(filters: Filters, tags: Sequence[str], charges: str = "all") -> Iterator[str]:
    """By what the costs that are left can be told apart further."""
    chosen = {name for name, _ in filters}
    for name in (*DIMENSIONS, *(f"tag:{tag}" for tag in tags)):
        if name not in chosen and source_of(filters, name, charges) is not None:
            yield name


def _views(needed: set[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for view in _VIEWS:
        yield view.value, view.dimensions
    for name in sorted(needed):
        if name.startswith("tag:"):
            yield tag_view(name.removeprefix("tag:")), (name, "service")
