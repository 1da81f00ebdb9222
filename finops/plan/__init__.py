"""What a stack is meant to cost, from rates of its own or the dated price book, and held against what it does cost."""

from __future__ import annotations

from finops.plan.updating import update

__all__ = ["update"]
