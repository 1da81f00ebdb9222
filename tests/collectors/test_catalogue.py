"""The catalogue: what is shipped makes sense, what users add is checked, and it is laid over resources."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.aws import Scope
from collectors.catalogue import Catalogue, load_catalogue, parse, shipped
from collectors.errors import BadCatalogue
from collectors.series import namespaces_to_list, wanted_in
from collectors.statistics import statistic_fault
from store.vocabulary import Absent, Resource

SCOPE = Scope("main", "ap-northeast-2")


def resource(kind: str, state: str = "", **attributes: object) -> Resource:
    return Resource(f"id-{kind}", kind, "cloudmart", "main", "ap-northeast-2", "prod", "backend", state, attributes)


def keys(
    *resources: Resource, listed: dict[tuple[str, str], list[tuple[tuple[str, str], ...]]] | None = None
) -> set[str]:
    return {
        f"{one.series.key.metric} {one.series.key.stat}" for one in wanted_in(SCOPE, shipped(), resources, listed or {})
    }


def test_every_shipped_metric_has_both_titles_a_unit_and_a_direction() -> None:
    for entry in shipped().entries:
        assert entry.title_en, entry.metric
        assert entry.title_ko, entry.metric
        assert entry.direction in {"higher_is_worse", "lower_is_worse", "neutral"}


def test_every_component_type_has_a_headline() -> None:
    types = {entry.resource for entry in shipped().entries if entry.resource}
    assert types == {entry.resource for entry in shipped().entries if entry.resource and entry.headline == 1}


def test_paid_extras_are_off_until_a_file_of_the_user_switches_them_on(tmp_path: Path) -> None:
    assert "CacheHitRate" not in {entry.metric for entry in shipped().entries}
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        """
groups:
  - namespace: AWS/CloudFront
    resource: cloudfront:distribution
    region: us-east-1
    dimensions: {DistributionId: "{distribution_id}", Region: Global}
    metrics: [{metric: CacheHitRate, stats: [Average], unit: percent}]
"""
    )
    added = [entry for entry in load_catalogue([mine]).entries if entry.metric == "CacheHitRate"]
    assert [entry.kind for entry in added] == ["gauge"]


@pytest.mark.parametrize(
    ("kind", "stat", "remedy"),
    [
        ("counter", "Average", "use Sum"),
        ("gauge", "Sum", "use Average"),
        ("volume", "p95", "use Sum"),
        ("", "median", "p95"),
    ],
)
def test_a_statistic_that_makes_no_sense_is_refused_with_the_one_to_use(kind: str, stat: str, remedy: str) -> None:
    assert remedy in str(statistic_fault("AWS/ApplicationELB", "RequestCount", stat, kind))


@pytest.mark.parametrize("stat", ["Average", "p95", "p99.9", "Maximum", "SampleCount"])
def test_a_statistic_that_makes_sense_is_not(stat: str) -> None:
    assert statistic_fault("N", "M", stat, "gauge") is None


def test_all_faults_of_all_files_are_told_at_once_with_their_paths(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        """
groups:
  - namespace: AWS/ApplicationELB
    resource: elbv2:loadbalancer
    dimensions: {LoadBalancer: "{load_balancer}"}
    metrics: [{metric: RequestCount, stats: [Average]}, {metric: Mine, stats: [Sum], period: 7m}]
