"""Stretches of time, half-open [start, end) in epoch seconds: pure functions over sorted, disjoint lists."""

from __future__ import annotations

from collections.abc import Iterable

from store.vocabulary import Gap

Span = tuple[int, int]


def union(spans: Iterable[Span]) -> list[Span]:
    """The same seconds in as few stretches as can be, sorted."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def subtract(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What is in the first and not in the second. Both sorted and disjoint."""
    left: list[Span] = []
    rest = list(taken)
    place = 0
    for start, end in spans:
        while place < len(rest) and rest[place][1] <= start:
            place += 1
        begin, at = start, place
        while at < len(rest) and rest[at][0] < end:
            if begin < rest[at][0]:
                left.append((begin, rest[at][0]))
            begin = max(begin, rest[at][1])
            at += 1
        if begin < end:
            left.append((begin, end))
    return left


def clip(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    """The parts that lie in [start, end)."""
    return [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]


def merge_gaps(gaps: Iterable[Gap]) -> list[Gap]:
    """Gaps sorted and disjoint. Where two overlap the one that began first keeps its reason; alike neighbours join."""
    merged: list[Gap] = []
    for gap in sorted(gaps, key=lambda one: (one.start, -one.end)):
        start = max(gap.start, merged[-1].end) if merged else gap.start
        if start >= gap.end:
            continue
        if merged and merged[-1].end == start and merged[-1].reason == gap.reason:
            merged[-1] = Gap(merged[-1].start, gap.end, gap.reason)
        else:
            merged.append(Gap(start, gap.end, gap.reason))
    return merged


def subtract_gaps(gaps: Iterable[Gap], known: list[Span]) -> list[Gap]:
    """What is left of gaps where something is known after all. `known` is sorted and disjoint."""
    return [Gap(start, end, gap.reason) for gap in gaps for start, end in subtract([(gap.start, gap.end)], known)]
