"""What all lanes of a courier work with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.notice import Voice

if TYPE_CHECKING:
    from store import Store

LEASE_SECONDS = 30.0
"""How long a row stays ours without a renewal: after a kill -9 whose sender is not known to be dead, the next takes it
this much later."""

LATE = timedelta(minutes=10)
"""From this age on, another receiver is told that a notice still waits for its channel."""


@dataclass(frozen=True, slots=True)
class Office:
    """Store, clock, the owner's name in claims, and what is needed to tell of what went wrong.

    `fallback_of` says who is told that a receiver cannot be reached. `voices` are the languages that such a letter is
    written in. `chance` gives numbers in [0, 1) for the jitter. `poke` wakes the lane of a receiver.
    """

    store: Store
    clock: Callable[[], datetime]
    owner: str
    fallback_of: Callable[[str], str | None]
    voices: Sequence[Voice]
    give_up_after: timedelta
    chance: Callable[[], float]
    poke: Callable[[str], None]
    lease_seconds: float = LEASE_SECONDS
