"""Costs that are not as expected, and their likeliest cause."""

from __future__ import annotations

from finops.anomalies.updating import update

__all__ = ["update"]
