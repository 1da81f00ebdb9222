"""Nights of an environment against an embedded AWS: asleep, awake, exactly as before, and nobody else touched."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from finops.ledger.stops import StopBook
from service.shutdown.config import ShutdownSettings
from store.power import Condition, Power, StepState
from tests.shutdown.nights import EVENING, MORNING, Night, schedule, stack_of

WEEK = timedelta(days=7)


def test_dev_sleeps_in_order_and_wakes_exactly_as_it_was(night: Night) -> None:
    night.group("dev-backend", (1, 2, 4))
    night.client("autoscaling").suspend_processes(AutoScalingGroupName="dev-backend", ScalingProcesses=["AZRebalance"])
    alone = night.instance("dev-tools")
    night.database("dev-postgres")
    night.inventory()

    assert night.round(EVENING - timedelta(minutes=30)).condition is Condition.RUNNING
    assert night.store.power.steps("dev") == []

    first = night.round(EVENING)
    assert first.desired is Power.STOPPED
    assert [step.verb for step in night.store.power.steps("dev")] == ["suspend", "stop"]
    assert night.store.power.saved("dev")
    for _ in range(6):
        told = night.round()
    assert told.condition is Condition.STOPPED
    assert night.sizes("dev-backend") == (0, 0, 0)
    assert night.state_of(alone) == "stopped"
    verbs = [(step.name, step.verb) for step in reversed(night.store.power.steps("dev"))]
    assert verbs.index(("dev-postgres", "stop")) > verbs.index(("dev-backend", "resize"))
    assert {step.state for step in night.store.power.steps("dev")} == {StepState.CONFIRMED}

    night.round(MORNING)
    for _ in range(6):
        told = night.round()
    assert told.condition is Condition.RUNNING
    assert night.sizes("dev-backend") == (1, 2, 4)
    described = night.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=["dev-backend"])
    suspended = [one["ProcessName"] for one in described["AutoScalingGroups"][0]["SuspendedProcesses"]]
    assert suspended == ["AZRebalance"]
    assert night.state_of(alone) == "running"
    assert night.store.power.saved("dev") == {}
    kinds = [event.kind for event in night.store.events.between(EVENING - WEEK, MORNING + WEEK)]
    happened = [kind for kind in kinds if kind.startswith("environment.")]
    assert sorted(happened) == sorted(
        ["environment.stopping", "environment.stopped", "environment.starting", "environment.started"]
    )


def test_what_it_saves_an_hour_is_told(night: Night) -> None:
    night.group("dev-backend", (1, 2, 4))
    night.database("dev-postgres")
    night.inventory()
    assert night.round().hourly == Decimal("0.104") * 2 + Decimal("0.028")
    for minute in range(8):
        told = night.round(EVENING + timedelta(minutes=minute * 2))
    assert told.condition is Condition.STOPPED
    assert told.hourly == Decimal("0.104") * 2 + Decimal("0.028")


def test_a_dry_run_changes_nothing_and_says_what_should_be(night: Night) -> None:
    alone = night.instance("dev-tools")
    night.around = replace(night.around, stack=stack_of({"dev": {"schedule": "office"}}))
    night.inventory()
    told = night.round(EVENING)
    assert (told.armed, told.desired, told.condition) == (False, Power.STOPPED, Condition.RUNNING)
    assert night.state_of(alone) == "running"
    assert night.store.power.steps("dev") == []
    assert night.store.power.saved("dev") == {}


def test_nothing_to_do_costs_one_describe_for_each_type(night: Night) -> None:
    for number in range(3):
        night.instance(f"dev-tools-{number}")
    night.group("dev-backend", (1, 1, 1))
    night.database("dev-postgres")
    night.inventory()
    night.round()
    night.recorder.calls.clear()
    night.round()
    assert Counter(night.recorder.calls) == {
        "ec2:DescribeInstances": 1,
        "autoscaling:DescribeAutoScalingGroups": 1,
        "rds:DescribeDBInstances": 1,
    }


def test_production_and_what_is_protected_are_never_touched(night: Night) -> None:
    called_so = night.instance("shop-prod-1")
    tagged = night.instance("dev-keep", lamplighter__protect="yes")
    of_prod = night.instance("lonely", Stage="production")
    free = night.instance("dev-tools", lamplighter__protect="false")
    environments = {
        "dev": {"schedule": "night", "armed": True, "match": [{"names": ["*"]}]},
        "prod": {"schedule": "night", "armed": True},
        "live": {"title": "운영", "schedule": "night", "armed": True},
    }
    night.around = replace(
        night.around, stack=stack_of(environments), schedules={"night": schedule(running=["never"], mode="enforce")}
    )
    night.inventory()
    for _ in range(4):
        told = night.round()
    assert night.state_of(free) == "stopped"
    assert [night.state_of(one) for one in (called_so, tagged, of_prod)] == ["running"] * 3
    assert {step.name for step in night.store.power.steps("dev")} == {"dev-tools"}
    notes = {one.name: str(one.note) for one in told.resources if one.desired is None}
    assert "lamplighter:protect" in notes["dev-keep"]
    assert "production" in notes["shop-prod-1"]
    assert [one.environment for one in night.store.power.states()] == ["dev"]


def test_more_than_its_bound_is_not_begun(night: Night) -> None:
    machines = [night.instance(f"dev-{number}") for number in range(3)]
    night.around = replace(night.around, settings=ShutdownSettings(most=2))
    night.inventory()
    told = night.round(EVENING)
    assert "shutdown.most" in str(told.problem)
    assert {night.state_of(one) for one in machines} == {"running"}
    night.around = replace(night.around, settings=ShutdownSettings(most=3))
    night.round()
    assert {night.state_of(one) for one in machines} == {"stopped"}


def test_a_start_by_hand_stands_until_the_next_edge(night: Night) -> None:
    alone = night.instance("dev-tools")
    night.inventory()
    night.round(EVENING)
    assert night.round().condition is Condition.STOPPED
    night.client("ec2").start_instances(InstanceIds=[alone])
    told = night.round()
    assert told.resources[0].by_hand == night.now
    for _ in range(3):
        night.round()
    assert night.state_of(alone) == "running"
    night.round(MORNING)
    night.round(EVENING + timedelta(days=1))
    assert night.state_of(alone) == "stopped"


def test_enforced_a_start_by_hand_is_put_right_at_once(night: Night) -> None:
    night.around = replace(night.around, schedules={"office": schedule(mode="enforce")})
    alone = night.instance("dev-tools")
    night.inventory()
    night.round(EVENING)
    night.round()
    night.client("ec2").start_instances(InstanceIds=[alone])
    night.round(night.now + timedelta(minutes=20))
    night.round(night.now + timedelta(minutes=20))
    assert night.state_of(alone) == "stopped"


def test_a_stop_by_hand_stands_until_the_morning(night: Night) -> None:
    alone = night.instance("dev-tools")
    night.inventory()
    night.round()
    night.client("ec2").stop_instances(InstanceIds=[alone])
    for _ in range(3):
        told = night.round()
    assert night.state_of(alone) == "stopped"
    assert told.resources[0].by_hand is not None
    for at in (EVENING, EVENING + timedelta(minutes=2), MORNING, MORNING + timedelta(minutes=2)):
        told = night.round(at)
    assert night.state_of(alone) == "running"
    assert told.condition is Condition.RUNNING


def test_what_never_ran_is_not_woken(night: Night) -> None:
    old = night.instance("dev-old")
    night.client("ec2").stop_instances(InstanceIds=[old])
    night.inventory()
    for at in (EVENING - timedelta(hours=1), EVENING, MORNING, MORNING + timedelta(minutes=2)):
        night.round(at)
    assert night.state_of(old) == "stopped"


def test_a_week_off_is_made_up_for(night: Night) -> None:
    alone = night.instance("dev-tools")
    night.group("dev-backend", (1, 1, 2))
    night.inventory()
    night.round(EVENING)
    night.round()
    night.round()
    for _ in range(4):
        told = night.round(MORNING + WEEK if night.now < MORNING else night.now + timedelta(minutes=2))
    assert told.condition is Condition.RUNNING
    assert (night.state_of(alone), night.sizes("dev-backend")) == ("running", (1, 1, 2))


def test_a_database_that_aws_starts_after_seven_days_is_stopped_again(night: Night) -> None:
    night.around = replace(night.around, schedules={"office": schedule(running=["sun 09:00-10:00"])})
    night.database("dev-postgres")
    night.inventory()
    start = EVENING
    night.round(start)
    assert night.round().condition is Condition.STOPPED
    night.around = replace(night.around, schedules={"office": schedule(running=["never"])})
    night.round()
    night.client("rds").start_db_instance(DBInstanceIdentifier="dev-postgres")
    night.round(start + WEEK)
    night.round(night.now + timedelta(minutes=20))
    told = night.round()
    assert told.condition is Condition.STOPPED
    assert told.resources[0].by_hand is None


def test_a_denied_call_holds_up_what_depends_on_it_and_nothing_beside_it(night: Night) -> None:
    night.group("dev-backend", (1, 1, 2))
    alone = night.instance("dev-tools")
    night.database("dev-postgres")
    night.inventory()
    night.round()
    night.embedded.control.fault("deny", service="autoscaling", action="SuspendProcesses")
    for at in (EVENING, EVENING + timedelta(minutes=2), EVENING + timedelta(minutes=4)):
        told = night.round(at)
    assert night.state_of(alone) == "stopped"
    assert night.sizes("dev-backend") == (1, 1, 2)
    described = night.client("rds").describe_db_instances()["DBInstances"][0]
    assert described["DBInstanceStatus"] == "available"
    assert "dev-backend" in str(told.problem)
    assert told.condition in (Condition.STOPPING, Condition.PARTIAL)
    night.embedded.control.clear_faults()
    for _ in range(4):
        told = night.round(night.now + timedelta(minutes=16))
    assert told.condition is Condition.STOPPED


def test_what_cannot_be_seen_is_unknown_and_nothing_is_done(night: Night) -> None:
    alone = night.instance("dev-tools")
    night.inventory()
    night.round()
    night.embedded.control.fault("deny", service="ec2", action="DescribeInstances")
    told = night.round(EVENING)
    assert told.condition is Condition.UNKNOWN
    assert "DescribeInstances" in str(told.problem)
    night.embedded.control.clear_faults()
    assert night.state_of(alone) == "running"


def test_what_sleeps_is_entered_for_the_ledger_until_it_wakes(night: Night) -> None:
    night.instance("dev-tools")
    night.inventory()
    for at in (EVENING - timedelta(minutes=1), EVENING, EVENING + timedelta(minutes=2), EVENING + timedelta(minutes=4)):
        night.round(at)
    [stop] = (night.store.reports.get(StopBook, "ledger") or StopBook()).stops
    assert (stop.start, stop.end, stop.hourly) == (EVENING + timedelta(minutes=2), None, Decimal("0.104"))
    for at in (MORNING, MORNING + timedelta(minutes=2), MORNING + timedelta(minutes=4)):
        night.round(at)
    [stop] = (night.store.reports.get(StopBook, "ledger") or StopBook()).stops
    assert stop.end == MORNING + timedelta(minutes=2)
