"""Whatever AWS answers: without a known good word nothing is green, and nothing raises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.health import caches, databases, groups, instances, services, targets
from store.vocabulary import HealthObservation, Resource, Status

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
THING = Resource(
    id="arn:thing", type="thing", name="thing", account="main", region="r", attributes={"load_balancer": "app/x/1"}
)


def _group(serving: int, desired: int, least: int, starting: int) -> dict[str, Any]:
    made = [("InService", "Healthy")] * serving + [("Pending", "Healthy")] * starting
    return {
        "DesiredCapacity": desired,
        "MinSize": least,
        "Instances": [{"LifecycleState": state, "HealthStatus": health} for state, health in made],
    }


Judge = Callable[[dict[str, Any]], Sequence[HealthObservation | None]]
JUDGES: dict[str, Judge] = {
    "group": lambda answer: groups.judge_group(THING, answer, NOW),
    "targets": lambda answer: targets.judge_targets(THING, [answer], NOW),
    "database": lambda answer: [databases.judge_database(THING, answer, "DBInstanceStatus", NOW)],
    "cache": lambda answer: [caches.judge_cache(THING, answer, "CacheClusterStatus", NOW)],
    "service": lambda answer: [services.judge_service(THING, answer, NOW)],
    "instance": lambda answer: [instances.judge_instance(THING, answer, NOW)],
}
_KEYS = st.sampled_from(
    [
        *("DesiredCapacity", "MinSize", "Instances", "AvailabilityZones", "LifecycleState", "HealthStatus"),
        *("Target", "TargetHealth", "State", "Id", "Port", "DBInstanceStatus", "StatusInfos", "Normal"),
        *("CacheClusterStatus", "CacheNodes", "CacheNodeStatus", "status", "runningCount", "desiredCount"),
        *("pendingCount", "deployments", "InstanceState", "SystemStatus", "InstanceStatus", "Status", "Name", "Events"),
    ]
)
_GREEN_WORDS = {"ok", "healthy", "available", "backing-up", "snapshotting", "active", "inservice", "not-applicable"}
_ODD = st.text(max_size=6).filter(lambda word: word.lower() not in _GREEN_WORDS)
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | _ODD | st.just([]) | st.just(NOW),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("what", JUDGES)
@settings(max_examples=60, deadline=None)
@given(answer=st.dictionaries(_KEYS, _ANYTHING, max_size=8))
def test_an_answer_without_a_known_good_word_is_never_green(what: str, answer: dict[str, Any]) -> None:
    seen = [one for one in JUDGES[what](answer) if one]
    assert all(one.status is not Status.OK and one.reason for one in seen)


@pytest.mark.parametrize("judge", [databases.judge_status, caches.judge_status])
@given(state=_ODD)
def test_a_word_that_nobody_knows_is_unknown(judge: Callable[[str], tuple[Status, str]], state: str) -> None:
    status, reason = judge(state)
    assert status is Status.UNKNOWN
    assert reason


@given(serving=st.integers(0, 9), desired=st.integers(0, 9), least=st.integers(0, 9), starting=st.integers(0, 9))
def test_a_group_is_green_exactly_when_all_that_is_wanted_serves(
    serving: int, desired: int, least: int, starting: int
) -> None:
    seen = groups.judge_group(THING, _group(serving, desired, least, starting), NOW)[0]
    assert (seen.status is Status.OK) == (0 < desired <= serving)
    assert (seen.status is Status.ASLEEP) == (desired == 0)
