"""The kinds of rules: one module each, listed in KINDS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field

from alerts.rules import metric
from alerts.rules.base import BaseRule, Kind

KINDS: tuple[Kind[Any], ...] = (metric,)
"""Every kind of rule. A new one is a module here with the names of `alerts.rules.base.Kind`, and an entry."""

if TYPE_CHECKING:
    AnyRule = BaseRule
else:
    AnyRule = Annotated[Union[tuple(kind.model for kind in KINDS)], Field(discriminator="kind")]  # noqa: UP007  made of KINDS
    """A rule of any kind, told apart by `kind`."""
