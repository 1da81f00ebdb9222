"""The views of the costs that are read, and how Cost Explorer is asked for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from store.money import UNTAGGED, View, tag_view

METRICS = ("UnblendedCost", "AmortizedCost", "NetUnblendedCost", "UsageQuantity")
"""All of them in one call: a page costs the same with one metric and with four."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """A view and its GroupBy as (type, key) pairs: Cost Explorer takes two at most. A `slow` one is read less often."""

    view: str
    by: tuple[tuple[str, str], ...] = ()
    slow: bool = False

    def arguments(self) -> dict[str, object]:
        """What GetCostAndUsage is asked with, beside the days."""
        asked: dict[str, object] = {"Granularity": "DAILY", "Metrics": list(METRICS)}
        return asked | ({"GroupBy": [{"Type": kind, "Key": key} for kind, key in self.by]} if self.by else {})

    def keys(self, answered: Sequence[str]) -> tuple[str, ...]:
        """The keys of a group; tags come as `Component$backend`, without a value as `Component$`.

        Raises:
            ValueError: these are not the keys of this grouping.
        """
        if len(answered) != len(self.by):
            raise ValueError(f"{len(answered)} keys in place of {len(self.by)}")
        return tuple(_key(kind, name, text) for (kind, name), text in zip(self.by, answered, strict=True))


TOTAL = Grouping(View.TOTAL)


def groupings(component_tag: str, environment_tag: str, tags: Sequence[str] = ()) -> tuple[Grouping, ...]:
    """The grouped views, the most important first."""
    component, environment = ("TAG", component_tag), ("TAG", environment_tag)
    service = ("DIMENSION", "SERVICE")
    return (
        Grouping(View.USAGE, (service, ("DIMENSION", "USAGE_TYPE"))),
        Grouping(View.COMPONENT, (component, service)),
        Grouping(View.ENVIRONMENT, (environment, service)),
        Grouping(View.PLACE, (component, environment)),
        Grouping(View.CHARGE, (("DIMENSION", "LINKED_ACCOUNT"), ("DIMENSION", "RECORD_TYPE")), slow=True),
        *(Grouping(tag_view(tag), (("TAG", tag), service), slow=True) for tag in dict.fromkeys(tags)),
    )


def _key(kind: str, name: str, text: str) -> str:
    if kind != "TAG":
        return text
    if not text.startswith(f"{name}$"):
        raise ValueError(f"{text!r} is no value of the tag {name}")
    return text.removeprefix(f"{name}$") or UNTAGGED
