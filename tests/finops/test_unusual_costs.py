from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops.anomalies import update
from finops.anomalies.detecting import Limits, find
from finops.config import CostSettings
from finops.round import Around
from finops.series import DAY
from store import Store, open_store
from store.money import CostObservation, CostRead, Drift, View
from store.stack import Stack
from store.vocabulary import Event

FIRST = date(2026, 8, 1)
TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LIMITS = Limits(sensitivity=4.0, history=14, minimum=1.0)


def quiet(days: int, level: float = 10.0) -> list[float]:
    return [
        level * (1.0 if (FIRST + n * DAY).weekday() < 5 else 0.6) * (1 + 0.01 * ((n * 7) % 5 - 2)) for n in range(days)
    ]


def days(count: int) -> list[date]:
    return [FIRST + number * DAY for number in range(count)]


def test_a_quiet_year_of_weekdays_and_weekends_raises_nothing() -> None:
    assert find(days(365), quiet(365), LIMITS) == []


def test_a_jump_is_found_on_its_first_day_and_ends_when_it_is_over() -> None:
    amounts = quiet(100)
    for place in range(60, 65):
        amounts[place] += 8
    [one] = find(days(100), amounts, LIMITS)
    assert (one.kind, one.start, one.end, one.open) == (Drift.JUMP, FIRST + 60 * DAY, FIRST + 65 * DAY, False)
    assert one.impact == pytest.approx(40, rel=0.05)
    [now] = find(days(61), amounts[:61], LIMITS)
    assert now.open


def test_a_slow_drift_is_found_by_what_adds_up() -> None:
    amounts = [one * (1.012 ** max(0, n - 60)) for n, one in enumerate(quiet(100))]
    found = find(days(100), amounts, LIMITS)
    assert found
    assert found[0].start >= FIRST + 55 * DAY
    assert found[0].kind is Drift.DRIFT


def test_a_charge_of_each_month_is_known_after_some_months() -> None:
    amounts = [one + (9 if day.day == 1 else 0) for day, one in zip(days(200), quiet(200), strict=True)]
    assert all(one.start < FIRST + 130 * DAY for one in find(days(200), amounts, LIMITS))


@settings(max_examples=15, deadline=None)
@given(
    jump=st.integers(min_value=20, max_value=60),
    size=st.floats(min_value=5, max_value=50),
    later=st.lists(st.floats(min_value=0, max_value=100), min_size=1, max_size=8),
)
def test_what_was_over_is_not_changed_by_what_comes(jump: int, size: float, later: list[float]) -> None:
    amounts = quiet(70)
    amounts[jump] += size
    before = [one for one in find(days(70), amounts, LIMITS) if not one.open]
    after = find(days(70 + len(later)), [*amounts, *later], LIMITS)
    assert after[: len(before)] == before


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'money.db'}") as one:
        one.migrate()
        yield one


def fill(
    store: Store, *, extra: dict[date, Decimal], now: datetime = NOW, usage: str = "APN2-NatGateway-Bytes"
) -> None:
    """A read of every view until today: a NAT gateway in prod that costs `extra` more on some days."""
    end = now.date() + DAY
    every = {
        View.TOTAL: (),
        View.USAGE: ("EC2 - Other", usage),
        View.COMPONENT: ("network", "EC2 - Other"),
        View.ENVIRONMENT: ("prod", "EC2 - Other"),
        View.PLACE: ("network", "prod"),
        View.CHARGE: ("main", "Usage"),
    }
    for view, keys in every.items():
        lines = []
        for number, level in enumerate(quiet((now.date() - FIRST).days)):
            day = FIRST + number * DAY
            amount = Decimal(f"{level:.6f}") + extra.get(day, Decimal(0))
            lines.append(CostObservation("main", view.value, day, keys, "USD", amount, amount, amount, now, True))
        store.costs.record(CostRead("main", view.value, FIRST, end, now, 1), lines)


def around(store: Store, **costs: object) -> Around:
    stack = Stack.model_validate({"environments": {"prod": {}}, "components": {"network": {}}})
    return Around(store, stack, CostSettings.model_validate(costs))


JUMP = {TODAY - n * DAY: Decimal(15) for n in (4, 3, 2)}


def test_one_jump_is_told_once_at_its_place_with_its_usage_type_and_the_change_before_it(store: Store) -> None:
    deploy = Event("d1", datetime(2026, 11, 20, 8, tzinfo=UTC), "deploy.started", "Deploy 42", environment="prod")
    store.events.add(deploy)
    fill(store, extra=JUMP)
    update(around(store), NOW)
    [one] = store.anomalies.find()
    assert one.scope == "place:network,prod"
    assert (one.environment, one.component, one.service) == ("prod", "network", "EC2 - Other")
    assert (one.usage_type, one.event) == ("APN2-NatGateway-Bytes", "d1")
    assert one.start == TODAY - 4 * DAY
    assert one.impact == pytest.approx(Decimal(45), abs=2)
    assert str(one.cause).startswith("APN2-NatGateway-Bytes grew by ")
    assert str(one.cause).endswith("since Deploy 42")
    update(around(store), NOW + timedelta(hours=6))
    assert [again.id for again in store.anomalies.find()] == [one.id]


def test_the_newest_days_are_not_complete_and_raise_nothing(store: Store) -> None:
    fill(store, extra={TODAY - DAY: Decimal(-8), TODAY - 2 * DAY: Decimal(0)})
    update(around(store), NOW)
    assert store.anomalies.find() == []


def test_what_is_as_expected_again_is_closed(store: Store) -> None:
    fill(store, extra=JUMP)
    update(around(store), NOW)
    later = NOW + timedelta(days=4)
    fill(store, extra=JUMP, now=later)
    update(around(store), later)
    [one] = store.anomalies.find()
    assert not one.open


def test_a_planned_event_mutes_and_is_named_unless_it_costs_more_than_planned(store: Store) -> None:
    fill(store, extra=JUMP)
    event = {"name": "load test", "from": TODAY - 5 * DAY, "to": TODAY, "environment": "prod"}
    update(around(store, planned=[{**event, "amount": 100}]), NOW)
    assert [one.muted for one in store.anomalies.find()] == ["load test"]
    update(around(store, planned=[{**event, "amount": 10}]), NOW)
    assert [one.muted for one in store.anomalies.find()] == [""]


def test_less_than_the_minimum_is_not_told(store: Store) -> None:
    fill(store, extra=JUMP)
    update(around(store, anomalies={"minimum": 60}), NOW)
    assert store.anomalies.find() == []
