"""Which aligned moments are due to be judged, after a minute, a long absence or a clock that jumped. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

LEAST = 65
"""Slots that are always caught up on: an hour of minutes, as a series that the monthly cap slows brings at once."""
MOST = 1500
"""Slots that are caught up on at most, whatever a rule's `for` asks: a day of minutes."""
JITTER = 300
"""Seconds by which a clock may go back and nothing happens until it is there again; beyond, it was set."""


@dataclass(frozen=True, slots=True)
class Due:
    """The slots to judge now, in order (epoch seconds). `missed` counts those passed over before them.

    `back` is how many seconds the clock was set back: the alert's own clock must go back with it.
    """

    slots: Sequence[int] = ()
    missed: int = 0
    back: int = 0


NOTHING = Due()


def newest_slot(collected_to: int, width: int, every: int) -> int:
    """The newest slot whose window, `width` seconds from it on, is collected."""
    return (collected_to - width) // every * every


def due_slots(last: int | None, newest: int, every: int, memory: timedelta) -> Due:
    """The slots after `last` up to `newest`; of a long absence only as many as still matter to the state.

    A subject that was never judged begins with the newest slot: its past is not gone through.
    """
    if last is None:
        return Due((newest,))
    if newest <= last:
        return NOTHING
    first = last // every * every + every
    enough = min(MOST, max(LEAST, int(memory.total_seconds()) // every + 2))
    begin = max(first, newest - (enough - 1) * every)
    return Due(range(begin, newest + 1, every), (begin - first) // every)


def due_now(last: int | None, now: int, every: int, grid: int | None = None) -> Due:
    """The slot of the present, for what cannot be judged in the past; those passed over are counted.

    `grid` is how finely the present is told, in seconds: what was seen is judged at once, and not at the next whole
    `every`, which is how often it is looked at at the least.

    A clock that was set back by more than a little is followed at once: neither would an alert be judged for as long,
    nor does it fire or resolve for that.
    """
    grid = grid or every
    newest = now // grid * grid
    if last is None:
        return Due((newest,))
    if newest <= last - JITTER:
        return Due((newest,), back=last - newest + every)
    if newest <= last:
        return NOTHING
    return Due((newest,), max(0, (newest - last) // every - 1))