"""
    )
    (tmp_path / "b.yaml").write_text("groups: [{namespace: Shop, metrics: [{metric: Orders, stats: [Sum]}]}]")
    with pytest.raises(BadCatalogue) as refused:
        load_catalogue([tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "none.yaml"])
    told = "\n".join(refused.value.faults)
    assert "a.yaml: groups.0.metrics.0.stats: Average of AWS/ApplicationELB RequestCount makes no sense" in told
    assert "a.yaml: groups.0.metrics.1: a period is 1m, 5m" in told
    assert "b.yaml: groups.0: a group belongs to a resource type" in told
    assert "none.yaml: cannot be read" in told


def test_text_that_is_no_yaml_is_told_as_such() -> None:
    with pytest.raises(BadCatalogue, match="is no YAML"):
        parse("groups: [", "mine.yaml")


def test_an_instance_with_detailed_monitoring_is_read_by_the_minute() -> None:
    basic = resource("ec2:instance", instance_id="i-1", instance_type="m5.large", monitoring="basic")
    detailed = resource("ec2:instance", instance_id="i-1", instance_type="m5.large", monitoring="detailed")
    for given, period in ((basic, 300), (detailed, 60)):
        (cpu,) = [
            one
            for one in wanted_in(SCOPE, shipped(), [given], {})
            if (one.series.key.metric, one.series.key.stat) == ("CPUUtilization", "Average")
        ]
        assert cpu.series.period == period
        assert cpu.series.key.dimensions == (("InstanceId", "i-1"),)
        assert (cpu.series.environment, cpu.series.component) == ("prod", "backend")


def test_credits_are_asked_of_burstable_instances_only() -> None:
    assert "CPUCreditBalance Minimum" in keys(resource("ec2:instance", instance_id="i", instance_type="t3.micro"))
    assert "CPUCreditBalance Minimum" not in keys(resource("ec2:instance", instance_id="i", instance_type="m5.large"))


def test_a_group_is_asked_only_for_the_metrics_that_are_switched_on() -> None:
    group = resource("autoscaling:group", name="asg", metrics=["GroupInServiceInstances"])
    assert keys(group) == {"GroupInServiceInstances Minimum"}


def test_a_target_group_without_a_load_balancer_has_no_series() -> None:
    assert keys(resource("elbv2:targetgroup", target_group="targetgroup/a/1", load_balancer=None)) == set()


def test_a_cache_has_one_host_series_per_node() -> None:
    cache = resource("elasticache:cluster", cluster_id="redis", nodes=["0001", "0002"], engine="redis", group=None)
    found = [one for one in wanted_in(SCOPE, shipped(), [cache], {}) if one.series.key.metric == "CPUUtilization"]
    assert [dict(one.series.key.dimensions)["CacheNodeId"] for one in found] == ["0001", "0002"]


def test_series_that_may_not_exist_are_asked_for_only_when_aws_lists_them() -> None:
    instance = resource("ec2:instance", instance_id="i-1", instance_type="m5.large")
    disk = (("InstanceId", "i-1"), ("device", "nvme0n1p1"), ("path", "/"))
    other = (("InstanceId", "i-2"), ("path", "/"))
    assert "disk_used_percent Average" not in keys(instance)
    listed = {("CWAgent", "disk_used_percent"): [disk, other]}
    found = [one for one in wanted_in(SCOPE, shipped(), [instance], listed) if one.series.key.namespace == "CWAgent"]
    assert [one.series.key.dimensions for one in found] == [disk]
    assert "CWAgent" in namespaces_to_list(SCOPE, shipped(), [instance])
    assert "CWAgent" not in namespaces_to_list(SCOPE, shipped(), [])


def test_a_distribution_has_its_metrics_in_us_east_1_only() -> None:
    distribution = resource("cloudfront:distribution", distribution_id="E1")
    assert keys(distribution) == set()
    there = wanted_in(Scope("main", "us-east-1"), shipped(), [distribution], {})
    assert {one.series.key.region for one in there} == {"us-east-1"}
    assert "5xxErrorRate" in {one.series.key.metric for one in there}


def test_an_error_rate_is_computed_from_the_metrics_it_is_asked_for_with() -> None:
    balancer = resource("elbv2:loadbalancer", load_balancer="app/web/1", type="application")
    found = {one.series.key.metric: one for one in wanted_in(SCOPE, shipped(), [balancer], {})}
    rate = found["alb_5xx_rate"]
    assert rate.series.key.namespace == "Math"
    assert dict(rate.inputs)["requests"] == found["RequestCount"].series.key
    assert rate.together == found["RequestCount"].together == found["HTTPCode_Target_5XX_Count"].together
    assert found["RequestCount"].series.absent is Absent.ZERO
    assert found["TargetResponseTime"].series.absent is Absent.UNKNOWN


def test_what_sleeps_is_polled_hourly() -> None:
    stopped = resource("ec2:instance", state="stopped", instance_id="i", instance_type="m5.large")
    assert {one.poll for one in wanted_in(SCOPE, shipped(), [stopped], {})} == {3600}


def test_users_may_skip_whole_namespaces() -> None:
    assert "AWS/EBS" not in {entry.namespace for entry in load_catalogue(skip=["AWS/EBS"]).entries}


def test_metrics_of_ones_own_have_fixed_dimensions_and_math() -> None:
    entries = parse(
        """
groups:
  - namespace: Shop
    fixed: true
    dimensions: {Stage: prod}
    metrics:
      - {metric: Orders, stats: [Sum], kind: counter, absent: zero}
      - {metric: Failures, stats: [Sum], kind: counter, absent: zero}
    expressions:
      - {id: failure_rate, expression: 100 * failures / orders, inputs: {failures: Failures Sum, orders: Orders Sum}}
""",
        "mine",
    )
    found = wanted_in(SCOPE, Catalogue(tuple(entries)), [], {})
    assert [one.series.key.metric for one in found] == ["Orders", "Failures", "failure_rate"]
    assert len({one.together for one in found}) == 1


def test_a_narrow_entry_of_ones_own_holds_for_its_resources_and_leaves_the_others(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "groups:\n"
        "  - namespace: AWS/RDS\n"
        "    resource: rds:db\n"
        '    when: {id: "archive-*"}\n'
        '    dimensions: {DBInstanceIdentifier: "{id}"}\n'
        "    period: 5m\n"
        "    metrics: [{metric: CPUUtilization, stats: [Average], title: {en: CPU}}]\n"
    )
    here = Scope("main", "ap-northeast-2")
    databases = [
        Resource(f"arn:{name}", "rds:db", name, "main", "ap-northeast-2", attributes={"id": name, "engine": "mysql"})
        for name in ("archive-1", "orders")
    ]
    wanted = wanted_in(here, load_catalogue([file]), databases, {})
    periods = {
        one.series.key.dimensions[0][1]: one.series.period
        for one in wanted
        if one.series.key.metric == "CPUUtilization"
    }
    assert periods == {"archive-1": 300, "orders": 60}
