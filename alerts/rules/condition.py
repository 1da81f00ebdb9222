"""A comparison with one limit, or with one limit for each severity."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, FiniteFloat, Tag, model_validator

from alerts.rules.base import Strict
from alerts.rules.figures import figure
from store.alerting import Severity
from store.messages import Message, Sentence

Op = Literal[">", ">=", "<", "<=", "==", "!="]

HOLDS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}


def _warn_is_warning(value: object) -> object:
    if isinstance(value, dict) and "warn" in value and "warning" not in value:
        return {"warning" if name == "warn" else name: limit for name, limit in value.items()}
    return value


def one_or_several(value: object) -> str:
    """Which branch of a union a value is for: one for all, or one for each name."""
    return "(several)" if isinstance(value, dict) else "(one)"


Thresholds = Annotated[
    Annotated[FiniteFloat, Tag("(one)")]
    | Annotated[dict[Severity, FiniteFloat], BeforeValidator(_warn_is_warning), Tag("(several)")],
    Discriminator(one_or_several),
]


class Condition(Strict):
    """What breaches: `value op threshold`. Of several thresholds, the most severe that holds counts."""

    op: Op = Field(description="How the value is compared with the threshold.")
    threshold: Thresholds = Field(description="The limit, or limits by severity: {warning: 80, page: 95}.")

    @model_validator(mode="after")
    def _several_go_one_way(self) -> Condition:
        if not isinstance(self.threshold, dict):
            return self
        if not self.threshold:
            raise ValueError("threshold names no severity: write one number, or for example {warning: 80, page: 95}")
        if self.op in ("==", "!=") and len(self.threshold) > 1:
            raise ValueError(f"several thresholds need an order, which {self.op} has not: use >, >=, < or <=")
        limits = [limit for _, limit in self.limits]
        if limits != sorted(limits, reverse=self.op in (">", ">=")) or len(set(limits)) < len(limits):
            further = "higher" if self.op in (">", ">=") else "lower"
            raise ValueError(f"with {self.op} a more severe threshold must be {further} than a less severe one")
        return self

    @cached_property
    def limits(self) -> tuple[tuple[Severity | None, float], ...]:
        """(severity, limit), most severe first; the severity of a lone limit is the rule's (None)."""
        if not isinstance(self.threshold, dict):
            return ((None, float(self.threshold)),)
        return tuple(sorted(self.threshold.items(), key=lambda item: -item[0].rank))

    @cached_property
    def holds(self) -> Callable[[float, float], bool]:
        """The comparison."""
        return HOLDS[self.op]


def beyond(op: str, limit: float, unit: str = "") -> Sentence:
    """What a breaching value is, as a part of a sentence: `above 50 %`."""
    shown = figure(limit, unit)
    if op == ">":
        return Message("above %(limit)s", limit=shown)
    if op == ">=":
        return Message("at or above %(limit)s", limit=shown)
    if op == "<":
        return Message("below %(limit)s", limit=shown)
    if op == "<=":
        return Message("at or below %(limit)s", limit=shown)
    if op == "==":
        return Message("equal to %(limit)s", limit=shown)
    return Message("other than %(limit)s", limit=shown)
