"""What a forecast, an anomaly or a budget is about, as a short text, and which rows of which view it means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store.money import CostObservation, View, tag_view

EVERYTHING = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the costs: the view that tells it apart, and the key at each place (None: any)."""

    text: str
    view: str
    keys: tuple[str | None, ...]

    def holds(self, line: CostObservation) -> bool:
        """Whether a row of the view belongs to it."""
        return all(wanted is None or wanted == key for wanted, key in zip(self.keys, line.keys, strict=True))

    def chosen(self, lines: Iterable[CostObservation]) -> list[CostObservation]:
        """The rows that belong to it."""
        return [line for line in lines if self.holds(line)]


def everything() -> Scope:
    """All costs."""
    return Scope(EVERYTHING, View.TOTAL.value, ())


def scope_of(dimension: str, value: str) -> Scope:
    """`component`, `environment`, `service` or `tag:KEY` with one value.

    Raises:
        ValueError: there is no such dimension.
    """
    text = f"{dimension}:{value}"
    if dimension.startswith("tag:"):
        return Scope(text, tag_view(dimension.removeprefix("tag:")), (value, None))
    views = {"component": View.COMPONENT, "environment": View.ENVIRONMENT, "service": View.USAGE}
    if dimension not in views:
        raise ValueError(f"costs are not told apart by {dimension!r}: component, environment, service or tag:KEY")
    return Scope(text, views[dimension].value, (value, None))


def place(component: str, environment: str) -> Scope:
    """One component in one environment."""
    return Scope(f"place:{component},{environment}", View.PLACE.value, (component, environment))


def parse(text: str) -> Scope:
    """The scope of a text: empty, `component:backend`, `tag:Team:web`, `place:backend,dev`.

    Raises:
        ValueError: it is none.
    """
    if not text:
        return everything()
    if text.startswith("place:"):
        component, comma, environment = text.removeprefix("place:").partition(",")
        if not comma:
            raise ValueError(f"{text!r} names no place: write place:COMPONENT,ENVIRONMENT")
        return place(component, environment)
    dimension, _, value = text.rpartition(":") if text.startswith("tag:") else text.partition(":")
    return scope_of(dimension, value)


def scopes_in(lines: Iterable[CostObservation], at: int, dimension: str) -> Sequence[Scope]:
    """A scope for each value that rows have at a place, in order of their names; what is untagged is left out."""
    return [scope_of(dimension, value) for value in sorted({line.keys[at] for line in lines}) if value]
