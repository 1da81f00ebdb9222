"""The points that a round reads: stretches of series, asked for together and answered from memory."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from alerts.rules.base import Need
from store.vocabulary import Points

Read = Callable[[Iterable[str], int, int], Mapping[str, Points]]
"""How points are had: ids, start and end (epoch seconds, half-open)."""

FEW = 12
"""Beyond this many different stretches those that begin in the same ten minutes are read as one."""
COARSE = 600


@dataclass(slots=True)
class Stretch:
    """The points of one series in [start, end)."""

    start: int
    end: int
    times: Sequence[int]
    pairs: Sequence[tuple[int, float]]


@dataclass(slots=True)
class Windows:
    """What was read of each series. What was not asked for beforehand is read when it is wanted."""

    read: Read
    _known: dict[str, list[Stretch]] = field(default_factory=dict)

    def load(self, needs: Iterable[Need]) -> None:
        """Read everything that is needed, the series of one window in one call; what was known before is let go."""
        self._known = {}
        for (start, end), ids in _grouped(needs).items():
            for name, points in self.read(sorted(ids), start, end).items():
                self._keep(name, start, end, points)

    def points(self, series_id: str, start: int, end: int) -> Sequence[tuple[int, float]]:
        """The points of a series in [start, end)."""
        for one in self._known.get(series_id, ()):
            if one.start <= start and end <= one.end:
                break
        else:
            one = self._keep(series_id, start, end, self.read([series_id], start, end).get(series_id, Points()))
        times = one.times
        if one.start == start and one.end == end:
            return one.pairs
        return one.pairs[bisect_left(times, start) : bisect_left(times, end)]

    def _keep(self, series_id: str, start: int, end: int, points: Points) -> Stretch:
        stretch = Stretch(start, end, points.times, points.pairs())
        self._known.setdefault(series_id, []).append(stretch)
        return stretch


def _grouped(needs: Iterable[Need]) -> Mapping[tuple[int, int], set[str]]:
    """The series to read by window. Stretches of one series that touch are one."""
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for need in needs:
        known = spans[need.series_id]
        if not known or known[-1] != (need.start, need.end):
            known.append((need.start, need.end))
    found: dict[tuple[int, int], set[str]] = defaultdict(set)
    for name, some in spans.items():
        for span in _joined(some):
            found[span].add(name)
    return found if len(found) <= FEW else _coarser(found)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if len(spans) == 1:
        return spans
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _coarser(found: Mapping[tuple[int, int], set[str]]) -> Mapping[tuple[int, int], set[str]]:
    coarse: dict[tuple[int, int], set[str]] = defaultdict(set)
    for (start, end), ids in found.items():
        coarse[start // COARSE * COARSE, -(-end // COARSE) * COARSE] |= ids
    return coarse
