"""The monthly cap on Lamplighter's own AWS bill: what is given up, in which order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from collectors.config import Bill
from collectors.series import Wanted
from store.messages import Message


class Level(IntEnum):
    """How far collecting is cut back, least first. Each level includes those before it."""

    FULL = 0
    NO_EXTRAS = 1
    SLOWER = 2
    HOURLY = 3
    KEEP_ONLY = 4

    @property
    def words(self) -> Message:
        """What the level means, as a sentence for a page or the documentation."""
        return _WORDS[self]


_WORDS = {
    Level.FULL: Message("Everything is collected as configured."),
    Level.NO_EXTRAS: Message(
        "To stay under the monthly cap, the backfill and the faster polling of hot series have stopped."
    ),
    Level.SLOWER: Message(
        "To stay under the monthly cap, the least important environments are polled three times less often."
    ),
    Level.HOURLY: Message(
        "To stay under the monthly cap, all series but those that page are polled hourly; no minute is lost."
    ),
    Level.KEEP_ONLY: Message(
        "The monthly cap is used up: only health, series that page and `bill.keep` are collected."
    ),
}

SLOWER_BY = 3
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often series are polled, in seconds, and which of them the cap may not touch.

    `protected` are ids of series that page-severity rules read: no level touches them.
    """

    every: int
    hot_every: int
    bill: Bill
    protected: Collection[str] = frozenset()

    def interval(self, wanted: Wanted, level: Level, *, hot: bool = False) -> int | None:
        """Seconds between two polls of a series at a level; None when it is not polled at all."""
        protected = wanted.id in self.protected
        usual = max(self.every, wanted.poll, wanted.series.period)
        if hot and (level < Level.NO_EXTRAS or protected):
            return min(usual, max(self.hot_every, wanted.series.period))
        if protected or level < Level.SLOWER:
            return usual
        slower = usual * SLOWER_BY if wanted.series.environment in self.bill.least_important else usual
        if level is Level.KEEP_ONLY and not self._kept(wanted):
            return None
        return slower if level is Level.SLOWER else max(slower, HOUR)

    def _kept(self, wanted: Wanted) -> bool:
        series = wanted.series
        names = {series.environment, series.component, f"{series.key.namespace}/{series.key.metric}"}
        return not names.isdisjoint(self.bill.keep)


def degradation(spent: Decimal, rest: Mapping[Level, Decimal], cap: Decimal | None) -> Level:
    """The first level at which what is spent this month and the rest of the month at that level fit under the cap.

    `rest` is the price in US dollars of the remaining month at each level. When nothing fits, the last level holds.
    """
    if cap is None:
        return Level.FULL
    return next((level for level in Level if spent + rest.get(level, Decimal(0)) <= cap), Level.KEEP_ONLY)
