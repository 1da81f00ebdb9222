"""CloudMart's metrics tell one story, and always the same one."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.demo.source import Buckets
from service.demo.world.demand import expected_requests
from service.demo.world.plan import DEV, PROD, STAGING
from service.demo.world.state import Volume
from tests.demo.world_scenes import (
    DAY,
    HOUR,
    NOON,
    all_metrics,
    cloudmart,
    edge,
    living,
    metric,
    percentile,
    read,
    same,
    total,
)

PROD_REQUESTS = metric("AWS/ApplicationELB", "RequestCount", LoadBalancer="app/prod/1")
PROD_TIME = metric("AWS/ApplicationELB", "TargetResponseTime", LoadBalancer="app/prod/1")
PROD_CPU = metric("AWS/EC2", "CPUUtilization", InstanceId="i-prod-0")
HEALTHY = metric("AWS/ApplicationELB", "HealthyHostCount", LoadBalancer="app/prod/1", TargetGroup="targetgroup/prod/1")


def test_every_metric_answers_alike_when_asked_twice_by_different_processes_of_the_same_history() -> None:
    one, other = living(), living()
    for which in all_metrics(one):
        step = max(one.resolution(which), 60)
        window = (NOON // step * step - 20 * step, NOON // step * step)
        assert same(read(one, which, *window), read(other, which, *window)), which


@given(
    number=st.integers(min_value=0, max_value=10_000),
    first=st.integers(min_value=0, max_value=200),
    length=st.integers(min_value=1, max_value=60),
)
@settings(max_examples=60, deadline=None)
def test_overlapping_windows_agree_where_they_overlap(number: int, first: int, length: int) -> None:
    source = living()
    metrics = all_metrics(source)
    which = metrics[number % len(metrics)]
    step = source.resolution(which)
    begin = NOON // step * step - 300 * step
    whole = read(source, which, begin, begin + 300 * step)
    part = read(source, which, begin + first * step, begin + (first + length) * step)
    inside = (whole.times >= begin + first * step) & (whole.times < begin + (first + length) * step)
    assert same(part, Buckets(whole.times[inside], whole.values[inside], whole.weights[inside]))


def test_buckets_are_aligned_ascending_and_hold_numbers_that_can_be() -> None:
    source = living()
    for which in all_metrics(source):
        step = source.resolution(which)
        found = read(source, which, NOON // step * step - 30 * step, NOON // step * step)
        assert (found.times % step == 0).all(), which
        assert (np.diff(found.times) > 0).all(), which
        assert found.values.shape == found.weights.shape == (len(found.times), found.values.shape[1]), which
        assert not np.isnan(found.values[found.weights > 0]).any(), which
        assert (found.weights >= 0).all(), which
        if which.name != "OldestReplicationSlotLag":
            assert (found.values[found.weights > 0] >= 0).all(), which
        if source.unit(which) == "Percent":
            assert (found.values[found.weights > 0] <= 100).all(), which


def test_prod_is_busier_than_staging_and_staging_than_dev_at_any_office_hour() -> None:
    times = np.arange(NOON + 2 * HOUR, NOON + 5 * HOUR, 60)
    prod, staging, dev = (expected_requests(plan, times).min() for plan in (PROD, STAGING, DEV))
    assert prod > 3 * staging > 6 * dev > 0


def test_shops_fill_in_the_evening_and_empty_before_dawn_while_dev_sleeps_at_night() -> None:
    source = living()
    evening = total(read(source, PROD_REQUESTS, NOON + 8 * HOUR, NOON + 10 * HOUR))
    dawn = total(read(source, PROD_REQUESTS, NOON + 15 * HOUR, NOON + 17 * HOUR))
    assert evening > 4 * dawn > 0
    dev = metric("AWS/ApplicationELB", "RequestCount", LoadBalancer="app/dev/1")
    assert total(read(source, dev, NOON + 12 * HOUR, NOON + 14 * HOUR)) < 0.1 * total(
        read(source, dev, NOON + 2 * HOUR, NOON + 4 * HOUR)
    )


def test_saturday_is_busier_than_tuesday() -> None:
    source = living()
    tuesday = total(read(source, PROD_REQUESTS, NOON - 12 * HOUR, NOON + 12 * HOUR))
    saturday = total(read(source, PROD_REQUESTS, NOON + 4 * DAY - 12 * HOUR, NOON + 4 * DAY + 12 * HOUR))
    assert saturday > 1.15 * tuesday


def test_percentiles_of_the_answer_time_are_in_order_and_far_apart() -> None:
    found = read(living(), PROD_TIME, NOON, NOON + HOUR)
    middle, slow, slowest = (percentile(found, share) for share in (0.5, 0.95, 0.99))
    assert (middle < slow).all()
    assert (slow < slowest).all()
    assert 2.0 < float(np.median(slowest / middle)) < 8.0
    assert 0.02 < float(np.median(middle)) < 0.12


def test_the_answer_time_counts_exactly_the_requests() -> None:
    source = living()
    requests = read(source, PROD_REQUESTS, NOON, NOON + HOUR)
    answers = read(source, PROD_TIME, NOON, NOON + HOUR)
    assert np.allclose(answers.weights.sum(axis=1), requests.weights.sum(axis=1))


def test_the_kinds_of_answers_add_up_to_the_requests() -> None:
    source = living()
    window = (NOON, NOON + 6 * HOUR)
    kinds = [
        total(
            read(
                source, metric("AWS/ApplicationELB", f"HTTPCode_Target_{n}XX_Count", LoadBalancer="app/prod/1"), *window
            )
        )
        for n in (2, 4, 5)
    ]
    assert sum(kinds) == total(read(source, PROD_REQUESTS, *window))


def test_errors_are_sparse_and_have_no_point_where_there_were_none() -> None:
    found = read(
        living(), metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", LoadBalancer="app/prod/1"), NOON, NOON + DAY
    )
    assert 0 < len(found.times) < 1_000
    assert (found.weights > 0).all()


def test_cpu_follows_the_requests() -> None:
    source = living()
    cpu = read(source, PROD_CPU, NOON - 12 * HOUR, NOON + 12 * HOUR).values[:, 0]
    requests = read(source, PROD_REQUESTS, NOON - 12 * HOUR, NOON + 12 * HOUR).weights[:, 0]
    assert np.corrcoef(cpu, requests)[0, 1] > 0.95


def test_the_hit_ratio_stays_within_what_a_warm_cache_has() -> None:
    source = living()
    window = (NOON - DAY, NOON)
    hits = read(source, metric("AWS/ElastiCache", "CacheHits", CacheClusterId="cloudmart-prod-redis"), *window)
    misses = read(source, metric("AWS/ElastiCache", "CacheMisses", CacheClusterId="cloudmart-prod-redis"), *window)
    ratio = hits.values[:, 0] / (hits.values[:, 0] + misses.values[:, 0])
    assert ratio.min() > 0.8
    assert ratio.max() < 1.0


def test_connections_stay_under_the_limit_and_follow_the_requests() -> None:
    which = metric("AWS/RDS", "DatabaseConnections", DBInstanceIdentifier="cloudmart-prod-postgres")
    found = read(living(), which, NOON - 12 * HOUR, NOON + 12 * HOUR).values[:, 0]
    assert found.max() < 80
    assert found[60 * 20 : 60 * 22].mean() > found[60 * 3 : 60 * 5].mean() + 5


def test_basic_monitoring_has_a_bucket_of_five_samples_each_five_minutes() -> None:
    source = living()
    which = metric("AWS/EC2", "CPUUtilization", InstanceId="i-dev-0")
    assert source.resolution(which) == 300
    found = read(source, which, NOON, NOON + HOUR)
    assert list(found.times) == list(range(NOON, NOON + HOUR, 300))
    assert (found.weights.sum(axis=1) == 5).all()
    assert source.resolution(PROD_CPU) == 60


def test_storage_of_a_bucket_is_measured_at_midnight_utc_and_grows() -> None:
    source = living()
    which = metric("AWS/S3", "BucketSizeBytes", BucketName="cloudmart-prod-frontend", StorageType="StandardStorage")
    found = read(source, which, NOON // DAY * DAY - 15 * DAY, NOON // DAY * DAY)
    assert list(found.times % DAY) == [0] * 15
    assert found.values[-1, 0] > found.values[0, 0]


def test_cloudfront_lives_in_us_east_1_only() -> None:
    source = living()
    regions = {m.region for m in source.metrics(float(NOON)) if m.namespace == "AWS/CloudFront"}
    assert regions == {"us-east-1"}
    which = edge("AWS/CloudFront", "Requests", DistributionId="EPROD", Region="Global")
    assert total(read(source, which, NOON, NOON + HOUR)) > total(read(source, PROD_REQUESTS, NOON, NOON + HOUR))


def test_a_metric_that_nobody_has_is_none() -> None:
    source = living()
    assert (
        source.observe(metric("AWS/EC2", "CPUUtilization", InstanceId="i-none"), NOON, NOON + 60, float(NOON)) is None
    )


def test_a_volume_that_is_attached_to_nothing_has_no_metrics() -> None:
    state = cloudmart()
    spare = replace(state, volumes={**state.volumes, "vol-spare": Volume("vol-spare", "", "")})
    assert not [m for m in living(spare).metrics(float(NOON)) if ("VolumeId", "vol-spare") in m.dimensions]


@pytest.mark.parametrize("days", [15])
def test_fifteen_days_of_a_metric_are_worked_out_in_well_under_a_second(days: int) -> None:
    source = living()
    begun = time.process_time()
    found = read(source, PROD_TIME, NOON - days * DAY, NOON)
    assert len(found.times) == days * 1_440
    assert time.process_time() - begun < 1.0
