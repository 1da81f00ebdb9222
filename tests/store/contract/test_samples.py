from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import (
    Absent,
    BadSample,
    Cursor,
    Gap,
    HourPoint,
    Series,
    SeriesKey,
    Store,
    UnknownSeries,
    Written,
    open_store,
)
from store.config import Retention

MIDNIGHT = int(datetime(2026, 11, 23, tzinfo=UTC).timestamp())
DAY = 86400


def series(name: str = "i-1", *, stat: str = "Average", period: int = 60, absent: Absent = Absent.UNKNOWN) -> Series:
    return Series(SeriesKey("main", "eu-west-1", "AWS/EC2", "CPU", (("InstanceId", name),), stat), period, absent)


def declared(store: Store, *given: Series) -> list[str]:
    store.series.upsert(given)
    return [one.id for one in given]


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def pairs(store: Store, series_id: str, start: int, end: int, step: int | None = None) -> list[tuple[int, float]]:
    return store.samples.read([series_id], start, end, step=step)[series_id].pairs()


def settle(store: Store, now: int) -> None:
    store.samples.seal(at(now))
    store.samples.compact(at(now))


def test_what_is_written_is_read_in_the_window_only(store: Store) -> None:
    [one] = declared(store, series())
    points = [(MIDNIGHT + 60 * place, place / 3) for place in range(10)]
    assert store.samples.write({one: points}) == Written(new=10)
    assert pairs(store, one, MIDNIGHT + 60, MIDNIGHT + 180) == points[1:3]


def test_writing_again_counts_what_was_revised(store: Store) -> None:
    [one] = declared(store, series())
    store.samples.write({one: [(MIDNIGHT, 1.0), (MIDNIGHT + 60, 2.0)]})
    again = {one: [(MIDNIGHT, 1.0), (MIDNIGHT + 60, 2.5), (MIDNIGHT + 120, 3.0)]}
    assert store.samples.write(again) == Written(new=1, revised=1, same=1)
    settle(store, MIDNIGHT + 3 * DAY)
    assert store.samples.write(again | {one: [*again[one][:2], (MIDNIGHT + 120, 4.0)]}) == Written(revised=1, same=2)
    assert pairs(store, one, MIDNIGHT, MIDNIGHT + DAY)[-1] == (MIDNIGHT + 120, 4.0)


def test_points_off_every_grid_come_back_as_written(store: Store) -> None:
    one, two = declared(store, series(period=300), series("i-2", period=60))
    start = MIDNIGHT + 14 * 3600 + 27 * 60
    slow = [(start + 300 * place, float(place)) for place in range(300)]
    odd = [(start + place * place * 7 % 80000, place / 9) for place in range(200)]
    wanted = dict(odd)
    store.samples.write({one: slow, two: odd})
    for now in (start, start + DAY, start + 3 * DAY):
        settle(store, now)
        assert pairs(store, one, start, start + 2 * DAY) == slow
        assert dict(pairs(store, two, start, start + 2 * DAY)) == wanted


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused_and_nothing_is_kept(store: Store, value: float) -> None:
    one, two = declared(store, series(), series("i-2"))
    with pytest.raises(BadSample, match=one):
        store.samples.write({two: [(MIDNIGHT, 1.0)], one: [(MIDNIGHT, value)]})
    assert pairs(store, two, 0, MIDNIGHT + DAY) == []


@pytest.mark.parametrize("time", [float(MIDNIGHT), MIDNIGHT + 0.5, str(MIDNIGHT)])
def test_a_time_that_is_no_int_is_refused(store: Store, time: Any) -> None:  # noqa: ANN401  of a caller that mypy did not check
    [one] = declared(store, series())
    with pytest.raises(BadSample, match=one):
        store.samples.write({one: [(time, 1.0)]})
    assert pairs(store, one, 0, MIDNIGHT + DAY) == []


@pytest.mark.parametrize("stat", ["Average", "Sum", "Maximum", "Minimum"])
def test_hours_have_the_same_bits_before_and_after_sealing(store: Store, stat: str) -> None:
    [one] = declared(store, series(stat=stat))
    store.samples.write({one: [(MIDNIGHT + 60 * place, place / 7 - 9) for place in range(6 * 60) if place % 11]})
    before = pairs(store, one, MIDNIGHT, MIDNIGHT + DAY, step=3600)
    assert len(before) == 6
    store.samples.seal(at(MIDNIGHT + 5 * 3600))
    assert pairs(store, one, MIDNIGHT, MIDNIGHT + DAY, step=3600) == before
    longer = pairs(store, one, MIDNIGHT, MIDNIGHT + DAY, step=2 * 3600)
    store.samples.seal(at(MIDNIGHT + DAY))
    assert pairs(store, one, MIDNIGHT, MIDNIGHT + DAY, step=2 * 3600) == longer


def test_the_size_grows_with_what_is_kept(store: Store) -> None:
    [one] = declared(store, series())
    before = store.size()
    store.samples.write({one: [(MIDNIGHT + 60 * place, place / 7) for place in range(20_000)]})
    assert store.size() > before > 0


