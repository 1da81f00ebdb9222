"""What AWS says becomes health: unknown words are never green, missing keys never raise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.health import caches, databases, groups, instances, services, targets
from store.vocabulary import HealthObservation, Resource, Status

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _resource(kind: str = "thing", **attributes: object) -> Resource:
    return Resource(
        id="arn:thing", type=kind, name="thing", account="main", region="r", environment="prod", component="backend",
        attributes=attributes,
    )  # fmt: skip


def _group(
    serving: int, desired: int, least: int, starting: int = 0, zones: Sequence[str] = ("a", "c")
) -> dict[str, Any]:
    made = [("InService", "Healthy")] * serving + [("Pending:Wait", "Healthy")] * starting
    return {
        "DesiredCapacity": desired,
        "MinSize": least,
        "AvailabilityZones": list(zones),
        "Instances": [
            {"LifecycleState": state, "HealthStatus": health, "AvailabilityZone": zones[index % len(zones)]}
            for index, (state, health) in enumerate(made)
        ],
    }


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (_group(3, 3, 2), Status.OK, "3 of 3 in service (minimum 2)"),
        (_group(4, 3, 2), Status.OK, "4 of 3 in service (minimum 2)"),
        (_group(2, 3, 2), Status.WARN, "2 of 3 in service, the minimum is 2"),
        (_group(1, 3, 2), Status.CRITICAL, "1 of 3 in service, fewer than the minimum of 2"),
        (_group(0, 2, 2), Status.CRITICAL, "none of 2 in service: nothing serves"),
        (_group(1, 3, 2, starting=2), Status.WARN, "1 of 3 in service, 2 starting"),
        (_group(1, 4, 2, starting=1), Status.CRITICAL, "1 of 4 in service, fewer than the minimum of 2"),
        (_group(0, 0, 0), Status.ASLEEP, "scaled to zero"),
        (_group(1, 0, 0), Status.ASLEEP, "scaled to zero, 1 still in service"),
        ({}, Status.UNKNOWN, "AWS did not say how many instances are wanted"),
    ],
)
def test_a_group_is_judged_by_what_is_in_service(answer: dict[str, Any], status: Status, reason: str) -> None:
    seen = groups.judge_group(_resource(), answer, NOW)[0]
    assert (seen.status, seen.reason) == (status, reason)


def test_an_unhealthy_instance_is_not_in_service() -> None:
    answer = _group(2, 2, 1)
    answer["Instances"][0]["HealthStatus"] = "Unhealthy"
    seen = groups.judge_group(_resource(), answer, NOW)
    assert (seen[0].status, seen[0].value) == (Status.WARN, 1.0)


def test_instances_that_are_all_in_one_zone_are_a_warning() -> None:
    answer = _group(2, 2, 1)
    for instance in answer["Instances"]:
        instance["AvailabilityZone"] = "a"
    spread = groups.judge_group(_resource(), answer, NOW)[1]
    assert (spread.check_id, spread.status) == ("zones:arn:thing", Status.WARN)
    assert "one zone's failure stops them all" in spread.reason


def test_one_instance_has_nothing_to_spread() -> None:
    assert len(groups.judge_group(_resource(), _group(1, 1, 1), NOW)) == 1


def _target(state: str, name: str = "i-1", reason: str = "", said: str = "") -> dict[str, Any]:
    health = {"State": state, "Reason": reason, "Description": said}
    return {"Target": {"Id": name, "Port": 8080}, "TargetHealth": health}


def _targets(*described: dict[str, Any], used: bool = True, asleep: bool = False) -> list[HealthObservation]:
    group = _resource(load_balancer="app/shop/1" if used else None)
    return targets.judge_targets(group, described, NOW, asleep=asleep)


@pytest.mark.parametrize(
    ("described", "status", "reason"),
    [
        ([_target("healthy"), _target("healthy", "i-2")], Status.OK, "2 of 2 targets healthy"),
        ([_target("healthy"), _target("initial", "i-2")], Status.OK, "1 of 2 targets healthy, 1 initial"),
        ([_target("healthy"), _target("draining", "i-2")], Status.OK, "1 of 2 targets healthy, 1 draining"),
        ([_target("initial")], Status.WARN, "none of 1 targets healthy yet: 1 initial"),
        ([], Status.CRITICAL, "no target is registered: nothing answers"),
        ([_target("unused")], Status.UNKNOWN, "the state of the others is not known; i-1:8080 is unused"),
        ([_target("healthy"), _target("wonderful", "i-2")], Status.UNKNOWN, "i-2:8080 is wonderful"),
        ([{}], Status.UNKNOWN, "a target without a name is in a state that AWS did not name"),
    ],
)
def test_a_target_group_is_judged_by_its_targets(described: list[dict[str, Any]], status: Status, reason: str) -> None:
    seen = _targets(*described)[0]
    assert seen.status is status
    assert reason in seen.reason


def test_an_unhealthy_target_says_why_and_is_critical_only_when_none_is_left() -> None:
    bad = _target("unhealthy", "i-2", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [502]")
    some = _targets(_target("healthy"), bad)
    assert some[0].status is Status.WARN
    assert some[0].reason == (
        "1 of 2 targets healthy; i-2:8080 answers its health check with a wrong status "
        "(Health checks failed with these codes: [502])"
    )
    assert {one.check_id: one.status for one in some[1:]} == {
        "target:arn:thing:i-1:8080": Status.OK,
        "target:arn:thing:i-2:8080": Status.WARN,
    }
    none = _targets(bad)
    assert [one.status for one in none] == [Status.CRITICAL, Status.CRITICAL]


def test_a_target_that_comes_or_goes_has_no_check_of_its_own() -> None:
    assert len(_targets(_target("initial"), _target("draining", "i-2"))) == 1


def test_a_group_whose_fillers_sleep_sleeps_too() -> None:
    assert _targets(asleep=True)[0].status is Status.ASLEEP
    assert {one.status for one in _targets(_target("unused"), asleep=True)} == {Status.ASLEEP}


def test_a_spare_target_group_is_not_judged_but_one_with_targets_is() -> None:
    assert _targets(used=False) == []
    assert _targets(_target("unused"), used=False)[0].status is Status.WARN


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("available", Status.OK),
        ("backing-up", Status.OK),
        ("stopped", Status.ASLEEP),
        ("rebooting", Status.WARN),
        ("modifying", Status.WARN),
        ("failed", Status.CRITICAL),
        ("storage-full", Status.CRITICAL),
        ("levitating", Status.UNKNOWN),
        ("", Status.UNKNOWN),
    ],
)
def test_a_database_is_judged_by_its_status(state: str, status: Status) -> None:
    seen = databases.judge_database(_resource(), {"DBInstanceStatus": state}, "DBInstanceStatus", NOW)
    assert (seen.kind, seen.status) == ("database", status)


def test_replication_that_is_not_normal_is_a_warning() -> None:
    info = {"StatusType": "read replication", "Normal": False, "Status": "error", "Message": "slot is full"}
    answer = {"DBInstanceStatus": "available", "StatusInfos": [info]}
    seen = databases.judge_database(_resource(), answer, "DBInstanceStatus", NOW)
    assert (seen.status, seen.reason) == (Status.WARN, "read replication is not normal: slot is full")


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("available", Status.OK),
        ("snapshotting", Status.OK),
        ("modifying", Status.WARN),
        ("incompatible-network", Status.CRITICAL),
        ("purple", Status.UNKNOWN),
    ],
)
def test_a_cache_is_judged_by_its_status(state: str, status: Status) -> None:
    seen = caches.judge_cache(_resource(), {"CacheClusterStatus": state}, "CacheClusterStatus", NOW)
    assert (seen.kind, seen.status) == ("cache", status)


def test_a_cache_is_not_well_while_a_node_is_not() -> None:
    answer = {"Status": "available", "CacheNodes": [{"CacheNodeId": "0001", "CacheNodeStatus": "rebooting"}]}
    assert caches.judge_cache(_resource(), answer, "Status", NOW).status is Status.WARN


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"status": "ACTIVE", "runningCount": 2, "desiredCount": 2}, Status.OK),
        ({"status": "ACTIVE", "runningCount": 1, "desiredCount": 2}, Status.WARN),
        ({"status": "ACTIVE", "runningCount": 0, "desiredCount": 2}, Status.CRITICAL),
        ({"status": "ACTIVE", "runningCount": 0, "desiredCount": 2, "pendingCount": 2}, Status.WARN),
        ({"status": "ACTIVE", "runningCount": 0, "desiredCount": 0}, Status.ASLEEP),
        ({"status": "ACTIVE", "runningCount": 2}, Status.UNKNOWN),
        ({"status": "DRAINING"}, Status.WARN),
        ({"status": "RETIRED"}, Status.UNKNOWN),
        (
            {"status": "ACTIVE", "runningCount": 2, "desiredCount": 2, "deployments": [{"rolloutState": "FAILED"}]},
            Status.WARN,
        ),
    ],
)
def test_a_service_is_judged_by_its_running_tasks(answer: dict[str, Any], status: Status) -> None:
    assert services.judge_service(_resource(), answer, NOW).status is status


def _checks(state: str = "running", system: str = "ok", own: str = "ok", **more: object) -> dict[str, Any]:
    return {
        "InstanceState": {"Name": state},
        "SystemStatus": {"Status": system},
        "InstanceStatus": {"Status": own},
        **more,
    }


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (_checks(), Status.OK),
        (_checks(AttachedEbsStatus={"Status": "ok"}), Status.OK),
        (_checks(system="impaired"), Status.CRITICAL),
        (_checks(AttachedEbsStatus={"Status": "impaired"}), Status.CRITICAL),
        (_checks(own="insufficient-data"), Status.UNKNOWN),
        (_checks(own="radiant"), Status.UNKNOWN),
        ({"InstanceState": {"Name": "running"}}, Status.UNKNOWN),
        (_checks("stopped"), Status.ASLEEP),
        (_checks("dreaming"), Status.UNKNOWN),
        (_checks(Events=[{"Description": "The instance will be retired"}]), Status.WARN),
        (_checks(Events=[{"Description": "[Completed] The instance was rebooted"}]), Status.OK),
        (_checks(own="initializing"), None),
        (_checks("terminated"), None),
    ],
)
def test_an_instance_is_judged_by_its_status_checks(answer: dict[str, Any], status: Status | None) -> None:
    seen = instances.judge_instance(_resource(), answer, NOW)
    assert (seen.status if seen else None) is status


def test_an_impaired_instance_of_a_group_is_a_warning_that_says_since_when() -> None:
    since = {"Status": "impaired", "Details": [{"ImpairedSince": datetime(2026, 11, 23, 11, 5, tzinfo=UTC)}]}
    seen = instances.judge_instance(_resource(asg="shop"), _checks() | {"SystemStatus": since}, NOW)
    assert seen is not None
    assert (seen.status, seen.reason) == (
        Status.WARN,
        "status checks fail: AWS's host, since 2026-11-23 11:05 UTC",
    )


def test_a_stopped_instance_sleeps_unless_a_group_that_is_awake_counts_on_it() -> None:
    alone = instances.judge_instance(_resource(), _checks("stopped"), NOW)
    missed = instances.judge_instance(_resource(asg="shop"), _checks("stopped"), NOW, wanted=True)
    assert alone is not None
    assert missed is not None
    assert (alone.status, missed.status) == (Status.ASLEEP, Status.WARN)


def test_what_is_seen_carries_the_place_of_its_resource() -> None:
    seen = databases.judge_database(_resource(), {"Status": "available"}, "Status", NOW)
    assert (seen.check_id, seen.title, seen.environment, seen.component, seen.resource_id, seen.observed_at) == (
        "database:arn:thing", "thing", "prod", "backend", "arn:thing", NOW,
    )  # fmt: skip
