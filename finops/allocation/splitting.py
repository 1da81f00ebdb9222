"""Shared costs split over those that share them, exactly: the parts add up to the whole to the last digit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Literal

Split = Literal["proportional", "even"] | Mapping[str, Decimal]

_EXACT = Decimal("0.0000000001")
"""Digits that amounts are kept to; Cost Explorer gives ten."""


def split(amount: Decimal, direct: Mapping[str, Decimal], rule: Split) -> dict[str, Decimal]:
    """The part of `amount` that each of those in `direct` bears.

    By what they cost themselves (what costs nothing or less bears nothing; if that is so of all, evenly), evenly, or by
    weights; whom the weights do not name bears nothing, and names that cost nothing themselves may bear some. Each
    part is rounded towards zero, and what that leaves over goes to the largest. Nobody there: an empty answer.
    """
    weights = _weights(direct, rule)
    whole = sum(weights.values(), Decimal(0))
    if whole <= 0:
        return {}
    parts = {name: (amount * weight / whole).quantize(_EXACT, ROUND_DOWN) for name, weight in weights.items()}
    largest = max(parts, key=lambda name: (weights[name], name))
    parts[largest] += amount - sum(parts.values(), Decimal(0))
    return parts


def _weights(direct: Mapping[str, Decimal], rule: Split) -> dict[str, Decimal]:
    if isinstance(rule, Mapping):
        return dict.fromkeys(direct, Decimal(0)) | dict(rule)
    costing = {name: max(cost, Decimal(0)) for name, cost in direct.items()}
    if rule == "even" or not any(costing.values()):
        return dict.fromkeys(direct, Decimal(1))
    return costing