def test_a_series_that_nobody_declared_is_refused(store: Store) -> None:
    with pytest.raises(UnknownSeries, match="s0"):
        store.samples.write({"s0": [(MIDNIGHT, 1.0)]})


def test_a_late_point_reopens_its_chunk_and_its_hour(store: Store) -> None:
    [one] = declared(store, series())
    store.samples.write({one: [(MIDNIGHT + 60 * place, 1.0) for place in range(60) if place != 7]})
    for now in (MIDNIGHT + 3 * 3600, MIDNIGHT + 2 * DAY):
        settle(store, now)
    assert store.samples.write({one: [(MIDNIGHT + 420, 9.0)]}) == Written(new=1)
    assert (MIDNIGHT + 420, 9.0) in pairs(store, one, MIDNIGHT, MIDNIGHT + 3600)
    assert store.samples.hourly([one], MIDNIGHT, MIDNIGHT + DAY) == {one: [HourPoint(MIDNIGHT, 60, 68.0, 1.0, 9.0)]}


def test_hours_are_the_same_before_and_after_sealing(store: Store) -> None:
    [one] = declared(store, series())
    store.samples.write({one: [(MIDNIGHT + 60 * place, float(place)) for place in range(200)]})
    before = store.samples.hourly([one], MIDNIGHT, MIDNIGHT + DAY)
    assert [(hour.time, hour.count) for hour in before[one]] == [
        (MIDNIGHT, 60), (MIDNIGHT + 3600, 60), (MIDNIGHT + 7200, 60), (MIDNIGHT + 10800, 20),
    ]  # fmt: skip
    settle(store, MIDNIGHT + 2 * DAY)
    assert store.samples.hourly([one], MIDNIGHT, MIDNIGHT + DAY) == before


def test_a_step_gives_the_aggregate_of_the_statistic(store: Store) -> None:
    ids = declared(store, *(series(stat=stat) for stat in ("Sum", "Maximum", "Minimum", "p95")))
    store.samples.write({one: [(MIDNIGHT, 1.0), (MIDNIGHT + 60, 4.0), (MIDNIGHT + 300, 2.0)] for one in ids})
    found = [pairs(store, one, MIDNIGHT + 60, MIDNIGHT + 301, step=300) for one in ids]
    assert found == [[(MIDNIGHT, value), (MIDNIGHT + 300, 2.0)] for value in (5.0, 4.0, 1.0, 2.5)]


def test_absence_that_means_zero_is_filled_where_it_was_collected(store: Store) -> None:
    [one] = declared(store, series(stat="Sum", absent=Absent.ZERO))
    end = MIDNIGHT + 600
    store.commit_collection(
        samples={one: [(MIDNIGHT + 120, 5.0)]},
        cursors=[Cursor(one, MIDNIGHT, end, 0, end)],
        gaps={one: [Gap(MIDNIGHT + 240, MIDNIGHT + 480, "throttled")]},
        claim=None,
    )
    found = pairs(store, one, MIDNIGHT - 600, end + 600)
    assert found == [(MIDNIGHT + time, 5.0 if time == 120 else 0.0) for time in (0, 60, 120, 180, 480, 540)]
    assert store.samples.gaps(one, 0, end + 600) == [Gap(MIDNIGHT + 240, MIDNIGHT + 480, "throttled")]
    assert store.samples.latest([one], now=at(end)) == {one: (MIDNIGHT + 540, 0.0)}


def test_absence_that_means_unknown_is_a_gap_where_it_was_collected(store: Store) -> None:
    [one] = declared(store, series())
    points = [(MIDNIGHT + 60 * place, 1.0) for place in range(10) if place not in (3, 4)]
    cursors = [Cursor(one, MIDNIGHT - 120, MIDNIGHT + 600, 0, 0)]
    store.commit_collection(samples={one: points}, cursors=cursors, gaps={}, claim=None)
    gaps = [(gap.start - MIDNIGHT, gap.end - MIDNIGHT) for gap in store.samples.gaps(one, 0, MIDNIGHT + DAY)]
    assert gaps == [(-120, 0), (180, 300)]


def test_gaps_that_touch_are_joined_in_any_order(store: Store) -> None:
    [one] = declared(store, series())
    for start in (300, 0, 600, 120):
        store.samples.write_gaps({one: [Gap(MIDNIGHT + start, MIDNIGHT + start + 300, "outage")]})
    assert store.samples.gaps(one, 0, MIDNIGHT + DAY) == [Gap(MIDNIGHT, MIDNIGHT + 900, "outage")]


def test_the_latest_is_found_in_the_head_and_in_chunks(store: Store) -> None:
    fresh, stale, gone = declared(store, series(), series("i-2", period=300), series("i-3"))
    store.samples.write({fresh: [(MIDNIGHT + 7200, 1.0), (MIDNIGHT + 7260, 2.0)], stale: [(MIDNIGHT + 60, 3.0)]})
    store.samples.write({gone: [(MIDNIGHT - DAY, 4.0)]})
    found = store.samples.latest([fresh, stale, gone, "s0"], now=at(MIDNIGHT + 7300), within=7300)
    assert found == {fresh: (MIDNIGHT + 7260, 2.0), stale: (MIDNIGHT + 60, 3.0)}


