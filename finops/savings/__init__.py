"""What could be saved: rules over what there is, how it is used and what it costs; and what people decide of it."""

from __future__ import annotations

from finops.savings.updating import update

__all__ = ["update"]
