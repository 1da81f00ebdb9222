"""Servers that stop and start in one call, and what becomes of the others where one of them is refused."""

from __future__ import annotations

from store.power import Condition, StepState
from tests.shutdown.nights import EVENING, MORNING, Night


def through(night: Night) -> Condition:
    for _ in range(4):
        told = night.round()
    return told.condition


def test_many_servers_take_one_question_and_one_call(night: Night) -> None:
    ids = [night.instance(f"dev-{number}") for number in range(5)]
    night.inventory()
    night.round()
    night.recorder.calls.clear()
    night.round(EVENING)
    assert through(night) is Condition.STOPPED
    assert night.recorder.calls.count("ec2:StopInstances") == 2
    night.round(MORNING)
    assert through(night) is Condition.RUNNING
    assert night.recorder.calls.count("ec2:StartInstances") == 2
    assert {night.state_of(one) for one in ids} == {"running"}
    assert len(night.store.power.steps("dev")) == 2 * len(ids), "each has a record of its own"


def test_one_without_capacity_does_not_hold_up_its_siblings(night: Night) -> None:
    ids = [night.instance(f"dev-{number}") for number in range(4)]
    night.inventory()
    night.embedded.control.power()
    night.round()
    night.round(EVENING)
    through(night)
    night.embedded.control.power(lacking=[ids[2]])
    night.round(MORNING)
    through(night)
    assert [night.state_of(one) for one in ids] == ["running", "running", "stopped", "running"]
    (late,) = [step for step in night.store.power.steps("dev") if step.state.is_open]
    assert (late.name, "no capacity" in str(late.problem)) == ("dev-2", True)


def test_a_throttled_call_for_many_is_not_made_for_each(night: Night) -> None:
    for number in range(4):
        night.instance(f"dev-{number}")
    night.inventory()
    night.round()
    night.embedded.control.fault("throttle", service="ec2", action="StopInstances", account=night.embedded.account)
    night.embedded.control.reset_meter()
    night.round(EVENING)
    rows = {row["action"]: row for row in night.embedded.control.meter()["rows"] if row["service"] == "ec2"}
    tries = rows["StopInstances"]["throttled"]
    night.embedded.control.clear_faults()
    assert 1 <= tries <= 5, "boto3's own tries of one call"
    assert {step.state for step in night.store.power.steps("dev")} == {StepState.PLANNED}
    for _ in range(8):
        told = night.round()
    assert told.condition is Condition.STOPPED
