"""M of N with missing data: the tables of the CloudWatch User Guide row by row, and what must hold of any range."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.base import Outcome
from alerts.rules.missing import SPARE, Missing, decide

OK, ALARM, INSUFFICIENT, RETAIN = Outcome.CLEAR, Outcome.BREACH, Outcome.NO_DATA, Outcome.KEEP
POLICIES = (Missing.MISSING, Missing.IGNORE, Missing.BREACHING, Missing.NOT_BREACHING)

# (points, how many must be filled, and the state under missing, ignore, breaching, not breaching): the user guide's
# "How alarm state is evaluated when data is missing", evaluation range 5.
THREE_OF_THREE = [
    ("0 - X - X", 0, (OK, OK, OK, OK)),
    ("0 - - - -", 2, (OK, OK, OK, OK)),
    ("- - - - -", 3, (INSUFFICIENT, RETAIN, ALARM, OK)),
    ("0 X X - X", 0, (ALARM, ALARM, ALARM, ALARM)),
    ("- - X - -", 2, (ALARM, RETAIN, ALARM, OK)),
]
TWO_OF_THREE = [
    ("0 - X - X", 0, (ALARM, ALARM, ALARM, ALARM)),
    ("0 0 X 0 X", 0, (ALARM, ALARM, ALARM, ALARM)),
    ("0 - X - -", 1, (OK, OK, ALARM, OK)),
    ("- - - - 0", 2, (OK, OK, ALARM, OK)),
    ("- - - X -", 2, (ALARM, RETAIN, ALARM, OK)),
]
# An older edition of the guide had these rows too; they agree with the text of the newer one.
OLDER = [("X - - - -", 2, (ALARM, RETAIN, ALARM, OK))]


def places(text: str) -> list[bool | None]:
    return [{"X": True, "0": False, "-": None}[mark] for mark in text.split()]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("m", "text", "filled", "states"),
    [(3, *row) for row in THREE_OF_THREE + OLDER] + [(2, *row) for row in TWO_OF_THREE],
)
def test_the_user_guides_tables_hold_row_by_row(
    m: int, text: str, filled: int, states: tuple[Outcome, ...], policy: Missing
) -> None:
    decision = decide(places(text), m, 3, policy)
    assert decision.outcome is states[POLICIES.index(policy)]
    assert decision.filled == filled


@pytest.mark.parametrize("text", ["- - - - X", "- - - X -"])
def test_a_young_breach_after_silence_does_not_alarm_at_once(text: str) -> None:
    """The guide's "avoiding premature transitions": the next point may be fine. Nor does it end what fires."""
    assert decide(places(text), 3, 3, Missing.MISSING).outcome is Outcome.KEEP


@pytest.mark.parametrize("text", ["- - - X 0", "- - X - 0"])
def test_a_fine_point_behind_it_clears(text: str) -> None:
    assert decide(places(text), 3, 3, Missing.MISSING).outcome is Outcome.CLEAR


def test_an_early_alarm_says_so() -> None:
    assert decide(places("- - X - -"), 3, 3, Missing.MISSING).early
    assert not decide(places("0 X X - X"), 3, 3, Missing.MISSING).early


def test_one_of_one_keeps_to_its_newest_point_until_the_range_is_empty() -> None:
    said = [decide(places(text), 1, 1, Missing.MISSING).outcome for text in ("0 0 X", "0 X -", "X - -", "- - -")]
    assert said == [ALARM, ALARM, ALARM, INSUFFICIENT]


@st.composite
def ranges(draw: st.DrawFn) -> tuple[list[bool | None], int, int]:
    n = draw(st.integers(1, 8))
    m = draw(st.integers(1, n))
    marks = st.sampled_from([True, False, None])
    return draw(st.lists(marks, min_size=n + SPARE, max_size=n + SPARE)), m, n


ORDER = [Outcome.CLEAR, Outcome.NO_DATA, Outcome.KEEP, Outcome.BREACH]


@given(ranges(), st.sampled_from(POLICIES), st.data())
def test_a_point_that_turns_bad_never_clears_an_alarm(
    drawn: tuple[list[bool | None], int, int], policy: Missing, data: st.DataObject
) -> None:
    marks, m, n = drawn
    fine = [place for place, mark in enumerate(marks) if mark is False]
    worse = list(marks)
    for place in data.draw(st.sets(st.sampled_from(fine))) if fine else ():
        worse[place] = True
    before, after = decide(marks, m, n, policy).outcome, decide(worse, m, n, policy).outcome
    assert ORDER.index(after) >= ORDER.index(before)


@given(ranges(), st.sampled_from(POLICIES))
def test_a_higher_m_never_alarms_sooner(drawn: tuple[list[bool | None], int, int], policy: Missing) -> None:
    marks, m, n = drawn
    if m < n and decide(marks, m + 1, n, policy).outcome is ALARM:
        assert decide(marks, m, n, policy).outcome is ALARM


@given(ranges())
def test_with_n_real_points_the_policy_does_not_matter(drawn: tuple[list[bool | None], int, int]) -> None:
    marks, m, n = drawn
    if sum(mark is not None for mark in marks) >= n:
        decisions = {decide(marks, m, n, policy) for policy in POLICIES}
        assert len(decisions) == 1
        assert next(iter(decisions)).filled == 0


@given(ranges())
def test_breaching_alarms_whenever_any_policy_does(drawn: tuple[list[bool | None], int, int]) -> None:
    marks, m, n = drawn
    if any(decide(marks, m, n, policy).outcome is ALARM for policy in POLICIES):
        assert decide(marks, m, n, Missing.BREACHING).outcome is ALARM


@given(ranges())
def test_only_a_range_without_any_point_has_no_data(drawn: tuple[list[bool | None], int, int]) -> None:
    marks, m, n = drawn
    is_empty = all(mark is None for mark in marks)
    assert (decide(marks, m, n, Missing.MISSING).outcome is INSUFFICIENT) == is_empty
