"""The kinds of rules: one module each, listed in KINDS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Discriminator, Tag

from alerts.rules import (
    budget,
    burn_rate,
    change,
    composite,
    cost_anomaly,
    health,
    heartbeat,
    lifecycle,
    log,
    metric,
    power,
)
from alerts.rules.base import BaseRule, Kind

KINDS: tuple[Kind[Any], ...] = (
    metric,
    change,
    health,
    log,
    heartbeat,
    composite,
    burn_rate,
    budget,
    cost_anomaly,
    lifecycle,
    power,
)
"""Every kind of rule. A new one is a module here with the names of `alerts.rules.base.Kind`, and an entry."""


def _tag(rule: object) -> str:
    kind = rule.get("kind") if isinstance(rule, dict) else getattr(rule, "kind", None)
    return f"({kind})"


if TYPE_CHECKING:
    AnyRule = BaseRule
else:
    # The tags are in brackets, so that whoever tells of a fault knows them for what nobody wrote in the file.
    AnyRule = Annotated[
        Union[tuple(Annotated[kind.model, Tag(f"({kind.name})")] for kind in KINDS)],  # noqa: UP007  made of KINDS
        Discriminator(
            _tag,
            custom_error_type="unknown_kind",
            custom_error_message=f"kind must be one of: {', '.join(kind.name for kind in KINDS)}",
        ),
    ]
    """A rule of any kind, told apart by `kind`."""
