"""Each incident changes what it says, only where and while it lasts, and then all is as it would have been."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from service.demo.source import MetricId
from service.demo.world.history import History
from service.demo.world.incidents.book import IncidentBook
from service.demo.world.incidents.incident import Incident
from service.demo.world.incidents.kinds import KINDS
from service.demo.world.living import LivingSource
from service.demo.world.observer import Observer
from service.demo.world.plan import PLANS
from tests.demo.world_scenes import (
    HOUR,
    NOON,
    average,
    cloudmart,
    edge,
    incident,
    living,
    metric,
    percentile,
    read,
    total,
    with_instance,
)

DURING = (NOON + 600, NOON + 900)
AFTER = (NOON + 1_200, NOON + 3_000)
BALANCER = {"LoadBalancer": "app/prod/1"}
GROUP = {"LoadBalancer": "app/prod/1", "TargetGroup": "targetgroup/prod/1"}
DATABASE = {"DBInstanceIdentifier": "cloudmart-prod-postgres"}
REDIS = {"CacheClusterId": "cloudmart-prod-redis"}
REQUESTS = metric("AWS/ApplicationELB", "RequestCount", **BALANCER)
ERRORS = metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", **BALANCER)
TIME = metric("AWS/ApplicationELB", "TargetResponseTime", **BALANCER)
UNHEALTHY = metric("AWS/ApplicationELB", "UnHealthyHostCount", **GROUP)
IN_SERVICE = metric("AWS/AutoScaling", "GroupInServiceInstances", AutoScalingGroupName="cloudmart-prod-asg")
CONNECTIONS = metric("AWS/RDS", "DatabaseConnections", **DATABASE)

VICTIMS = {
    "deploy-5xx": ("i-prod-2",),
    "instance-down": ("i-prod-2",),
    "az-outage": ("i-prod-1",),
}


def _going(name: str) -> LivingSource:
    """Fifteen minutes of an incident from noon on, with what it does to its instances."""
    state = cloudmart()
    history = History.of(state)
    if name == "instance-down":
        history = history.followed_by(with_instance(state, "i-prod-2", "stopped"), NOON)
        history = history.followed_by(state, NOON + 900)
    return living(history, (incident(name, victims=VICTIMS.get(name, ())),))


def _mean(source: LivingSource, which: MetricId, window: tuple[int, int] = DURING) -> float:
    return average(read(source, which, *window))


def _sum(source: LivingSource, which: MetricId, window: tuple[int, int] = DURING) -> float:
    return total(read(source, which, *window))


def _p95(source: LivingSource) -> float:
    return float(np.median(percentile(read(source, TIME, *DURING), 0.95)))


def _error_share(source: LivingSource) -> float:
    return _sum(source, ERRORS) / _sum(source, REQUESTS)


Claim = Callable[[LivingSource, LivingSource], bool]
CLAIMS: dict[str, tuple[Claim, ...]] = {
    "deploy-5xx": (
        lambda now, _usual: 0.06 < _error_share(now) < 0.08,
        lambda now, usual: _p95(now) > 1.8 * _p95(usual),
        lambda now, _usual: _mean(now, UNHEALTHY) == 1.0,
    ),
    "db-connections": (
        lambda now, _usual: read(now, CONNECTIONS, *DURING).values.max() == 85.0,
        lambda now, usual: _p95(now) > 3 * _p95(usual),
        lambda now, _usual: _error_share(now) > 0.1,
    ),
    "cache-evictions": (
        lambda now, _usual: _sum(now, metric("AWS/ElastiCache", "Evictions", **REDIS)) > 4_000,
        lambda now, usual: (
            _sum(now, metric("AWS/ElastiCache", "CacheMisses", **REDIS))
            > 3 * _sum(usual, metric("AWS/ElastiCache", "CacheMisses", **REDIS))
        ),
        lambda now, usual: (
            _mean(now, metric("AWS/RDS", "CPUUtilization", **DATABASE))
            > 1.5 * _mean(usual, metric("AWS/RDS", "CPUUtilization", **DATABASE))
        ),
    ),
    "instance-down": (
        lambda now, _usual: _mean(now, UNHEALTHY) == 1.0,
        lambda now, _usual: _mean(now, IN_SERVICE) == 2.0,
        lambda now, _usual: (
            len(read(now, metric("AWS/EC2", "CPUUtilization", InstanceId="i-prod-2"), *DURING).times) == 0
        ),
    ),
    "rds-failover": (
        lambda now, _usual: read(now, CONNECTIONS, NOON, NOON + 60).values[0, 0] == 0.0,
        lambda now, _usual: _sum(now, ERRORS, (NOON, NOON + 60)) > 0.4 * _sum(now, REQUESTS, (NOON, NOON + 60)),
        lambda now, _usual: _error_share(now) < 0.01,
    ),
    "disk-filling": (
        lambda now, usual: (
            _mean(now, metric("AWS/RDS", "FreeStorageSpace", **DATABASE))
            < 0.1 * _mean(usual, metric("AWS/RDS", "FreeStorageSpace", **DATABASE))
        ),
        lambda now, _usual: _mean(now, metric("CWAgent", "disk_used_percent", InstanceId="i-prod-0")) > 95.0,
    ),
    "traffic-spike": (
        lambda now, usual: 2.7 < _sum(now, REQUESTS) / _sum(usual, REQUESTS) < 3.3,
        lambda now, _usual: _mean(now, metric("AWS/EC2", "CPUUtilization", InstanceId="i-prod-0")) > 90.0,
        lambda now, usual: _p95(now) > 1.5 * _p95(usual),
    ),
    "nat-ports": (
        lambda now, _usual: _sum(now, metric("AWS/NATGateway", "ErrorPortAllocation", NatGatewayId="nat-prod")) > 500,
        lambda now, usual: _error_share(now) > 0.01 > _error_share(usual),
    ),
    "frontend-down": (
        lambda now, _usual: (
            _mean(now, edge("AWS/CloudFront", "5xxErrorRate", DistributionId="EPROD", Region="Global")) > 80.0
        ),
        lambda now, usual: _sum(now, REQUESTS) < 0.5 * _sum(usual, REQUESTS),
    ),
    "slow-backend": (
        lambda now, usual: _p95(now) > 8 * _p95(usual),
        lambda now, _usual: _sum(now, metric("AWS/ApplicationELB", "HTTPCode_ELB_504_Count", **BALANCER)) > 50,
    ),
    "cpu-credits": (
        lambda now, _usual: _mean(now, metric("AWS/EC2", "CPUCreditBalance", InstanceId="i-prod-0")) == 0.0,
        lambda now, _usual: _mean(now, metric("AWS/EC2", "CPUUtilization", InstanceId="i-prod-0")) <= 30.0,
        lambda now, usual: _p95(now) > 2 * _p95(usual),
    ),
    "az-outage": (
        lambda now, _usual: _mean(now, UNHEALTHY) == 1.0,
        lambda now, _usual: _mean(now, IN_SERVICE) == 2.0,
        lambda now, _usual: _mean(now, metric("AWS/EC2", "StatusCheckFailed_System", InstanceId="i-prod-1")) == 1.0,
        lambda now, _usual: _mean(now, metric("AWS/EC2", "StatusCheckFailed_System", InstanceId="i-prod-0")) == 0.0,
    ),
    "nat-transfer": (
        lambda now, usual: (
            18
            < _sum(now, metric("AWS/NATGateway", "BytesInFromDestination", NatGatewayId="nat-prod"))
            / _sum(usual, metric("AWS/NATGateway", "BytesInFromDestination", NatGatewayId="nat-prod"))
            < 22
        ),
    ),
    "forgotten-instance": (lambda now, usual: _sum(now, REQUESTS) == _sum(usual, REQUESTS),),
}


def test_there_is_a_claim_for_each_incident() -> None:
    assert set(CLAIMS) == {kind.name for kind in KINDS}


@pytest.mark.parametrize(("name", "number"), [(name, n) for name, claims in CLAIMS.items() for n in range(len(claims))])
def test_an_incident_does_what_it_says(name: str, number: int) -> None:
    assert CLAIMS[name][number](_going(name), living())


@pytest.mark.parametrize("name", sorted(CLAIMS))
def test_before_an_incident_and_after_it_nothing_differs(name: str) -> None:
    going, usual = _going(name), living()
    for which in usual.metrics(float(NOON)):
        step = usual.resolution(which)
        for start, end in ((NOON - HOUR, NOON), AFTER):
            window = (-(-start // step) * step, end // step * step)
            there, expected = read(going, which, *window), read(usual, which, *window)
            assert np.array_equal(there.times, expected.times), which
            assert np.array_equal(there.values, expected.values, equal_nan=True), which
            assert np.array_equal(there.weights, expected.weights), which


@pytest.mark.parametrize("name", sorted(CLAIMS))
def test_an_incident_in_prod_leaves_dev_alone(name: str) -> None:
    going, usual = _going(name), living()
    for which in usual.metrics(float(NOON)):
        if any("dev" in value for _, value in which.dimensions) and usual.resolution(which) == 60:
            there, expected = read(going, which, *DURING), read(usual, which, *DURING)
            assert np.array_equal(there.values, expected.values), which


def test_a_bad_deploy_fails_its_instance_only_after_a_minute() -> None:
    found = read(_going("deploy-5xx"), UNHEALTHY, NOON, NOON + 900)
    assert list(found.values[:4, 0]) == [0.0, 1.0, 1.0, 1.0]


def test_a_stronger_incident_does_more() -> None:
    strong = living(None, (replace(incident("traffic-spike"), intensity=2.0),))
    assert _sum(strong, REQUESTS) > 1.5 * _sum(living(None, (incident("traffic-spike"),)), REQUESTS)


def test_incidents_add_up() -> None:
    both = living(None, (incident("nat-ports"), incident("traffic-spike")))
    assert _sum(both, metric("AWS/NATGateway", "ErrorPortAllocation", NatGatewayId="nat-prod")) > 500
    assert _sum(both, REQUESTS) > 2.5 * _sum(living(), REQUESTS)


# The book: what the control API does.


def _book() -> IncidentBook:
    observer = Observer()
    observer.begin(cloudmart, float(NOON))
    return IncidentBook(observer)


def test_an_incident_is_over_by_itself_after_fifteen_minutes() -> None:
    book = _book()
    shown = book.start("slow-backend", {}, float(NOON))
    assert shown["environment"] == "prod"
    assert shown["ends"] == NOON + 900
    assert [one["name"] for one in book.active(NOON + 899.0)] == ["slow-backend"]
    assert book.active(NOON + 900.0) == []


def test_the_length_may_be_given_in_seconds_or_minutes_or_left_open() -> None:
    book = _book()
    assert book.start("slow-backend", {"duration": 60.0}, float(NOON))["ends"] == NOON + 60
    assert book.start("nat-ports", {"minutes": 2}, float(NOON))["ends"] == NOON + 120
    assert book.start("disk-filling", {"minutes": None}, float(NOON))["ends"] is None


def test_stopping_an_incident_ends_it_now_and_leaves_its_past() -> None:
    book = _book()
    book.start("slow-backend", {"environment": "staging"}, float(NOON))
    assert book.stop("slow-backend", NOON + 300.0)["ends"] == NOON + 300
    assert book.active(NOON + 300.0) == []
    assert [(one.start, one.end) for one in book.all()] == [(NOON, NOON + 300)]
    with pytest.raises(LookupError, match="is not going on"):
        book.stop("slow-backend", NOON + 301.0)


def test_every_incident_has_a_title_and_says_what_people_feel() -> None:
    for one in _book().available():
        assert one["title"]
        assert one["summary"].endswith(".")
        assert one["components"] or one["name"] == "forgotten-instance"


@pytest.mark.parametrize(
    ("name", "options", "error", "says"),
    [
        ("meteor", {}, LookupError, "there are: deploy-5xx"),
        ("slow-backend", {"environment": "moon"}, ValueError, "there are dev, staging, prod"),
        ("slow-backend", {"duration": -1}, ValueError, "positive duration"),
        ("slow-backend", {"duration": "long"}, ValueError, "must be a number"),
        ("slow-backend", {"intensity": 9}, ValueError, "at most 5"),
        ("slow-backend", {"colour": "red"}, ValueError, "unknown option 'colour'"),
        ("slow-backend", {"days": 3}, ValueError, "only what raises the bill"),
        ("nat-transfer", {"days": 99}, ValueError, "at most 30"),
    ],
)
def test_a_wrong_wish_is_refused_with_what_there_is(
    name: str, options: dict[str, object], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        _book().start(name, options, float(NOON))


def test_the_same_incident_cannot_begin_twice_in_one_environment() -> None:
    book = _book()
    book.start("slow-backend", {}, float(NOON))
    with pytest.raises(ValueError, match="going on in prod already"):
        book.start("slow-backend", {}, NOON + 1.0)
    for plan in PLANS[:2]:
        book.start("slow-backend", {"environment": plan.name}, NOON + 1.0)
    assert len(book.active(NOON + 2.0)) == 3


def test_a_lost_zone_takes_the_instances_of_the_zone_that_has_fewest() -> None:
    assert _book().start("az-outage", {}, float(NOON))["instances"] == ["i-prod-1"]


def test_an_incident_that_is_active_is_told_from_one_that_will_be() -> None:
    later: Incident = replace(incident("slow-backend"), start=NOON + 10.0)
    assert not later.active(float(NOON))
    assert later.active(NOON + 10.0)
