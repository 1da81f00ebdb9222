"""CloudMart's metrics follow what becomes of its resources."""

from __future__ import annotations

from dataclasses import replace

from service.demo.world.history import History
from service.demo.world.state import Instance, TargetGroup
from tests.demo.world_scenes import (
    HOUR,
    NOON,
    all_metrics,
    average,
    cloudmart,
    living,
    metric,
    read,
    same,
    total,
    with_instance,
)

PROD_REQUESTS = metric("AWS/ApplicationELB", "RequestCount", LoadBalancer="app/prod/1")
PROD_TIME = metric("AWS/ApplicationELB", "TargetResponseTime", LoadBalancer="app/prod/1")
PROD_CPU = metric("AWS/EC2", "CPUUtilization", InstanceId="i-prod-0")
HEALTHY = metric("AWS/ApplicationELB", "HealthyHostCount", LoadBalancer="app/prod/1", TargetGroup="targetgroup/prod/1")


def test_one_instance_less_means_more_work_for_the_others() -> None:
    before = cloudmart()
    history = History.of(before).followed_by(with_instance(before, "i-prod-2", "stopped"), NOON)
    changed, steady = living(history), living()
    window = (NOON, NOON + HOUR)
    assert average(read(changed, PROD_CPU, *window)) > 1.3 * average(read(steady, PROD_CPU, *window))
    assert total(read(changed, PROD_REQUESTS, *window)) == total(read(steady, PROD_REQUESTS, *window))


def test_a_stopped_instance_has_points_until_it_stops_and_none_after() -> None:
    before = cloudmart()
    history = History.of(before).followed_by(with_instance(before, "i-prod-0", "stopped"), NOON)
    source = living(history)
    for name in ("CPUUtilization", "NetworkIn", "StatusCheckFailed", "CPUCreditBalance"):
        which = metric("AWS/EC2", name, InstanceId="i-prod-0")
        assert len(read(source, which, NOON - HOUR, NOON).times) > 0
        assert len(read(source, which, NOON + 300, NOON + HOUR).times) == 0
    agent = metric("CWAgent", "mem_used_percent", InstanceId="i-prod-0")
    assert len(read(source, agent, NOON + 60, NOON + HOUR).times) == 0


def test_the_past_stays_as_it_was_when_the_state_changes() -> None:
    before = cloudmart()
    history = History.of(before).followed_by(with_instance(before, "i-prod-0", "terminated"), NOON)
    changed, steady = living(history), living()
    for which in all_metrics(steady):
        step = steady.resolution(which)
        end = NOON // step * step
        assert same(read(changed, which, end - 20 * step, end), read(steady, which, end - 20 * step, end)), which


def test_a_new_instance_begins_at_its_launch() -> None:
    before = cloudmart()
    new = Instance("i-prod-9", "prod", "ap-northeast-2a", "running", detailed=True)
    group = before.target_groups["targetgroup/prod/1"]
    after = replace(before, instances={**before.instances, new.id: new})
    after = replace(
        after,
        target_groups={
            **before.target_groups,
            group.dimension: TargetGroup(group.dimension, "prod", group.balancers, (*group.targets, new.id)),
        },
    )
    source = living(History.of(before).followed_by(after, NOON))
    found = read(source, metric("AWS/EC2", "CPUUtilization", InstanceId=new.id), NOON - HOUR, NOON + HOUR)
    assert found.times[0] == NOON
    assert len(found.times) == 60
    hosts = read(source, HEALTHY, NOON - HOUR, NOON + HOUR)
    assert set(hosts.values[hosts.times < NOON, 0]) == {3.0}
    assert set(hosts.values[hosts.times >= NOON, 0]) == {4.0}


def test_healthy_hosts_vanish_when_a_group_has_no_target() -> None:
    before = cloudmart()
    group = before.target_groups["targetgroup/prod/1"]
    empty = replace(
        before,
        target_groups={
            **before.target_groups,
            group.dimension: TargetGroup(group.dimension, "prod", group.balancers, ()),
        },
    )
    source = living(History.of(before).followed_by(empty, NOON))
    assert len(read(source, HEALTHY, NOON - HOUR, NOON).times) == 60
    assert len(read(source, HEALTHY, NOON, NOON + HOUR).times) == 0
    assert len(read(source, PROD_REQUESTS, NOON, NOON + HOUR).times) == 0
    refused = metric("AWS/ApplicationELB", "HTTPCode_ELB_503_Count", LoadBalancer="app/prod/1")
    assert total(read(source, refused, NOON, NOON + HOUR)) > 1_000


def test_a_stopped_database_reports_nothing_and_the_backend_fails() -> None:
    before = cloudmart()
    name = "cloudmart-prod-postgres"
    stopped = replace(before, databases={**before.databases, name: replace(before.databases[name], status="stopped")})
    source = living(History.of(before).followed_by(stopped, NOON))
    connections = metric("AWS/RDS", "DatabaseConnections", DBInstanceIdentifier=name)
    assert len(read(source, connections, NOON - HOUR, NOON).times) == 60
    assert len(read(source, connections, NOON, NOON + HOUR).times) == 0
    errors = metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", LoadBalancer="app/prod/1")
    assert total(read(source, errors, NOON, NOON + HOUR)) > 0.4 * total(read(source, PROD_REQUESTS, NOON, NOON + HOUR))
