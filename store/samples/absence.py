"""What a missing point means: zeros where nothing happened, gaps where nobody knows. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from store.messages import Message
from store.samples.codec import Times, Values
from store.samples.spans import Span, clip, merge_gaps, subtract, subtract_gaps, union
from store.vocabulary import Gap

NO_VALUE = Message("no value")
"""The reason of a gap that nobody recorded: the source answered, and had nothing."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Samples before `until` (epoch seconds) are kept at `step` seconds or coarser."""

    until: int
    step: int


def regions(tiers: tuple[Tier, ...], period: int, start: int, end: int) -> list[tuple[int, int, int]]:
    """[start, end) cut where the step of what is kept changes, as (start, end, step). Tiers come coarsest first."""
    cut = []
    for tier in tiers:
        if start < tier.until and tier.step > period:
            cut.append((start, min(end, tier.until), tier.step))
            start = tier.until
        if start >= end:
            return cut
    return [*cut, (start, end, period)]


def fill_zeros(
    points: tuple[Times, Values], known: list[Span], period: int, tiers: tuple[Tier, ...]
) -> tuple[Times, Values]:
    """The points, with 0.0 in each bucket of the known stretches that has none.

    The buckets lie as the points do: a series that starts at 14:27 and every 300 s after is filled at 14:32, not
    14:30. Without points they lie as the known stretch does.
    """
    times, values = points
    added = []
    for start, end in known:
        for a, b, step in regions(tiers, period, start, end):
            phase = _phase(times, start, step, period)
            first = a + (phase - a) % step
            grid = np.arange(first, b, step, dtype=np.int64)
            nearest = np.searchsorted(times, grid)
            taken = np.zeros(len(grid), dtype=bool)
            inside = nearest < len(times)
            taken[inside] = times[nearest[inside]] < grid[inside] + step
            added.append(grid[~taken])
    zeros = np.concatenate(added) if added else np.zeros(0, dtype=np.int64)
    if not len(zeros):
        return points
    all_times = np.concatenate((times, zeros))
    order = np.argsort(all_times, kind="stable")
    return all_times[order], np.concatenate((values, np.zeros(len(zeros))))[order]


def _phase(times: Times, start: int, step: int, period: int) -> int:
    if step != period:
        return 0  # what was resampled is aligned to 1970
    return int(times[-1] if len(times) else start) % step


def covered(times: Times, period: int, tiers: tuple[Tier, ...]) -> list[Span]:
    """The stretches that points speak for: each from its time for as long as its bucket is."""
    if not len(times):
        return []
    spans: list[Span] = []
    for start, end, step in regions(tiers, period, int(times[0]), int(times[-1]) + 1):
        part = times[np.searchsorted(times, start) : np.searchsorted(times, end)]
        if len(part):
            breaks = np.flatnonzero(np.diff(part) > step)
            firsts = part[np.append([0], breaks + 1)]
            lasts = part[np.append(breaks, [len(part) - 1])] + step
            spans.extend(zip(firsts.tolist(), lasts.tolist(), strict=True))
    return union(spans)


def find_gaps(  # noqa: PLR0913  a gap depends on all of it
    recorded: list[Gap], known: list[Span], collected: list[Span], period: int, window: Span, *, unknown: bool
) -> list[Gap]:
    """The gaps in a window: the recorded ones without what is known after all, and the silences of an UNKNOWN series.

    A silence shorter than the period holds no whole bucket and is none.
    """
    start, end = window
    told = [Gap(max(gap.start, start), min(gap.end, end), gap.reason) for gap in recorded]
    gaps = subtract_gaps((gap for gap in told if gap.start < gap.end), known)
    if unknown:
        taken = union([*known, *((gap.start, gap.end) for gap in recorded)])
        silent = clip(subtract(union(collected), taken), start, end)
        gaps += [Gap(a, b, NO_VALUE) for a, b in silent if b - a >= period]
    return merge_gaps(gaps)
