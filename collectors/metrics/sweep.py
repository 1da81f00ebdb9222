"""Carries out planned requests one after the other and commits each: a kill in between leaves no hole, no duplicate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from collectors.errors import AccessDenied, AwsError, ExpiredCredentials, NoCredentials, UnknownRegion
from collectors.metrics.fetch import Answer, Pacer, Patience, fetch
from collectors.metrics.planner import Reading, Request
from collectors.metrics.progress import gaps_of
from store import Store
from store.vocabulary import Claim, Cursor, Written

MOST_FAILURES = 2
"""After so many requests that failed one after the other, the rest of the sweep waits for the next tick."""
_HOPELESS = (AccessDenied, ExpiredCredentials, NoCredentials, UnknownRegion)

Move = Callable[[Cursor | None, Reading, list[tuple[int, float]] | None], Cursor | None]
"""What a cursor becomes: given the series' points when it was answered, None when it was not. None leaves it."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a sweep works with."""

    client: Callable[[], Any]
    store: Store
    pacer: Pacer
    patience: Patience
    claim: Claim | None


@dataclass(slots=True)
class Sweep:
    """What a sweep brought so far."""

    requests: int = 0
    series: int = 0
    written: Written = field(default_factory=Written)
    failed: dict[str, str] = field(default_factory=dict)
    refused: int = 0
    error: AwsError | None = None
    ended_early: bool = False


def sweep(requests: Iterable[Request], means: Means, now: int, move: Move) -> Sweep:
    """Fetch and commit each request. One that fails never costs the others theirs.

    Raises:
        LostClaim: another worker has taken over; nothing of the request at hand was written.
    """
    result = Sweep()
    failures = 0
    for request in requests:
        if means.patience.over or not means.patience.wait(means.pacer.delay(request, now)):
            result.ended_early = True
            break
        result.requests += 1
        try:
            answer = fetch(means.client(), request, means.patience)
        except AwsError as error:
            result.error = error
            failures += 1
            answer = Answer({}, {one.id: error.code for one in request.wanted})
        else:
            failures = 0
        _commit(request, answer, means, move, result)
        if isinstance(result.error, _HOPELESS) or failures >= MOST_FAILURES:
            result.ended_early = True
            break
    return result


def _commit(request: Request, answer: Answer, means: Means, move: Move, result: Sweep) -> None:
    # The cursors are read again here: the backfill of the same series may have moved their other end meanwhile.
    cursors = means.store.cursors.get([one.id for one in request.wanted])
    moved = [
        cursor
        for reading in request.readings
        if (cursor := move(cursors.get(reading.wanted.id), reading, answer.points.get(reading.wanted.id)))
    ]
    kept = [reading for reading in request.readings if reading.wanted.id in answer.points]
    samples: Mapping[str, list[tuple[int, float]]] = {name: points for name, points in answer.points.items() if points}
    written = means.store.commit_collection(samples=samples, cursors=moved, gaps=gaps_of(kept), claim=means.claim)
    result.series += len(kept)
    result.refused += answer.refused
    result.failed |= answer.failed
    for name in answer.points:
        result.failed.pop(name, None)
    result.written = Written(
        result.written.new + written.new, result.written.revised + written.revised, result.written.same + written.same
    )
