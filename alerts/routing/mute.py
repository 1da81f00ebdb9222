"""A mute: why a firing alert is not told for now, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from store.messages import Sentence


@dataclass(frozen=True, slots=True)
class Mute:
    """What keeps an alert from being told.

    `code` is a stable word: silenced, maintenance, asleep, inhibited, quiet_hours or acknowledged. `until` is when
    it ends, where that is known; else `look_again` after so long. `since` is when it began, where a person began it.
    """

    code: str
    reason: Sentence
    until: datetime | None = None
    since: datetime | None = None
    look_again: timedelta | None = None

    def next_look(self, now: datetime) -> datetime | None:
        """When it may have ended; None if whoever ends it says so."""
        return self.until if self.until is not None else now + self.look_again if self.look_again else None
