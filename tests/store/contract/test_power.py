"""Sleeping and waking as it is kept: overrides, steps, what is saved to restore, what environments are and were."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from store import Store
from store.config import Retention
from store.errors import LostClaim
from store.messages import Message
from store.power import (
    Condition,
    EnvironmentPower,
    Override,
    Planned,
    Power,
    PowerSpan,
    ResourcePower,
    Saved,
    Step,
    StepState,
)

NOW = datetime(2026, 11, 24, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEEP = Override(
    "o1", "dev", Power.RUNNING, NOW, NOW + 2 * HOUR, "kim", NOW, "a demo", source="slack", price=Decimal("0.31")
)
STEP = Step(
    "dev/2026-11-24T11:00Z/stopped/i-1/stop",
    "dev",
    "dev/2026-11-24T11:00Z/stopped",
    Power.STOPPED,
    "i-1",
    "ec2:instance",
    "web",
    "stop",
    0,
    NOW,
    detail={"InstanceIds": ["i-1"]},
)
SAVED = Saved("dev", "asg-1", "autoscaling:group", {"min": 1, "max": 4, "desired": 2}, NOW, STEP.operation)
STATE = EnvironmentPower(
    "dev",
    Power.STOPPED,
    Message("schedule %(name)s: outside its running periods", name="office"),
    NOW + 13 * HOUR,
    Condition.STOPPING,
    NOW,
    NOW,
    armed=True,
    resources=(
        ResourcePower(
            "i-1", "ec2:instance", "web", "backend", Condition.STOPPING, Power.STOPPED, hourly=Decimal("0.0104")
        ),
    ),
    planned=(Planned(NOW, None, Power.STOPPED, "plain", overridden=True),),
)


def test_what_was_asked_for_is_kept_once_and_ends_when_it_is_taken_back(store: Store) -> None:
    store.power.ask(KEEP)
    store.power.ask(replace(KEEP, by="somebody else"))
    assert store.power.overrides("dev", after=NOW) == [KEEP]
    assert store.power.overrides("qa", after=NOW) == []
    assert store.power.take_back("o1", "lee", NOW + HOUR)
    [ended] = store.power.overrides(after=NOW)
    assert (ended.until, ended.ended_by, ended.holds(NOW + HOUR)) == (NOW + HOUR, "lee", False)
    assert not store.power.take_back("o1", "lee", NOW + HOUR)
    assert not store.power.take_back("o2", "lee", NOW)


def test_what_is_saved_of_a_resource_is_never_overwritten_and_dropped_once_restored(store: Store) -> None:
    store.power.commit(None, steps=[STEP], saved=[SAVED])
    store.power.commit(None, saved=[replace(SAVED, was={"min": 0, "max": 0, "desired": 0})])
    assert store.power.saved("dev") == {"asg-1": SAVED}
    store.power.commit(None, restored=[("dev", "asg-1")])
    assert store.power.saved("dev") == {}


def test_steps_are_written_as_they_now_are(store: Store) -> None:
    earlier = replace(STEP, id="old", operation="dev/old", planned_at=NOW - HOUR, state=StepState.CONFIRMED)
    second = replace(STEP, id="z", tier=1)
    store.power.commit(None, steps=[second, STEP, earlier])
    failed = replace(STEP, state=StepState.FAILED, attempts=3, problem=Message("capacity"), settled_at=NOW + HOUR)
    store.power.commit(None, steps=[failed])
    assert store.power.steps("dev") == [failed, second, earlier]
    assert store.power.steps("dev", open_only=True) == [second]
    assert store.power.steps("dev", operation="dev/old") == [earlier]


def test_who_lost_its_claim_writes_nothing(store: Store) -> None:
    store.jobs.declare([("power:dev", 60)], NOW)
    old = store.jobs.claim("power:dev", NOW, "one", 30)
    assert old is not None
    assert store.jobs.claim("power:dev", NOW + HOUR, "two", 30) is not None
    with pytest.raises(LostClaim):
        store.power.commit(old, steps=[STEP], saved=[SAVED])
    with pytest.raises(LostClaim):
        store.power.observe(STATE, claim=old)
    assert store.power.steps("dev") == []
    assert store.power.saved("dev") == {}
    assert store.power.state("dev") is None


def test_a_condition_that_changes_ends_one_span_and_begins_another(store: Store) -> None:
    assert store.power.observe(STATE, Message("the schedule")).since == NOW
    later = replace(STATE, checked_at=NOW + HOUR)
    assert store.power.observe(later).since == NOW
    asleep = replace(STATE, condition=Condition.STOPPED, checked_at=NOW + 2 * HOUR)
    assert store.power.observe(asleep, "done").since == NOW + 2 * HOUR
    stopping = PowerSpan("dev", NOW, NOW + 2 * HOUR, Condition.STOPPING, Message("the schedule"))
    stopped = PowerSpan("dev", NOW + 2 * HOUR, None, Condition.STOPPED, "done")
    assert store.power.spans(NOW, NOW + 9 * HOUR) == [stopping, stopped]
    assert store.power.spans(NOW + 3 * HOUR, NOW + 9 * HOUR, "dev") == [stopped]
    assert store.power.state("dev") == replace(asleep, since=NOW + 2 * HOUR)
    assert store.power.states() == [replace(asleep, since=NOW + 2 * HOUR)]
    store.power.forget(["dev"])
    assert store.power.states() == []
    assert len(store.power.spans(NOW, NOW + 9 * HOUR)) == 2


def test_a_clock_that_went_back_leaves_the_spans_in_order(store: Store) -> None:
    store.power.observe(STATE)
    back = replace(STATE, condition=Condition.STOPPED, checked_at=NOW - HOUR)
    store.power.observe(back)
    assert [span.start for span in store.power.spans(NOW - 9 * HOUR, NOW + 9 * HOUR)] == [NOW]


def test_what_is_needed_to_restore_outlives_all_history(store: Store) -> None:
    store.power.ask(KEEP)
    done = replace(STEP, id="done", state=StepState.CONFIRMED)
    store.power.commit(None, steps=[STEP, done], saved=[SAVED])
    store.power.observe(STATE)
    store.power.observe(replace(STATE, condition=Condition.STOPPED, checked_at=NOW + HOUR))
    store.prune(NOW + timedelta(days=2000), Retention())
    assert store.power.steps("dev") == [STEP]
    assert store.power.saved("dev") == {"asg-1": SAVED}
    assert [span.condition for span in store.power.spans(NOW, NOW + 9 * HOUR)] == [Condition.STOPPED]
    assert store.power.overrides(after=NOW) == []


def test_what_sleeps_goes_to_sleep_or_just_woke_is_asleep_and_a_dry_run_never(store: Store) -> None:
    def told(at: datetime, **changes: Any) -> frozenset[str]:  # noqa: ANN401  any field
        store.power.observe(replace(STATE, checked_at=at, **changes))
        return store.power.asleep(at, timedelta(minutes=10))

    assert told(NOW) == {"dev"}
    assert told(NOW, armed=False) == frozenset()
    assert told(NOW, condition=Condition.RUNNING) == frozenset()
    later = NOW + HOUR
    woken = {"desired": Power.RUNNING, "desired_since": later}
    assert told(later, condition=Condition.STOPPED, **woken) == {"dev"}
    assert told(later + timedelta(minutes=31), condition=Condition.STARTING, **woken) == frozenset()
    up = later + timedelta(minutes=40)
    assert told(up, condition=Condition.RUNNING, **woken) == {"dev"}
    assert store.power.asleep(up + timedelta(minutes=5)) == frozenset()
    assert told(up + timedelta(minutes=11), condition=Condition.RUNNING, **woken) == frozenset()


def test_an_old_look_calls_nothing_asleep(store: Store) -> None:
    store.power.observe(STATE)
    assert store.power.asleep(NOW + timedelta(minutes=16)) == frozenset()
