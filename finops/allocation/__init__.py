"""Who bears the costs: what components cost themselves, what they share, and what no tag tells apart."""

from __future__ import annotations

from finops.allocation.updating import update

__all__ = ["update"]
