"""What a month will have cost at its end, with a range, and how right past forecasts were."""

from __future__ import annotations

from finops.forecast.updating import update

__all__ = ["update"]
