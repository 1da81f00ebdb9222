"""Accepted savings and stops, entered and held against a bill of known truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from finops.ledger import Stop, record_stops, update
from finops.prices.book import load_book
from finops.series import DAY
from store import Store, open_store
from store.money import LedgerEntry, SavingState, View
from store.vocabulary import Status
from tests.finops.ledger_world import (
    CACHE,
    COMPUTE,
    FINAL_TO,
    FIRST,
    NOW,
    REGION,
    around,
    bill,
    database,
    grown,
    instance,
    listed,
    looked,
    saving,
)

ACCEPTED = date(2026, 10, 20)
DONE = date(2026, 10, 21)
DATABASES = "Amazon Relational Database Service"
NIGHT = datetime(2026, 11, 10, 13, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'money.db'}") as one:
        one.migrate()
        yield one


def cached(store: Store, saved: float = 5.0, until: date = date.max, **more: object) -> None:
    """Caches of dev and prod that grow alike; from the day after acceptance on, dev saves something."""
    costs = {
        ("dev", CACHE): lambda day: grown(20, day) - (saved if DONE <= day < until else 0),
        ("prod", CACHE): lambda day: grown(100, day),
    }
    bill(store, costs, **more)  # type: ignore[arg-type]


def entries(store: Store, kind: str = "saving") -> list[LedgerEntry]:
    return [one for one in store.ledger.between(FIRST, NOW.date()) if one.kind == kind]


def test_an_accepted_saving_is_verified_net_of_growth(store: Store) -> None:
    cached(store)
    store.savings.put([saving()])
    update(around(store), NOW)
    one = store.savings.get("idle:cache")
    assert one is not None
    assert one.state is SavingState.VERIFIED
    days = (FINAL_TO - DONE).days
    assert float(one.verified or 0) == pytest.approx(5 * days, rel=0.1)
    assert one.verified_to == FINAL_TO
    first, *_, last = entries(store)
    assert (first.day, last.day) == (DONE, NOW.date() - DAY), "the day of the decision is a part of a day"
    assert first.expected == Decimal("4.9999999890")
    assert last.billed is None, "estimated days are never verified"
    assert "dev, Amazon ElastiCache cost" in first.basis_note
    assert "was expected" in first.basis_note


def test_nothing_done_is_accepted_and_not_found_in_words(store: Store) -> None:
    cached(store, saved=0)
    store.savings.put([saving()])
    update(around(store), NOW)
    one = store.savings.get("idle:cache")
    assert one is not None
    assert (one.state, one.verified) == (SavingState.ACCEPTED, Decimal(0))
    assert entries(store)[0].billed == 0
    assert "not found in the bill" in entries(store)[0].basis_note


def test_nothing_is_verified_before_a_week_is_final(store: Store) -> None:
    cached(store, final_to=DONE + 6 * DAY)
    store.savings.put([saving()])
    update(around(store), NOW)
    one = store.savings.get("idle:cache")
    assert one is not None
    assert (one.state, one.verified, one.verified_to) == (SavingState.ACCEPTED, None, None)
    assert {entry.billed for entry in entries(store)} == {None}
    assert "6 of 7" in entries(store)[0].basis_note


def test_restated_days_are_verified_anew_and_entries_stay_one_a_day(store: Store) -> None:
    cached(store)
    store.savings.put([saving()])
    update(around(store), NOW)
    before = store.savings.get("idle:cache")
    again = entries(store)
    update(around(store), NOW + timedelta(hours=1))
    assert entries(store) == again, "the same again changes nothing, not even when it was recorded"
    cached(store, saved=6, now=NOW + timedelta(hours=2))
    update(around(store), NOW + timedelta(hours=3))
    after = store.savings.get("idle:cache")
    assert before is not None
    assert after is not None
    assert float(after.verified or 0) == pytest.approx(float(before.verified or 0) * 6 / 5, rel=0.1)
    assert [one.id for one in entries(store)] == [one.id for one in again]


def test_what_is_accepted_no_more_stops_counting(store: Store) -> None:
    cached(store)
    store.savings.put([saving()])
    update(around(store), NOW)
    store.savings.decide("idle:cache", SavingState.DISMISSED, "ben", datetime(2026, 11, 20, 12, tzinfo=UTC))
    update(around(store), NOW)
    after = [one for one in entries(store) if one.day >= date(2026, 11, 20)]
    assert {(one.expected, one.billed) for one in after} == {(Decimal(0), Decimal(0))}
    assert all(one.billed for one in entries(store) if one.day < date(2026, 11, 20)), "what was saved until then stays"
    one = store.savings.get("idle:cache")
    assert one is not None
    assert one.state is SavingState.DISMISSED


def test_a_resource_that_is_back_saves_nothing_more(store: Store) -> None:
    cached(store, until=date(2026, 11, 10))
    store.savings.put([saving()])
    update(around(store), NOW)
    one = store.savings.get("idle:cache")
    assert one is not None
    assert one.state is SavingState.ACCEPTED
    assert float(one.verified or 0) == pytest.approx(5 * 20, rel=0.15)
    assert "no more" in entries(store)[25].basis_note


def test_a_refund_after_verification_is_no_saving(store: Store) -> None:
    cached(store)
    store.savings.put([saving()])
    update(around(store), NOW)
    before = store.savings.get("idle:cache")
    refunded = date(2026, 11, 12)
    costs = {
        ("dev", CACHE): lambda day: grown(20, day) - (5 if day >= DONE else 0) - (60 if day == refunded else 0),
        ("prod", CACHE): lambda day: grown(100, day),
    }
    bill(store, costs, NOW + timedelta(hours=1))
    update(around(store), NOW + timedelta(hours=2))
    after = store.savings.get("idle:cache")
    assert before is not None
    assert after is not None
    assert float(after.verified or 0) == pytest.approx(float(before.verified or 0), rel=0.05)


def test_two_savings_of_one_scope_share_what_it_cost_less(store: Store) -> None:
    cached(store)
    store.savings.put([saving(), saving(id="small", monthly=Decimal("50.694444"))])
    update(around(store), NOW)
    both = [store.savings.get(name) for name in ("idle:cache", "small")]
    first, second = (float(one.verified or 0) for one in both if one is not None)
    assert first == pytest.approx(3 * second, rel=0.01)
    assert first + second == pytest.approx(5 * (FINAL_TO - DONE).days, rel=0.1)


def test_a_later_saving_is_not_counted_twice(store: Store) -> None:
    """The first saves 5 a day, another of the same scope 4 more from November 11 on."""
    costs = {
        ("dev", CACHE): lambda day: (
            grown(30, day) - (5 if day >= DONE else 0) - (4 if day >= date(2026, 11, 11) else 0)
        ),
        ("prod", CACHE): lambda day: grown(100, day),
    }
    bill(store, costs)
    later = datetime(2026, 11, 10, 12, tzinfo=UTC)
    store.savings.put([saving(), saving(id="later", monthly=Decimal("121.666667"), decided_at=later)])
    update(around(store), NOW)
    both = [store.savings.get(name) for name in ("idle:cache", "later")]
    first, second = (float(one.verified or 0) for one in both if one is not None)
    assert first == pytest.approx(5 * 41, rel=0.15)
    assert second == pytest.approx(4 * 20, rel=0.15)


def test_costs_in_another_currency_verify_nothing(store: Store) -> None:
    cached(store, currency="KRW")
    store.savings.put([saving()])
    update(around(store), NOW)
    assert {(one.currency, one.billed) for one in entries(store)} == {("USD", None)}
    assert "no cost in USD" in entries(store)[0].basis_note


def test_without_a_service_the_place_is_looked_at(store: Store) -> None:
    costs = {
        ("redis", "dev"): lambda day: grown(20, day) - (5 if day >= DONE else 0),
        ("redis", "prod"): lambda day: grown(100, day),
    }
    bill(store, costs, view=View.PLACE)
    store.savings.put([saving(service=None)])
    update(around(store), NOW)
    one = store.savings.get("idle:cache")
    assert one is not None
    assert one.state is SavingState.VERIFIED


def stopped(store: Store, *, final_to: date = FINAL_TO) -> None:
    """A database of dev that slept for nine hours one night, on the bill, too."""
    hourly = 0.028
    costs = {
        ("dev", DATABASES): lambda day: hourly * 24 + 0.5 - (hourly * 9 if day == NIGHT.date() else 0),
        ("prod", DATABASES): lambda day: grown(3, day),
    }
    bill(store, costs, final_to=final_to)
    one = database()
    listed(store, one, at=NIGHT - timedelta(days=30))
    looked(
        store,
        one,
        "database",
        (NIGHT - timedelta(hours=1), Status.OK),
        (NIGHT, Status.ASLEEP),
        (NIGHT + timedelta(hours=9), Status.WARN),
        (NIGHT + timedelta(hours=9, minutes=5), Status.OK),
    )


def test_a_night_is_entered_by_the_hour_and_held_against_the_bill(store: Store) -> None:
    stopped(store)
    update(around(store), NOW)
    [one] = entries(store, "shutdown")
    price = load_book().price(REGION, DATABASES, "InstanceUsage:db.t3.micro").amount
    assert one.expected == 9 * price
    assert float(one.billed or 0) == pytest.approx(float(one.expected), rel=0.15)
    assert (one.day, one.environment, one.subject) == (NIGHT.date(), "dev", "dev")
    assert "9.0 resource-hours of 1 stopped resources" in one.basis_note
    assert "billed" in one.basis_note


def test_a_night_that_is_not_final_is_expected_only(store: Store) -> None:
    stopped(store, final_to=date(2026, 11, 1))
    update(around(store), NOW)
    [one] = entries(store, "shutdown")
    assert one.billed is None
    assert "not final" in one.basis_note


def test_a_night_over_midnight_is_two_days_of_the_bill(store: Store) -> None:
    one = database()
    listed(store, one, at=NIGHT - timedelta(days=3))
    evening = datetime(2026, 10, 31, 20, tzinfo=UTC)
    looked(
        store,
        one,
        "database",
        (evening - timedelta(hours=1), Status.OK),
        (evening, Status.ASLEEP),
        (evening + timedelta(hours=2), Status.UNKNOWN),
        (evening + timedelta(hours=3), Status.ASLEEP),
        (evening + timedelta(hours=10), Status.OK),
    )
    update(around(store), NOW)
    assert [(entry.day, dict(entry.detail)["hours"]) for entry in entries(store, "shutdown")] == [
        (date(2026, 10, 31), "4.00"),
        (date(2026, 11, 1), "6.00"),
    ]


def test_what_was_never_seen_awake_is_no_shutdown(store: Store) -> None:
    one = database()
    listed(store, one, at=NIGHT)
    looked(store, one, "database", (NIGHT, Status.ASLEEP), (NIGHT + timedelta(hours=9), Status.OK))
    update(around(store), NOW)
    assert not entries(store, "shutdown")


def test_what_is_stopped_for_weeks_counts_for_a_month(store: Store) -> None:
    one = instance()
    begun = NOW - timedelta(days=60)
    listed(store, one, at=begun)
    looked(store, one, "instance", (begun, Status.OK), (begun + timedelta(hours=1), Status.ASLEEP))
    update(around(store), NOW)
    assert len(entries(store, "shutdown")) == 32


def test_a_group_scaled_to_zero_saves_the_instances_that_it_let_go(store: Store) -> None:
    group = replace(instance("web-group"), type="autoscaling:group", name="web", attributes={"desired": 2})
    machines = [instance("i-1", "web"), instance("i-2", "web")]
    listed(store, group, *machines, at=NIGHT - timedelta(hours=5))
    listed(store, group, at=NIGHT + timedelta(minutes=10))
    looked(
        store,
        group,
        "group",
        (NIGHT - timedelta(hours=1), Status.OK),
        (NIGHT, Status.ASLEEP),
        (NIGHT + timedelta(hours=8), Status.OK),
    )
    update(around(store), NOW)
    [one] = entries(store, "shutdown")
    price = load_book().price(REGION, COMPUTE, "BoxUsage:m5.large").amount
    hours = 2 * (8 - Decimal(10) / 60)
    assert float(one.expected) == pytest.approx(float(hours * price), rel=1e-6)


def test_a_record_of_ones_own_goes_beside_what_was_seen_and_counts_once(store: Store) -> None:
    stopped(store)
    own = [
        Stop("dev-db", "dev", DATABASES, NIGHT - timedelta(minutes=5), NIGHT + timedelta(hours=9), region=REGION,
             usage_type="InstanceUsage:db.t3.micro"),
        Stop("nat-1", "dev", "EC2 - Other", NIGHT, NIGHT + timedelta(hours=2), hourly=Decimal("0.059")),
        Stop("odd", "dev", "Amazon Elastic Container Service", NIGHT, NIGHT + timedelta(hours=2)),
    ]  # fmt: skip
    record_stops(store, own, NOW)
    update(around(store), NOW)
    update(around(store), NOW)
    [one] = entries(store, "shutdown")
    longer = Decimal("0.028") * (9 * 60 + 5) / 60
    assert float(one.expected) == pytest.approx(float(longer + Decimal("0.118")), rel=1e-6)
    assert "1 of them have no price" in one.basis_note


def test_what_a_shutdown_saved_is_not_a_savings_merit_too(store: Store) -> None:
    """The scope costs less each weeknight since it was accepted, but only because it was stopped."""
    nights = [DONE + number * DAY for number in range((FINAL_TO - DONE).days)]
    costs = {
        ("dev", DATABASES): lambda day: 3 - (0.028 * 12 if day >= DONE else 0),
        ("prod", DATABASES): lambda day: grown(30, day),
    }
    bill(store, costs)
    stops = [
        Stop("db", "dev", DATABASES, start, start + timedelta(hours=12), region=REGION, hourly=Decimal("0.028"))
        for start in (datetime(day.year, day.month, day.day, 10, tzinfo=UTC) for day in nights)
    ]
    record_stops(store, stops, NOW)
    named = saving(id="no-schedule:dev", rule="no-schedule", service=None, component=None)
    store.savings.put([named, saving(service=DATABASES, component="postgres", monthly=Decimal(10))])
    update(around(store), NOW)
    one = store.savings.get("idle:cache")
    assert one is not None
    assert (one.state, one.verified) == (SavingState.ACCEPTED, Decimal(0))
    schedule = store.savings.get("no-schedule:dev")
    assert schedule is not None
    assert schedule.state is SavingState.VERIFIED, "its shutdowns are what it saved"
    assert float(schedule.verified or 0) == pytest.approx(0.336 * len(nights), rel=0.1)
    assert {dict(entry.detail)["saving"] for entry in entries(store)} == {"idle:cache"}
    night = entries(store, "shutdown")[5]
    assert float(night.billed or 0) == pytest.approx(0.336, rel=0.2)
