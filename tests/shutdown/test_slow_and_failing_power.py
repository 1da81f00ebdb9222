"""Starting and stopping as it really is: slow, at times without capacity or a key, and undone by AWS after a week."""

from __future__ import annotations

from datetime import timedelta

from store.power import Condition, StepState
from tests.shutdown.nights import EVENING, MORNING, Night, schedule

LONG = 3600
WEEK = timedelta(days=7)


def rounds(night: Night, number: int = 5) -> list[Condition]:
    return [night.round().condition for _ in range(number)]


def asleep(night: Night) -> None:
    """The inventory is read, and dev has gone to sleep."""
    night.inventory()
    night.embedded.control.power()
    night.round()
    night.round(EVENING)
    assert rounds(night)[-1] is Condition.STOPPED


def test_the_database_waits_until_the_last_instance_is_really_gone(night: Night) -> None:
    night.group("dev-backend", (1, 2, 4))
    night.database("dev-postgres")
    night.inventory()
    night.embedded.control.power(stop=LONG)
    night.round()
    night.round(EVENING)
    night.round()
    assert set(rounds(night)) == {Condition.STOPPING}
    assert {step.name for step in night.store.power.steps("dev")} == {"dev-backend"}

    night.embedded.control.power(stop=0)
    assert rounds(night)[-1] is Condition.STOPPED
    assert {step.name for step in night.store.power.steps("dev")} == {"dev-backend", "dev-postgres"}


def test_a_start_that_is_accepted_is_not_yet_awake(night: Night) -> None:
    alone = night.instance("dev-tools")
    night.database("dev-postgres")
    asleep(night)
    night.embedded.control.power(start=LONG)
    night.round(MORNING)
    assert set(rounds(night)) == {Condition.STARTING}
    assert night.state_of(alone) == "stopped", "the database goes first, and it is not there yet"
    night.embedded.control.power(start=0)
    assert rounds(night)[-1] is Condition.RUNNING


def test_no_capacity_is_said_and_tried_on_until_there_is_some(night: Night) -> None:
    night.instance("dev-tools")
    asleep(night)
    night.embedded.control.power(lacking=["t3.large"])
    night.round(MORNING)
    rounds(night)
    told = night.round()
    assert told.condition is not Condition.RUNNING
    assert "no capacity" in str(told.problem)
    assert night.store.power.saved("dev"), "what it needs to be as before is kept until it is"

    night.embedded.control.power(lacking=[])
    assert night.round(night.now + timedelta(minutes=30)) is not None
    assert rounds(night)[-1] is Condition.RUNNING


def test_a_database_without_capacity_does_not_let_its_backend_start(night: Night) -> None:
    night.group("dev-backend", (1, 1, 2))
    night.database("dev-postgres")
    asleep(night)
    night.embedded.control.power(lacking=["dev-postgres"])
    night.round(MORNING)
    rounds(night)
    assert night.sizes("dev-backend") == (0, 0, 0)
    assert "no capacity" in str(night.round().problem)
    night.embedded.control.power(lacking=[])
    night.round(night.now + timedelta(minutes=30))
    rounds(night, 6)
    assert night.sizes("dev-backend") == (1, 1, 2)


def test_a_class_without_capacity_is_told_for_a_database_too(night: Night) -> None:
    night.database("dev-postgres")
    asleep(night)
    night.embedded.control.power(lacking=["db.t3.micro"])
    night.round(MORNING)
    rounds(night)
    assert "no capacity" in str(night.round().problem)


def test_an_instance_whose_key_is_refused_is_never_told_awake_and_the_reason_is(night: Night) -> None:
    alone = night.instance("dev-tools")
    asleep(night)
    night.embedded.control.power(broken=[alone])
    night.round(MORNING)
    assert Condition.RUNNING not in rounds(night)
    assert "Client.InternalError" in str(night.round().problem)

    night.embedded.control.power(broken=[])
    night.round(night.now + timedelta(hours=1))
    assert rounds(night)[-1] is Condition.RUNNING


def test_a_group_that_gets_no_instances_is_partial_and_never_awake(night: Night) -> None:
    night.group("dev-backend", (1, 2, 4))
    asleep(night)
    night.embedded.control.power(lacking=["dev-backend"])
    night.round(MORNING)
    assert Condition.RUNNING not in rounds(night)
    night.embedded.control.power(lacking=[])
    assert rounds(night)[-1] is Condition.RUNNING


def test_what_aws_starts_after_seven_days_is_stopped_again(night: Night) -> None:
    night.database("dev-postgres")
    night.inventory()
    night.embedded.control.power()
    night.round()
    night.around.schedules["office"] = schedule(running=["never"])
    night.round(EVENING)
    assert rounds(night)[-1] is Condition.STOPPED
    night.embedded.control.power(restart=True)
    night.embedded.control.advance(WEEK.total_seconds() + LONG)
    told = night.round(EVENING + WEEK + timedelta(hours=1))
    assert "after seven days" in str(told.resources[0].note)
    assert told.resources[0].by_hand is None
    assert rounds(night)[-1] is Condition.STOPPED
    assert {step.state for step in night.store.power.steps("dev")} == {StepState.CONFIRMED}
