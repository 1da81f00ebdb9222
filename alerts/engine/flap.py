"""Flapping: when a firing goes on from the one before it, and when its end is not believed yet. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from store.alerting import Alert

FLIPS = "flips"
"""Where in `Alert.why` the moments are kept at which an episode came back, as epoch seconds, oldest first."""


@dataclass(frozen=True, slots=True)
class Flapping:
    """When what comes and goes is one episode.

    What fires again within `merge` of its end goes on with the same episode. What came back `flips` times `within`
    a stretch is held as firing until it is quiet for `merge`: said earlier, its end would have to be taken back.
    """

    merge: timedelta = timedelta(minutes=10)
    flips: int = 3
    within: timedelta = timedelta(minutes=30)
    holds: bool = True
    """Whether the end of what flaps is held back; episodes are merged all the same."""


def goes_on(alert: Alert, slot: datetime, terms: Flapping) -> bool:
    """Whether a firing that begins at `slot` is the last episode again."""
    return alert.episode is not None and alert.resolved_at is not None and slot - alert.resolved_at <= terms.merge


def flips_of(alert: Alert) -> tuple[int, ...]:
    """The moments at which this episode came back, as epoch seconds."""
    known = alert.why.get(FLIPS, ())
    return tuple(known) if isinstance(known, Sequence) else ()


def flipped(alert: Alert, slot: datetime, terms: Flapping) -> tuple[int, ...]:
    """The flips with one more at `slot`; those too old to matter are left out."""
    at = int(slot.timestamp())
    return (*_recent(alert, at, terms), at)


def count_flips(alert: Alert, at: datetime, terms: Flapping) -> int:
    """How often it came back in the stretch up to `at`."""
    return len(_recent(alert, int(at.timestamp()), terms))


def hold(alert: Alert, since: datetime, terms: Flapping) -> timedelta | None:
    """How long it must be quiet from `since` on before its end is believed; None when it does not flap."""
    if not terms.holds or count_flips(alert, since, terms) < terms.flips:
        return None
    return terms.merge


def _recent(alert: Alert, at: int, terms: Flapping) -> list[int]:
    oldest = at - terms.within.total_seconds()
    return [flip for flip in flips_of(alert) if flip > oldest]
