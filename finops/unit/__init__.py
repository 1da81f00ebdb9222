"""Unit cost: what a thousand requests, orders or whatever is counted cost."""

from __future__ import annotations

from finops.unit.updating import update

__all__ = ["update"]
