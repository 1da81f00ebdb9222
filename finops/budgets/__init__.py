"""Budgets of our own: what they allow, what was spent, what is expected by their end."""

from __future__ import annotations

from finops.budgets.updating import update

__all__ = ["update"]
