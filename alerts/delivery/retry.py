"""When a delivery that failed is tried again, and when it is given up; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.errors import Busy, DeliveryError, Refused
from store.alerting import Delivery, NoticeKind

BASE = 1.0
"""Seconds that the first wait takes at most."""
LONGEST = 60.0
"""Seconds that any wait takes at most: when a channel is back, what waited for it is there a minute later."""
LONGEST_BUSY = 3600.0
"""Seconds at most that a channel may ask us to wait in one go."""
RESOLVE_GIVE_UP = timedelta(days=7)
"""How long a resolve is tried: whoever was told "firing" must be told that it is over."""


@dataclass(frozen=True, slots=True)
class Again:
    """Try the delivery at `at`, and nothing of this receiver for `pause` seconds."""

    at: datetime
    pause: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Never try it again: `expired` if time ran out, otherwise because the channel refuses for good."""

    expired: bool


def backoff(failures: int, share: float, base: float = BASE, longest: float = LONGEST) -> float:
    """Seconds to wait after so many failures in a row: exponential with full jitter, `share` being chance in [0, 1).

    Source: "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
    """
    return share * min(longest, base * 2.0 ** min(max(failures - 1, 0), 32))


def deadline(delivery: Delivery, give_up_after: timedelta, waited: timedelta = timedelta(0)) -> datetime:
    """Until when a delivery is tried. `waited` is how long its channel asked to be left alone: that does not count."""
    wish = delivery.draft.deadline
    if wish is None:
        length = max(give_up_after, RESOLVE_GIVE_UP) if delivery.draft.kind is NoticeKind.RESOLVED else give_up_after
        wish = delivery.created_at + length
    return wish + waited


def decide(  # noqa: PLR0913  each is a fact that the answer rests on
    error: DeliveryError, delivery: Delivery, now: datetime, *, until: datetime, failures: int, share: float
) -> Again | GiveUp:
    """What becomes of a delivery that failed just now; `failures` counts those in a row at this receiver.

    A channel that asks to wait is obeyed and never a reason to give up; one that refuses is never asked again. Each
    delivery is tried at least once, however old it is.
    """
    if isinstance(error, Refused):
        return GiveUp(expired=False)
    if isinstance(error, Busy):
        seconds = min(max(error.seconds, 0.0), LONGEST_BUSY)
        return Again(now + timedelta(seconds=seconds), seconds)
    if now >= until:
        return GiveUp(expired=True)
    own = backoff(delivery.attempts, share)
    return Again(now + timedelta(seconds=own), min(own, backoff(failures, share)))
