from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from store import Gap
from store.samples.spans import clip, merge_gaps, subtract, union

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


def seconds(spans: list[tuple[int, int]]) -> set[int]:
    return {second for start, end in spans for second in range(start, end)}


@given(spans=SPANS)
def test_a_union_keeps_the_seconds_in_disjoint_order(spans: list[tuple[int, int]]) -> None:
    merged = union(spans)
    assert seconds(merged) == seconds(spans)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(merged))


@given(first=SPANS, second=SPANS)
def test_subtracting_leaves_what_only_the_first_has(
    first: list[tuple[int, int]], second: list[tuple[int, int]]
) -> None:
    assert seconds(subtract(union(first), union(second))) == seconds(first) - seconds(second)


@given(spans=SPANS, start=st.integers(0, 60), end=st.integers(0, 60))
def test_clipping_leaves_what_lies_inside(spans: list[tuple[int, int]], start: int, end: int) -> None:
    assert seconds(clip(union(spans), start, end)) == seconds(spans) & set(range(start, end))


@given(gaps=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.sampled_from("ab")), max_size=8))
def test_merged_gaps_cover_the_same_and_never_overlap(gaps: list[tuple[int, int, str]]) -> None:
    merged = merge_gaps(Gap(*gap) for gap in gaps)
    assert seconds([(gap.start, gap.end) for gap in merged]) == seconds([gap[:2] for gap in gaps])
    assert all(before.end <= after.start for before, after in itertools.pairwise(merged))
