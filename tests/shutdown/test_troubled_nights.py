"""Nights in which something happens: two workers, an edited schedule, a deleted server, throttling, a doubled hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from store import Store
from store.errors import LostClaim
from store.power import Condition, Power
from store.vocabulary import Claim
from tests.shutdown.nights import EVENING, MORNING, Night, schedule

MINUTES = timedelta(minutes=2)


def rounds(night: Night, start: datetime, number: int = 6) -> Condition:
    for turn in range(number):
        told = night.round(start + turn * MINUTES)
    return told.condition


def claimed(night: Night, owner: str, at: datetime) -> Claim:
    found = night.store.jobs.claim("environments", at, owner, 60)
    assert found is not None
    return found


def test_a_worker_whose_claim_was_taken_over_touches_nothing(night: Night) -> None:
    alone = night.instance("dev-tools")
    night.inventory()
    night.round()
    night.store.jobs.declare([("environments", 60)], EVENING)
    stale = claimed(night, "first", EVENING)
    claimed(night, "second", EVENING + timedelta(minutes=5))
    night.claim = stale
    with pytest.raises(LostClaim):
        night.round(EVENING + timedelta(minutes=6))
    assert night.state_of(alone) == "running"
    assert night.store.power.steps("dev") == []


def test_a_schedule_that_is_edited_while_it_sleeps_wakes_it(night: Night) -> None:
    alone = night.instance("dev-tools")
    night.inventory()
    night.round()
    assert rounds(night, EVENING, 3) is Condition.STOPPED
    night.around = replace(night.around, schedules={"office": schedule(running=["always"])})
    assert rounds(night, EVENING + timedelta(hours=1), 3) is Condition.RUNNING
    assert night.state_of(alone) == "running"


def test_a_server_that_is_deleted_while_it_sleeps_does_not_keep_the_others(night: Night) -> None:
    gone, kept = night.instance("dev-gone"), night.instance("dev-kept")
    night.inventory()
    night.round()
    assert rounds(night, EVENING, 3) is Condition.STOPPED
    night.client("ec2").terminate_instances(InstanceIds=[gone])
    assert rounds(night, MORNING, 3) is Condition.RUNNING
    assert night.state_of(kept) == "running"


def test_throttling_half_way_is_waited_out(night: Night) -> None:
    machines = [night.instance(f"dev-{number}") for number in range(3)]
    night.inventory()
    night.round()
    # botocore itself tries three times: so many refusals make three calls fail.
    night.embedded.control.fault("throttle", service="ec2", action="StopInstances", times=9)
    assert rounds(night, EVENING, 2) is not Condition.STOPPED
    assert rounds(night, EVENING + timedelta(minutes=20)) is Condition.STOPPED
    assert {night.state_of(one) for one in machines} == {"stopped"}


def test_sizes_that_a_person_sets_while_it_sleeps_stand_until_the_morning_and_then_are_as_before(night: Night) -> None:
    night.group("dev-backend", (1, 1, 4))
    night.inventory()
    night.round()
    assert rounds(night, EVENING) is Condition.STOPPED
    sizes = {"MinSize": 2, "MaxSize": 2, "DesiredCapacity": 2}
    night.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName="dev-backend", **sizes)
    rounds(night, EVENING + timedelta(hours=1))
    assert night.sizes("dev-backend") == (2, 2, 2)
    assert rounds(night, MORNING) is Condition.RUNNING
    assert night.sizes("dev-backend") == (1, 1, 4)


def test_in_a_doubled_hour_it_stops_once(night: Night) -> None:
    hours = schedule(timezone="America/New_York", running=["daily 08:00-01:30"])
    night.around = replace(night.around, schedules={"office": hours})
    night.instance("dev-tools")
    night.inventory()
    # 1 November 2026: 01:00 to 02:00 comes twice, at 05:00 and at 06:00 UTC.
    at = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
    seen = []
    while at < datetime(2026, 11, 1, 14, 0, tzinfo=UTC):
        seen.append((at, night.round(at).desired))
        at += timedelta(minutes=30)
    changes = [(when, power) for (_, before), (when, power) in pairwise(seen) if before is not power]
    assert changes == [
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), Power.STOPPED),
        (datetime(2026, 11, 1, 13, 0, tzinfo=UTC), Power.RUNNING),
    ]
    assert [step.verb for step in reversed(night.store.power.steps("dev"))] == ["stop", "start"]


def test_a_clock_that_jumps_back_undoes_nothing(night: Night) -> None:
    alone = night.instance("dev-tools")
    night.inventory()
    night.round()
    assert rounds(night, EVENING, 3) is Condition.STOPPED
    night.round(EVENING + timedelta(minutes=1))
    assert night.state_of(alone) == "stopped"
    assert rounds(night, MORNING, 3) is Condition.RUNNING


def test_a_night_is_the_same_on_either_engine(night: Night, store: Store) -> None:
    night.store = store
    night.around = replace(night.around, store=store)
    night.group("dev-backend", (1, 2, 4))
    night.inventory()
    night.round()
    assert rounds(night, EVENING, 5) is Condition.STOPPED
    assert [one.condition for one in store.power.spans(EVENING, MORNING)][-1] is Condition.STOPPED
    assert rounds(night, MORNING, 5) is Condition.RUNNING
    assert night.sizes("dev-backend") == (1, 2, 4)
