from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.engine.slots import JITTER, LEAST, MOST, NOTHING, due_now, due_slots, newest_slot

MEMORY = timedelta(minutes=15)


def test_the_newest_slot_has_its_whole_window_collected() -> None:
    assert newest_slot(600, 60, 60) == 540
    assert newest_slot(599, 60, 60) == 480
    assert newest_slot(600, 300, 300) == 300


def test_slots_follow_each_other_without_a_gap() -> None:
    assert list(due_slots(600, 780, 60, MEMORY).slots) == [660, 720, 780]


def test_a_subject_that_is_new_begins_with_the_newest_slot() -> None:
    assert list(due_slots(None, 780, 60, MEMORY).slots) == [780]


def test_a_slot_that_is_not_later_is_nothing_to_do() -> None:
    assert due_slots(780, 780, 60, MEMORY) is NOTHING
    assert due_slots(840, 780, 60, MEMORY) is NOTHING


def test_after_a_long_absence_only_what_still_matters_is_stepped_and_the_rest_is_counted() -> None:
    due = due_slots(0, 60 * 1000, 60, MEMORY)

    assert len(due.slots) == LEAST
    assert due.slots[-1] == 60_000
    assert due.missed == 1000 - LEAST


def test_a_long_hold_is_remembered_after_an_absence() -> None:
    assert len(due_slots(0, 60 * 1000, 60, timedelta(hours=6)).slots) == 362
    assert len(due_slots(0, 60 * 9000, 60, timedelta(days=6)).slots) == MOST


def test_the_present_is_judged_once_a_slot() -> None:
    assert list(due_now(None, 119, 60).slots) == [60]
    assert due_now(60, 119, 60) is NOTHING
    assert list(due_now(60, 120, 60).slots) == [120]


def test_slots_of_the_present_that_went_by_are_counted() -> None:
    due = due_now(60, 60 + 600, 60)

    assert (list(due.slots), due.missed) == ([660], 9)


def test_a_clock_that_wavers_is_waited_for_and_one_that_was_set_back_is_followed() -> None:
    assert due_now(6000, 6000 - JITTER + 60, 60) is NOTHING
    due = due_now(6000, 6000 - 3600, 60)
    assert (list(due.slots), due.back) == ([2400], 3660)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from([30, 60, 300]), st.integers(0, 86_400))
def test_slots_are_aligned_later_than_the_last_and_none_is_lost(last: int, ahead: int, every: int, memory: int) -> None:
    newest = (last + ahead) // every * every
    due = due_slots(last, newest, every, timedelta(seconds=memory))

    assert all(slot % every == 0 and last < slot <= newest for slot in due.slots)
    assert len(due.slots) + due.missed == max(0, newest // every - last // every)
