from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.delivery.retry import LONGEST, Again, GiveUp, backoff, deadline, decide
from alerts.errors import Busy, Refused, Unreachable
from store.alerting import NoticeKind
from tests.alerts.delivery.notices import AT, delivery_of, notice

DAY = timedelta(days=1)


@given(failures=st.integers(0, 10_000), share=st.floats(0, 1, exclude_max=True))
def test_no_wait_is_longer_than_a_minute_or_below_nothing(failures: int, share: float) -> None:
    assert 0 <= backoff(failures, share) <= LONGEST


@pytest.mark.parametrize(("failures", "longest"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (500, 60)])
def test_waits_double_with_full_jitter(failures: int, longest: float) -> None:
    assert backoff(failures, 0.0) == 0
    assert backoff(failures, 0.5) == longest / 2


def test_a_resolve_is_tried_longer_than_a_firing() -> None:
    firing, resolve = delivery_of(notice()), delivery_of(notice(NoticeKind.RESOLVED))
    assert deadline(firing, DAY) == AT + DAY
    assert deadline(resolve, DAY) == AT + 7 * DAY
    wish = replace(firing, draft=replace(firing.draft, deadline=AT + timedelta(hours=1)))
    assert deadline(wish, DAY) == AT + timedelta(hours=1)
    assert deadline(wish, DAY, timedelta(minutes=5)) == AT + timedelta(hours=1, minutes=5)


@given(late=st.timedeltas(timedelta(0), timedelta(days=900)), seconds=st.floats(0, 1e9))
def test_a_channel_that_asks_to_wait_is_obeyed_and_never_given_up(late: timedelta, seconds: float) -> None:
    verdict = decide(Busy("", seconds), delivery_of(notice()), AT + late, until=AT, failures=9, share=0.9)
    assert isinstance(verdict, Again)
    assert verdict.pause == min(seconds, 3600)
    assert abs((verdict.at - AT - late).total_seconds() - verdict.pause) < 0.001


def test_a_refusal_ends_it_at_once() -> None:
    verdict = decide(Refused("gone"), delivery_of(notice()), AT, until=AT + DAY, failures=1, share=0.5)
    assert verdict == GiveUp(expired=False)


def test_what_cannot_be_reached_is_tried_until_the_deadline() -> None:
    away, row = Unreachable("away", ambiguous=True), delivery_of(notice(), attempts=3)
    before = decide(away, row, AT, until=AT + timedelta(seconds=1), failures=1, share=0.5)
    assert before == Again(AT + timedelta(seconds=2), 0.5)
    assert decide(away, row, AT, until=AT, failures=1, share=0.5) == GiveUp(expired=True)
