"""The part of the section `alerts:` that says which rules there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from alerts.rules import AnyRule
from alerts.rules.base import Strict


class Shipped(Strict):
    """The rules that come with Lamplighter, and what is different about them here."""

    enabled: bool = Field(default=True, description="Whether the shipped rules are used.")
    disable: list[str] = Field(default_factory=list, description="Ids of shipped rules that are not used.")
    change: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="By a shipped rule's id, the settings that are other than shipped."
    )
    page_in: list[str] | None = Field(
        default=None,
        description="Environments in which shipped rules may page; by default those called prod, production or live.",
    )


class RulesConfig(Strict):
    """Which rules there are: shipped ones, one's own, and those of files."""

    shipped: Shipped = Field(default_factory=Shipped, description="The rules that come with Lamplighter.")
    rules: list[AnyRule] = Field(default_factory=list, description="Rules of your own.")
    rule_files: list[Path] = Field(default_factory=list, description="Files with more of them, each `rules: [...]`.")
