"""The planner: every minute once, within CloudWatch's limits, whatever happened to us."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.cap import Level, Rhythm
from collectors.config import Bill
from collectors.metrics.planner import (
    Plan,
    Reach,
    Reading,
    Terms,
    backfill_progress,
    next_poll,
    plan,
    plan_backfill,
)
from collectors.metrics.progress import answered, reached_back, unanswered
from collectors.metrics.queries import MAX_POINTS, MAX_QUERIES, build_queries, kept_regions
from collectors.series import Wanted
from store.vocabulary import Cursor, Series, SeriesKey

NOW = 1_800_000_000 - 1_800_000_000 % 86_400
DAY = 86_400
REACH = Reach(reread=1800, first=DAY, backfill=15 * DAY)
TERMS = Terms(REACH, Rhythm(300, 60, Bill()))


def wanted(number: int = 0, stat: str = "Sum", period: int = 60, **changes: object) -> Wanted:
    key = SeriesKey("main", "ap-northeast-2", "N", "M", (("D", str(number)),), stat)
    return replace(Wanted(key.id, Series(key, period), f"N|M|{number}"), **changes)  # type: ignore[arg-type]


def answer_all(made: Plan, cursors: dict[str, Cursor], now: int, claims: dict[str, list[tuple[int, int]]]) -> None:
    """What a CloudWatch that has every point would make of the cursors."""
    for request in made.requests:
        for reading in request.readings:
            name = reading.wanted.id
            before = cursors.get(name)
            after = answered(before, reading, reading.end - request.step, now)
            begin = before.collected_to if before else after.collected_from
            claims.setdefault(name, []).append((begin, after.collected_to))
            cursors[name] = after


def test_first_start_asks_for_the_last_day_and_leaves_the_rest_to_the_backfill() -> None:
    one = wanted()
    (request,) = plan([one], {}, NOW + 30, TERMS).requests
    assert (request.start, request.end, request.step) == (NOW - DAY, NOW, 60)
    cursor = answered(None, request.readings[0], NOW - 60, NOW)
    assert (cursor.collected_from, cursor.collected_to, cursor.backfill_to) == (NOW - DAY, NOW, NOW - 15 * DAY)


def test_each_poll_reads_the_last_half_hour_again() -> None:
    one = wanted()
    cursor = Cursor(one.id, NOW - DAY, NOW - 300, NOW - 15 * DAY, NOW)
    (request,) = plan([one], {one.id: cursor}, NOW, TERMS).requests
    assert (request.start, request.end) == (NOW - 300 - 1800, NOW)
    assert request.readings[0].claim == NOW - 300


def test_never_asks_for_the_minute_that_is_still_running() -> None:
    (request,) = plan([wanted()], {}, NOW + 59, TERMS).requests
    assert request.end == NOW


def test_a_clock_that_went_back_plans_nothing_and_says_so() -> None:
    one = wanted()
    cursor = Cursor(one.id, NOW - DAY, NOW, NOW - DAY, NOW + 300, last_success=NOW)
    made = plan([one], {one.id: cursor}, NOW - 7200, TERMS)
    assert made == Plan((), ahead=1)


def test_silence_of_the_last_minutes_is_no_answer_yet_but_a_point_is() -> None:
    one = wanted()
    reading = Reading(one, NOW - 600, NOW, 300, NOW + 300)
    before = Cursor(one.id, NOW - DAY, NOW - 600, NOW - DAY, 0)
    assert answered(before, reading, None, NOW).collected_to == NOW - 180
    assert answered(before, reading, NOW - 120, NOW).collected_to == NOW - 60


def test_an_answer_never_moves_a_cursor_back() -> None:
    one = wanted()
    before = Cursor(one.id, NOW - DAY, NOW, NOW - DAY, 0, last_success=NOW)
    assert answered(before, Reading(one, NOW - 600, NOW - 300, 300, NOW), None, NOW).collected_to == NOW


def test_a_failed_series_is_due_again_in_a_minute_then_ever_later() -> None:
    one = wanted()
    reading = Reading(one, NOW - 300, NOW, 300, NOW + 300)
    cursor = unanswered(Cursor(one.id, NOW - DAY, NOW - 300, NOW - DAY, NOW), reading, NOW)
    assert (cursor.collected_to, cursor.next_due, cursor.failures) == (NOW - 300, NOW + 60, 1)
    assert unanswered(cursor, reading, NOW).next_due == NOW + 120
    assert unanswered(replace(cursor, failures=50), reading, NOW).next_due == NOW + 300


def test_a_promoted_series_is_polled_every_minute_until_the_cap_says_no() -> None:
    one = wanted()
    cursor = Cursor(one.id, NOW - DAY, NOW - 60, NOW - DAY, NOW + 240, hot_until=NOW + 900, last_success=NOW - 60)
    (request,) = plan([one], {one.id: cursor}, NOW, TERMS).requests
    assert request.readings[0].next_due == NOW + 60
    assert not plan([one], {one.id: cursor}, NOW, replace(TERMS, level=Level.NO_EXTRAS)).requests


def test_all_statistics_of_a_metric_and_its_expression_stay_in_one_request() -> None:
    series = [wanted(number, stat) for number in range(200) for stat in ("Average", "p50", "p95")]
    place: dict[str, set[int]] = {}
    for index, request in enumerate(plan(series, {}, NOW, TERMS).requests):
        for one in request.wanted:
            place.setdefault(one.together, set()).add(index)
    assert all(len(indices) == 1 for indices in place.values())


def test_an_expression_uses_the_queries_of_its_inputs_and_adds_unseen_ones() -> None:
    errors, requests = wanted(1).series.key, wanted(2).series.key
    rate = wanted(3, expression="100 * FILL(errors, 0) / requests", inputs=(("errors", errors), ("requests", requests)))
    built = build_queries([wanted(1), rate], 60)
    assert [query["Id"] for query in built.queries] == ["q0", "q1", "q2"]
    assert built.queries[1]["ReturnData"] is False
    assert built.queries[2]["Expression"] == "100 * FILL(q0, 0) / q1"
    assert built.series == {"q0": wanted(1).id, "q2": rate.id}


def test_after_a_month_the_forgotten_minutes_come_at_five_and_the_fine_ones_follow() -> None:
    one = wanted()
    start = NOW - 30 * DAY
    cursors = {one.id: Cursor(one.id, start - DAY, start, start - DAY, start)}
    claims: dict[str, list[tuple[int, int]]] = {}
    steps = []
    while (made := plan([one], cursors, NOW, TERMS)).requests:
        steps.append(made.requests[0].step)
        answer_all(made, cursors, NOW, claims)
        if cursors[one.id].next_due > NOW:
            break
    assert set(steps) == {300, 60}
    assert steps == sorted(steps, reverse=True)
    assert cursors[one.id].collected_to == NOW
    edge = kept_regions(60, NOW)[0].since
    assert edge in {end for _, end in claims[one.id]}


def test_what_nobody_keeps_any_more_is_a_gap() -> None:
    one = wanted()
    cursor = Cursor(one.id, NOW - 600 * DAY, NOW - 500 * DAY, NOW - 600 * DAY, 0)
    (request,) = plan([one], {one.id: cursor}, NOW, TERMS).requests
    gap = request.readings[0].gap
    assert gap is not None
    assert gap.start == NOW - 500 * DAY
    assert gap.end == request.start
    assert request.step == 3600


def test_the_backfill_goes_newest_first_and_ends_where_it_should() -> None:
    one = wanted()
    cursors = {one.id: Cursor(one.id, NOW - DAY, NOW, NOW - 15 * DAY, 0)}
    ends, seen = [], 0.0
    while requests := plan_backfill([one], cursors, NOW):
        (request,) = requests
        ends.append(request.end)
        cursors[one.id] = reached_back(cursors[one.id], request.readings[0])
        assert backfill_progress([one], cursors) > seen
        seen = backfill_progress([one], cursors)
    assert ends == sorted(ends, reverse=True)
    assert cursors[one.id].collected_from == NOW - 15 * DAY
    assert seen == 1.0


def test_polls_are_spread_over_the_interval_and_keep_their_beat() -> None:
    beats = {next_poll(f"N|M|{number}", NOW, 300, 5) for number in range(200)}
    assert beats == {NOW + 60, NOW + 120, NOW + 180, NOW + 240, NOW + 300}
    due = next_poll("N|M|1", NOW, 300, 5)
    assert next_poll("N|M|1", due, 300, 5) == due + 300


@settings(max_examples=60, deadline=None)
@given(
    pauses=st.lists(st.integers(1, 40 * DAY), min_size=1, max_size=6),
    count=st.integers(1, 40),
    period=st.sampled_from([60, 300, 3600]),
    every=st.sampled_from([60, 300, 3600]),
)
def test_every_minute_is_claimed_exactly_once_whatever_the_outages(
    pauses: list[int], count: int, period: int, every: int
) -> None:
    series = [wanted(number, period=period) for number in range(count)]
    terms = Terms(REACH, Rhythm(every, 60, Bill()))
    cursors: dict[str, Cursor] = {}
    claims: dict[str, list[tuple[int, int]]] = {}
    now = NOW
    for pause in [0, *pauses]:
        now += pause
        for _ in range(400):
            made = plan(series, cursors, now, terms)
            check_limits(made, now)
            answer_all(made, cursors, now, claims)
            if not any(reading.next_due <= now for request in made.requests for reading in request.readings):
                break
        else:
            raise AssertionError("never catches up")
    for parts in claims.values():
        assert all(before[1] == after[0] for before, after in pairwise(parts))
    slack = max(every, period) + 60
    assert all(now - cursor.collected_to <= slack + period for cursor in cursors.values())


@settings(max_examples=40, deadline=None)
@given(
    ages=st.lists(st.integers(0, 400 * DAY), min_size=1, max_size=30),
    period=st.sampled_from([60, 300, 3600, DAY]),
    depth=st.integers(DAY, 450 * DAY),
)
def test_the_backfill_covers_everything_down_to_its_end_within_the_limits(
    ages: list[int], period: int, depth: int
) -> None:
    series = [wanted(number, period=period) for number in range(len(ages))]
    bottom = (NOW - depth) - (NOW - depth) % period
    cursors = {
        one.id: Cursor(one.id, (NOW - age) - (NOW - age) % period, NOW, bottom, 0)
        for one, age in zip(series, ages, strict=True)
    }
    for _ in range(500):
        requests = plan_backfill(series, cursors, NOW)
        if not requests:
            break
        check_limits(Plan(requests), NOW)
        for request in requests:
            for reading in request.readings:
                before = cursors[reading.wanted.id]
                after = reached_back(before, reading)
                assert after.collected_from < before.collected_from
                assert request.start <= after.collected_from
                cursors[reading.wanted.id] = after
    oldest = kept_regions(period, NOW)[-1].since
    assert all(cursor.collected_from <= max(bottom, oldest) for cursor in cursors.values())


def check_limits(made: Plan, now: int) -> None:
    for request in made.requests:
        assert request.start < request.end <= now
        assert request.start % request.step == request.end % request.step == 0
        assert len(build_queries(request.wanted, request.step).queries) <= MAX_QUERIES
        assert request.points <= MAX_POINTS
        kept_for = {60: 15 * DAY, 300: 63 * DAY}.get(request.step, 455 * DAY)
        assert now - request.start <= kept_for, (
            "CloudWatch answers nothing when the start is older than the step is kept"
        )