def test_age_coarsens_by_the_statistic_and_drops_in_the_end(store: Store) -> None:
    ids = declared(store, *(series(stat=stat) for stat in ("Sum", "Maximum", "Minimum", "Average")))
    store.samples.write({one: [(MIDNIGHT + 60 * place, float(place)) for place in range(120)] for one in ids})
    hours = store.samples.hourly(ids, MIDNIGHT, MIDNIGHT + DAY)
    policy = Retention()
    settle(store, MIDNIGHT + 17 * DAY)
    store.samples.retain(at(MIDNIGHT + 17 * DAY), policy)
    assert [pairs(store, one, 0, MIDNIGHT + DAY)[1] for one in ids] == [
        (MIDNIGHT + 300, value) for value in (35.0, 9.0, 5.0, 7.0)
    ]
    store.samples.retain(at(MIDNIGHT + 65 * DAY), policy)
    settle(store, MIDNIGHT + 65 * DAY)
    store.samples.retain(at(MIDNIGHT + 65 * DAY), policy)
    assert [pairs(store, one, 0, MIDNIGHT + DAY) for one in ids] == [
        [(MIDNIGHT, a), (MIDNIGHT + 3600, b)] for a, b in ((1770.0, 5370.0), (59.0, 119.0), (0.0, 60.0), (29.5, 89.5))
    ]
    assert store.samples.hourly(ids, MIDNIGHT, MIDNIGHT + DAY) == hours
    store.samples.retain(at(MIDNIGHT + 457 * DAY), policy)
    assert pairs(store, ids[0], 0, MIDNIGHT + DAY) == []
    assert store.samples.hourly(ids[:1], MIDNIGHT, MIDNIGHT + DAY) == {ids[0]: []}


def test_coarsening_keeps_zeros_in_a_mean_and_fills_at_the_coarser_step(store: Store) -> None:
    [one] = declared(store, series(stat="Average", absent=Absent.ZERO))
    cursor = Cursor(one, MIDNIGHT, MIDNIGHT + 1200, 0, 0)
    store.commit_collection(samples={one: [(MIDNIGHT + 60, 10.0)]}, cursors=[cursor], gaps={}, claim=None)
    settle(store, MIDNIGHT + 17 * DAY)
    store.samples.retain(at(MIDNIGHT + 17 * DAY), Retention())
    found = pairs(store, one, 0, MIDNIGHT + DAY)
    assert found == [(MIDNIGHT, 2.0), (MIDNIGHT + 300, 0.0), (MIDNIGHT + 600, 0.0), (MIDNIGHT + 900, 0.0)]


def test_a_daily_series_is_never_made_finer_or_coarser(store: Store) -> None:
    [one] = declared(store, series(period=DAY))
    points = [(MIDNIGHT + DAY * place, float(place)) for place in range(30)]
    store.samples.write({one: points})
    settle(store, MIDNIGHT + 90 * DAY)
    store.samples.retain(at(MIDNIGHT + 90 * DAY), Retention())
    assert pairs(store, one, 0, MIDNIGHT + 99 * DAY) == points


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("template") / "store.db"
    with open_store(f"sqlite:///{path}") as opened:
        opened.migrate()
        opened.series.upsert([series()])
    return path


WRITES = st.lists(
    st.one_of(
        st.lists(st.tuples(st.integers(0, 4 * 1440), st.floats(-1e9, 1e9)), min_size=1, max_size=20),
        st.integers(0, 6 * 24).map(lambda hours: ("settle", hours)),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes=WRITES)
def test_any_order_of_writing_and_sealing_reads_the_same(template: Path, writes: list[object]) -> None:
    one = series().id
    model: dict[int, float] = {}
    with TemporaryDirectory() as folder:
        shutil.copy(template, folder)
        with open_store(f"sqlite:///{folder}/store.db") as store:
            for write in writes:
                if isinstance(write, tuple):
                    settle(store, MIDNIGHT + write[1] * 3600)
                    continue
                points = [(MIDNIGHT + 60 * minute, value) for minute, value in write]  # type: ignore[attr-defined]
                store.samples.write({one: points})
                model |= dict(points)
            assert pairs(store, one, 0, MIDNIGHT + 9 * DAY) == sorted(model.items())
            hourly = store.samples.hourly([one], 0, MIDNIGHT + 9 * DAY)[one]
            assert [(hour.time, hour.low, hour.high) for hour in hourly] == by_hour(model)
            newest = store.samples.latest([one], now=MIDNIGHT + 9 * DAY, within=9 * DAY)
            assert newest == ({one: max(model.items())} if model else {})


def by_hour(model: dict[int, float]) -> list[tuple[int, float, float]]:
    hours: dict[int, list[float]] = {}
    for time, value in model.items():
        hours.setdefault(time // 3600 * 3600, []).append(value)
    return [(hour, min(some), max(some)) for hour, some in sorted(hours.items())]


def test_policy_is_checked() -> None:
    with pytest.raises(ValueError, match="must grow"):
        Retention(full=timedelta(days=70))
