from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from store import (
    Cursor,
    Event,
    Gap,
    HealthObservation,
    HealthTransition,
    Intent,
    JobOutcome,
    MeterEntry,
    Series,
    SeriesKey,
    Status,
    Store,
)
from store.config import Retention
from store.messages import Message, PluralMessage, to_json

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FAR = datetime(2030, 1, 1, tzinfo=UTC)


def seen(status: Status, minutes: int, check: str = "probe:prod/frontend/home") -> HealthObservation:
    at = NOW + timedelta(minutes=minutes)
    return HealthObservation(check, "http", "Home", status, f"says {status}", at, "prod", "frontend", None, 12.5, "ms")


def test_a_transition_is_told_once_and_remembered(store: Store) -> None:
    [first] = store.health.record([seen(Status.OK, 0)])
    assert (first.before, first.after) == (None, Status.OK)
    assert store.health.record([seen(Status.OK, 1)]) == []
    told = store.health.record([seen(Status.OK, 2), seen(Status.CRITICAL, 3), seen(Status.CRITICAL, 4)])
    assert [(one.before, one.after, one.at) for one in told] == [
        (Status.OK, Status.CRITICAL, NOW + timedelta(minutes=3))
    ]
    [state] = store.health.states(environment="prod", component="frontend")
    assert (state.latest, state.since, state.consecutive) == (seen(Status.CRITICAL, 4), NOW + timedelta(minutes=3), 2)
    assert store.health.states(environment="dev") == []
    assert store.health.transitions(NOW, FAR) == [first, *told]
    assert isinstance(first, HealthTransition)


def test_what_is_said_comes_back_as_a_message(store: Store) -> None:
    reason = Message("%(count)s: nothing serves", count=Message("none of %(desired)s in service", desired=2))
    store.health.record([replace(seen(Status.CRITICAL, 0), reason=reason, title=Message("%(name)s zones", name="a"))])
    [state] = store.health.states()
    [change] = store.health.transitions(NOW, FAR)
    for kept in (state.latest, change):
        assert (kept.reason, to_json(kept.reason)) == ("none of 2 in service: nothing serves", to_json(reason))
        assert isinstance(kept.title, Message)
    store.jobs.declare([("probes", 60)], NOW)
    claim = store.jobs.claim("probes", NOW, "w", 60)
    assert claim
    store.jobs.finish(claim, JobOutcome("ok", PluralMessage("%(num)s check", "%(num)s checks", 3)), NOW)
    for told in (store.jobs.all()[0].message, store.jobs.runs("probes")[0].message):
        assert told == "3 checks"
        assert isinstance(told, PluralMessage)


def test_an_observation_that_comes_late_changes_nothing(store: Store) -> None:
    store.health.record([seen(Status.OK, 5)])
    assert store.health.record([seen(Status.CRITICAL, 3), seen(Status.CRITICAL, 5)]) == []
    assert store.health.states()[0].latest == seen(Status.OK, 5)


def test_a_forgotten_check_leaves_its_history(store: Store) -> None:
    store.health.record([seen(Status.OK, 0), seen(Status.WARN, 0, "other")])
    store.health.forget(["other", "unheard-of"])
    assert [state.latest.check_id for state in store.health.states()] == ["probe:prod/frontend/home"]
    assert len(store.health.transitions(NOW, FAR)) == 2


def test_the_meter_adds_up_exactly(store: Store) -> None:
    entry = MeterEntry(
        NOW, "main", "eu-west-1", "GetMetricData", "metrics", 1, 0, 1, Decimal(500), Decimal("0.005"), Decimal("0.0051")
    )
    for minute in range(10):
        store.meter.add([replace(entry, hour=NOW + timedelta(minutes=minute)), replace(entry, api="ListMetrics")])
    entries = {one.api: one for one in store.meter.between(NOW, FAR)}
    assert entries["GetMetricData"] == replace(
        entry, calls=10, throttles=10, units=Decimal(5000), cost_low=Decimal("0.05"), cost_high=Decimal("0.051")
    )
    assert store.meter.total(NOW, FAR) == (Decimal("0.1"), Decimal("0.102"))
    assert store.meter.total(FAR, FAR) == (Decimal(0), Decimal(0))


