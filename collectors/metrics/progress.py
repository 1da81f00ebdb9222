"""What an answer makes of a series' cursor: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from collectors.metrics.planner import SETTLED, Reading
from store.vocabulary import Cursor, Gap

_FIRST_RETRY = 60


def answered(cursor: Cursor | None, reading: Reading, last_point: int | None, now: int) -> Cursor:
    """The cursor after an answer. It never goes back, and never beyond what is known to be settled.

    Silence of the last three minutes (or the last period) is no answer yet; a point is one for all before it.
    `last_point` is the start of the newest bucket that came, in epoch seconds.
    """
    wanted = reading.wanted
    period = wanted.series.period
    settled = now - max(SETTLED, period)
    settled -= settled % period
    to = min(reading.end, max(settled, last_point + period if last_point is not None else 0))
    if cursor is None:
        cursor = _before(reading)
    return replace(
        cursor,
        collected_to=max(cursor.collected_to, to),
        next_due=reading.next_due,
        failures=0,
        last_success=max(now, cursor.last_success),
    )


def unanswered(cursor: Cursor | None, reading: Reading, now: int) -> Cursor:
    """The cursor after a failure: where it was, due again soon, then ever later up to the series' own interval."""
    if cursor is None:
        cursor = _before(reading)
    wait = min(_FIRST_RETRY * 2 ** min(cursor.failures, 10), reading.interval)
    return replace(cursor, failures=cursor.failures + 1, next_due=now + wait)


def reached_back(cursor: Cursor, reading: Reading) -> Cursor:
    """The cursor after a chunk of its backfill; one that has moved meanwhile is left as it is."""
    ended_at = reading.gap.end if reading.gap else reading.end
    return replace(cursor, collected_from=reading.claim) if cursor.collected_from == ended_at else cursor


def gaps_of(readings: list[Reading]) -> Mapping[str, list[Gap]]:
    """What the readings' claims hold that cannot be had any more."""
    return {reading.wanted.id: [reading.gap] for reading in readings if reading.gap}


def _before(reading: Reading) -> Cursor:
    backfill_to = reading.backfill_to if reading.fresh else reading.claim
    return Cursor(reading.wanted.id, reading.claim, reading.claim, backfill_to, 0)
