"""What a thousand requests cost, on days of which enough is known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from finops.config import CostSettings
from finops.round import Around
from finops.unit import update
from finops.unit.updating import per_thousand
from store import Store, open_store
from store.money import CostObservation, CostRead, UnitCost, UnitCostDay, View
from store.stack import Stack
from store.vocabulary import Absent, Cursor, Gap, Series, SeriesKey

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
FIRST = date(2026, 11, 18)
START = int(datetime(2026, 11, 18, tzinfo=UTC).timestamp())
DAY = 86_400


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'money.db'}") as one:
        one.migrate()
        days = [FIRST + timedelta(days=number) for number in range(6)]
        costs = [
            CostObservation("main", View.ENVIRONMENT, day, (name, "EC2"), "USD", cost, cost, cost, NOW)
            for day in days
            for name, cost in (("prod", Decimal(12)), ("dev", Decimal(99)))
        ]
        one.costs.record(CostRead("main", View.ENVIRONMENT, FIRST, NOW.date(), NOW, 1), costs)
        yield one


def balancer(name: str = "lb", environment: str = "prod", absent: Absent = Absent.ZERO) -> Series:
    dimensions = (("LoadBalancer", name),)
    key = SeriesKey("main", "ap-northeast-2", "AWS/ApplicationELB", "RequestCount", dimensions, "Sum")
    return Series(key, 300, absent, environment=environment)


def counted(store: Store, series: Series, a_day: float, start: int = START, gaps: tuple[Gap, ...] = ()) -> None:
    """So many a day, in one busy hour at noon; the rest of the day was quiet."""
    end = START + 6 * DAY
    points = [(at + DAY // 2 + step * 300, a_day / 12) for at in range(start, end, DAY) for step in range(12)]
    store.series.upsert([series])
    cursor = Cursor(series.id, collected_from=start, collected_to=end, backfill_to=start, next_due=start)
    store.commit_collection(samples={series.id: points}, cursors=[cursor], gaps={series.id: gaps}, claim=None)


def report(store: Store) -> dict[date, UnitCostDay]:
    settings = CostSettings.model_validate({"unit": [{"name": "requests", "environment": "prod"}]})
    update(Around(store, Stack(), settings), NOW)
    found = store.reports.get(UnitCost, "requests")
    assert found is not None
    return {one.day: one for one in found.days}


def test_a_days_cost_is_divided_by_what_all_load_balancers_of_the_environment_served(store: Store) -> None:
    counted(store, balancer(), 3000)
    counted(store, balancer("second"), 1000)
    counted(store, balancer("dev", "dev"), 7777)
    found = report(store)
    assert found[FIRST] == UnitCostDay(FIRST, Decimal(12), Decimal(4000), Decimal(3))
    assert sorted(found) == [FIRST + timedelta(days=number) for number in range(6)]


def test_a_day_with_a_gap_is_not_divided(store: Store) -> None:
    counted(store, balancer(), 3000, gaps=(Gap(START + DAY, START + DAY + 7200, "throttled"),))
    assert FIRST + timedelta(days=1) not in report(store)


def test_where_absence_is_unknown_the_hours_that_have_points_are_what_is_known(store: Store) -> None:
    counted(store, balancer(absent=Absent.UNKNOWN), 3000)
    assert report(store) == {}


def test_a_day_before_collecting_began_is_unknown(store: Store) -> None:
    counted(store, balancer(), 3000, start=START + 2 * DAY)
    assert min(report(store)) == FIRST + timedelta(days=2)


def test_a_load_balancer_that_came_later_leaves_the_days_before_it_whole(store: Store) -> None:
    counted(store, balancer(), 3000)
    counted(store, balancer("second"), 1000, start=START + 3 * DAY)
    found = report(store)
    assert [found[FIRST + timedelta(days=number)].units for number in (0, 4)] == [3000, 4000]


def test_nothing_served_has_no_price(store: Store) -> None:
    counted(store, balancer(), 0)
    assert report(store)[FIRST].per_thousand is None
    assert per_thousand(Decimal(5), Decimal(0)) is None


def test_without_the_metric_there_are_no_days(store: Store) -> None:
    assert report(store) == {}
