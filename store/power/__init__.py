"""Sleeping and waking: its words, which are imported from here, and the part of the store that keeps them."""

from __future__ import annotations

from store.power.vocabulary import (
    Condition,
    EnvironmentPower,
    Mode,
    Offer,
    Override,
    Planned,
    Power,
    PowerSpan,
    ResourcePower,
    Saved,
    Step,
    StepState,
)

__all__ = [
    "Condition",
    "EnvironmentPower",
    "Mode",
    "Offer",
    "Override",
    "Planned",
    "Power",
    "PowerSpan",
    "ResourcePower",
    "Saved",
    "Step",
    "StepState",
]