def test_a_third_of_a_cent_a_million_times_is_no_cent_more(store: Store) -> None:
    tiny = MeterEntry(NOW, "main", "eu-west-1", "Scan", "logs", 1, cost_low=Decimal("0.000000005"))
    store.meter.add([tiny] * 1000)
    assert store.meter.total(NOW, FAR)[0] == Decimal("0.000005")


def test_an_event_is_recorded_once(store: Store) -> None:
    event = Event("deploy-7", NOW, "deploy.started", "배포 7", "ana", "prod", "backend", {"version": 7})
    assert store.events.add(event)
    assert not store.events.add(replace(event, title="another"))
    assert store.events.between(NOW, FAR) == [event]


def test_events_are_chosen_by_place_kind_and_number(store: Store) -> None:
    for place in range(6):
        where = (None, "prod", "dev")[place % 3]
        kind = "login.failed" if place == 5 else "deploy.started"
        store.events.add(Event(f"e{place}", NOW + timedelta(minutes=place), kind, "", environment=where))
    assert [one.key for one in store.events.between(NOW, FAR, environment="prod")] == ["e4", "e3", "e1", "e0"]
    assert [one.key for one in store.events.between(NOW, FAR, kinds=["login.failed"])] == ["e5"]
    assert [one.key for one in store.events.between(NOW, FAR, limit=2)] == ["e5", "e4"]
    assert store.events.between(NOW, NOW) == []


def test_history_is_dropped_by_age_and_what_is_open_stays(store: Store) -> None:
    gone, kept = (Series(SeriesKey("main", "eu-west-1", "N", name, (), "Sum"), 60) for name in "ab")
    store.series.upsert([gone, kept])
    store.commit_collection(
        samples={gone.id: [(0, 1.0)], kept.id: [(0, 2.0)]},
        cursors=[Cursor(gone.id, 0, 60, 0, 60)],
        gaps={gone.id: [Gap(60, 120, "outage")]},
        claim=None,
    )
    store.series.close([gone.id], NOW)
    store.jobs.declare([("probes", 60)], NOW)
    claim = store.jobs.claim("probes", NOW, "worker", 60)
    assert claim is not None
    store.jobs.finish(claim, JobOutcome("ok"), NOW)
    store.events.add(Event("old", NOW, "deploy.started", ""))
    store.intents.add(Intent("open", "override", "ana", NOW))
    store.health.record([seen(Status.OK, 0)])
    assert store.prune(NOW + timedelta(days=13), Retention()) == 0
    assert store.prune(NOW + timedelta(days=15), Retention()) == 1
    assert store.jobs.runs("probes") == []
    assert store.prune(NOW + timedelta(days=456), Retention()) == 3
    assert store.series.find(include_closed=True) == [kept]
    assert store.samples.read([gone.id, kept.id], 0, 60)[kept.id].pairs() == [(0, 2.0)]
    assert [one.id for one in store.intents.open()] == ["open"]
    assert len(store.health.states()) == 1
    assert store.series.get(gone.id) is None


def test_an_intent_is_settled_once(store: Store) -> None:
    first = Intent("i1", "acknowledge", "ana", NOW, {"alert": "a1"})
    second = Intent("i2", "override", "bo", NOW + timedelta(seconds=1))
    for one in (second, first, replace(first, actor="a click sent twice")):
        store.intents.add(one)
    assert store.intents.open() == [first, second]
    assert store.intents.open("override") == [second]
    store.intents.settle("i1", "done", "acknowledged")
    store.intents.settle("i1", "refused", "too late")
    assert store.intents.open() == [second]
    assert store.intents.recent(5) == [second, replace(first, state="done", result="acknowledged")]
