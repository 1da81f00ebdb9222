"""What is known of an environment, as JSON."""

from __future__ import annotations

from typing import Any

from store.power import EnvironmentPower


def described(state: EnvironmentPower) -> dict[str, Any]:
    """Everything about an environment but its resources."""
    return {
        "environment": state.environment,
        "condition": state.condition.value,
        "since": state.since,
        "desired": state.desired.value,
        "because": str(state.because),
        "until": state.until,
        "armed": state.armed,
        "mode": state.mode.value,
        "timezone": state.timezone,
        "hourly": state.hourly,
        "currency": state.currency,
        "problem": str(state.problem),
        "checked_at": state.checked_at,
        "offers": [
            {"do": one.do, "seconds": one.seconds, "until": one.until, "hours": one.hours, "price": one.price}
            for one in state.offers
        ],
    }
