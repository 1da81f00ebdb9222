"""CloudMart at 3 a.m. in Seoul: a store filled so that every page has something to say.

prod's backend fails since twelve minutes, eighteen minutes after a deployment; prod's postgres has a gap; dev sleeps.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from dashboards.site import MetricFacts, Site
from store import Store
from store.stack import Stack
from store.vocabulary import (
    Absent,
    Cursor,
    Event,
    Gap,
    HealthObservation,
    Resource,
    Series,
    SeriesKey,
    Status,
)
from tests.dashboards.upkeep import fill_jobs, fill_meter

NOW = datetime(2026, 11, 23, 18, 4, 9, tzinfo=UTC)
EPOCH = int(NOW.timestamp())
HOURS = 5
ACCOUNT, REGION = "123456789012", "ap-northeast-2"
ENVIRONMENTS = ("dev", "staging", "prod")
SECRET = "a-secret-of-the-tests-that-is-long-enough-0123456789"  # noqa: S105  of a test

STACK = Stack.model_validate(
    {
        "name": "CloudMart",
        "timezone": "Asia/Seoul",
        "environments": {name: {} for name in ENVIRONMENTS},
        "components": {
            "frontend": {"depends_on": ["backend"]},
            "backend": {"depends_on": ["postgres", "redis"]},
            "postgres": {},
            "redis": {},
            "network": {},
            "storage": {},
        },
    }
)

# component: (type, dimension, namespace, metrics as (metric, stats, unit, base, swing, absent))
Z, U = Absent.ZERO, Absent.UNKNOWN
SHAPES: dict[str, tuple[str, str, str, tuple[tuple[str, tuple[str, ...], str, float, float, Absent], ...]]] = {
    "frontend": (
        "cloudfront:distribution",
        "DistributionId",
        "AWS/CloudFront",
        (
            ("Requests", ("Sum",), "Count", 900, 500, U),
            ("5xxErrorRate", ("Average",), "Percent", 0.08, 0.06, U),
            ("4xxErrorRate", ("Average",), "Percent", 1.4, 0.5, U),
        ),
    ),
    "backend": (
        "elbv2:loadbalancer",
        "LoadBalancer",
        "AWS/ApplicationELB",
        (
            ("TargetResponseTime", ("Average", "p50", "p95", "p99"), "Seconds", 0.11, 0.05, U),
            ("HTTPCode_Target_5XX_Count", ("Sum",), "Count", 0.4, 0.4, Z),
            ("HTTPCode_ELB_5XX_Count", ("Sum",), "Count", 0.1, 0.1, Z),
            ("RequestCount", ("Sum",), "Count", 640, 300, Z),
            ("ActiveConnectionCount", ("Sum",), "Count", 210, 80, U),
        ),
    ),
    "postgres": (
        "rds:db",
        "DBInstanceIdentifier",
        "AWS/RDS",
        (
            ("CPUUtilization", ("Average",), "Percent", 34, 12, U),
            ("DatabaseConnections", ("Average", "Maximum"), "Count", 46, 14, U),
            ("FreeStorageSpace", ("Minimum",), "Bytes", 1.4e10, 1e9, U),
            ("ReadLatency", ("Average", "p90"), "Seconds", 0.0011, 0.0004, U),
            ("WriteLatency", ("Average", "p90"), "Seconds", 0.0024, 0.0009, U),
        ),
    ),
    "redis": (
        "elasticache:cluster",
        "CacheClusterId",
        "AWS/ElastiCache",
        (
            ("EngineCPUUtilization", ("Average",), "Percent", 7, 3, U),
            ("DatabaseMemoryUsagePercentage", ("Average",), "Percent", 41, 6, U),
            ("CacheHits", ("Sum",), "Count", 8200, 2600, U),
            ("CacheMisses", ("Sum",), "Count", 310, 90, U),
        ),
    ),
    "network": (
        "ec2:natgateway",
        "NatGatewayId",
        "AWS/NATGateway",
        (
            ("ErrorPortAllocation", ("Sum",), "Count", 0, 0, Z),
            ("BytesOutToDestination", ("Sum",), "Bytes", 4.1e7, 2e7, U),
        ),
    ),
    "storage": ("ec2:volume", "VolumeId", "AWS/EBS", (("VolumeQueueLength", ("Average",), "Count", 0.3, 0.2, U),)),
}
METRICS = {
    ("AWS/ApplicationELB", "TargetResponseTime"): MetricFacts("Response time", "응답 시간", "Seconds", 1, True),
    ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"): MetricFacts("Target 5xx", "대상 5xx", "Count", 1, True),
    ("AWS/ApplicationELB", "RequestCount"): MetricFacts("Requests", "요청 수", "Count", 1),
    ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count"): MetricFacts("Load balancer 5xx", "로드 밸런서 5xx", "Count"),
    ("AWS/ApplicationELB", "ActiveConnectionCount"): MetricFacts("Active connections", "활성 연결", "Count"),
    ("AWS/CloudFront", "5xxErrorRate"): MetricFacts("5xx rate", "5xx 비율", "Percent", 1, True),
    ("AWS/CloudFront", "Requests"): MetricFacts("Requests", "요청 수", "Count", 1),
    ("AWS/CloudFront", "4xxErrorRate"): MetricFacts("4xx rate", "4xx 비율", "Percent"),
    ("AWS/RDS", "CPUUtilization"): MetricFacts("CPU", "CPU", "Percent", 1, True),
    ("AWS/RDS", "DatabaseConnections"): MetricFacts("Connections", "연결 수", "Count", 1, True),
    ("AWS/RDS", "FreeStorageSpace"): MetricFacts("Free storage", "남은 저장 공간", "Bytes", 1, False),
    ("AWS/RDS", "ReadLatency"): MetricFacts("Read latency", "읽기 지연", "Seconds"),
    ("AWS/RDS", "WriteLatency"): MetricFacts("Write latency", "쓰기 지연", "Seconds"),
    ("AWS/ElastiCache", "EngineCPUUtilization"): MetricFacts("Engine CPU", "엔진 CPU", "Percent", 1, True),
    ("AWS/ElastiCache", "DatabaseMemoryUsagePercentage"): MetricFacts("Memory used", "메모리 사용률", "Percent", 1),
    ("AWS/ElastiCache", "CacheHits"): MetricFacts("Hits", "적중", "Count"),
    ("AWS/ElastiCache", "CacheMisses"): MetricFacts("Misses", "실패", "Count"),
    ("AWS/NATGateway", "ErrorPortAllocation"): MetricFacts("Port errors", "포트 할당 오류", "Count", 1, True),
    ("AWS/NATGateway", "BytesOutToDestination"): MetricFacts("Bytes out", "나가는 바이트", "Bytes", 1),
    ("AWS/EBS", "VolumeQueueLength"): MetricFacts("Queue length", "대기열 길이", "Count", 1, True),
}
DEPLOYED = NOW - timedelta(minutes=30)
FAILING_SINCE = NOW - timedelta(minutes=12)
GAP = Gap((EPOCH - 3600) // 60 * 60, (EPOCH - 2640) // 60 * 60, "CloudWatch refused GetMetricData (Throttling)")


def resource_of(environment: str, component: str) -> Resource:
    kind = SHAPES[component][0]
    name = f"cloudmart-{environment}-{component}"
    return Resource(
        f"arn:aws:{kind}:{name}",
        kind,
        name,
        ACCOUNT,
        REGION,
        environment,
        component,
        state="stopped" if environment == "dev" else "available",
        first_seen=NOW,
        last_seen=NOW,
    )


def series_of(environment: str, component: str) -> list[Series]:
    _, dimension, namespace, metrics = SHAPES[component]
    resource = resource_of(environment, component)
    return [
        Series(
            SeriesKey(ACCOUNT, REGION, namespace, metric, ((dimension, resource.name),), stat),
            60,
            absent,
            unit,
            METRICS[namespace, metric].title,
            resource.id,
            environment,
            component,
        )
        for metric, stats, unit, _, _, absent in metrics
        for stat in stats
    ]


def value_at(series: Series, time: int) -> float:
    """A wobble around the base that only the series and the minute decide; the incident lifts prod's backend."""
    _, _, _, metrics = SHAPES[series.component or ""]
    base, swing = next((base, swing) for metric, _, _, base, swing, _ in metrics if metric == series.key.metric)
    seed = int(series.id[1:9], 16) % 1000
    wave = math.sin(time / 5400 + seed) * 0.7 + math.sin(time / 410 + seed * 3) * 0.3
    value = base + swing * wave
    value *= {"p50": 0.7, "p90": 1.6, "p95": 1.9, "p99": 2.8, "Maximum": 1.2}.get(series.key.stat, 1.0)
    if (series.environment, series.component) == ("prod", "backend") and time >= FAILING_SINCE.timestamp():
        value = value * 4 if "Time" in series.key.metric else value + 37 if "5XX" in series.key.metric else value
    return max(0.0, round(value) if series.unit == "Count" and series.key.stat == "Sum" else round(value, 6))


def _observed(
    kind: str, environment: str, component: str, status: Status, reason: str, **more: object
) -> HealthObservation:
    title = {"target": "Healthy targets", "database": "Database status", "cache": "Cache status", "http": "Home page"}[
        kind
    ]
    observed_at = NOW - timedelta(seconds=9)
    check = f"{kind}:{environment}/{component}"
    return HealthObservation(check, kind, title, status, reason, observed_at, environment, component, **more)  # type: ignore[arg-type]


def observations(at_start: bool) -> list[HealthObservation]:  # noqa: FBT001  before and after the incident
    found = []
    for environment in ENVIRONMENTS:
        awake = Status.ASLEEP if environment == "dev" else Status.OK
        found += [
            _observed("http", environment, "frontend", awake, "answered 200 in 84 ms", value=84.0, unit="ms"),
            _observed("database", environment, "postgres", awake, "available"),
            _observed("cache", environment, "redis", awake, "available"),
        ]
        if environment == "prod" and not at_start:
            found.append(
                _observed(
                    "target",
                    "prod",
                    "backend",
                    Status.CRITICAL,
                    "4 of 6 targets answer 502 (Target.ResponseCodeMismatch)",
                    value=2.0,
                    unit="targets",
                )
            )
        else:
            found.append(
                _observed("target", environment, "backend", awake, "6 of 6 targets healthy", value=6.0, unit="targets")
            )
    if not at_start:
        found.append(
            _observed(
                "http", "staging", "backend", Status.WARN, "certificate expires in 9 days", value=9.0, unit="days"
            )
        )
    return found


def fill_cloudmart(store: Store, hours: int = HOURS) -> None:
    """Write CloudMart into an empty, migrated store."""
    _fill_resources_and_samples(store, hours)
    early = [_moved(each, NOW - timedelta(hours=7)) for each in observations(at_start=True)]
    store.health.record(early)
    store.health.record([_moved(each, FAILING_SINCE) for each in observations(at_start=False)])
    store.health.record(observations(at_start=False))
    store.events.add(
        Event("d1", DEPLOYED, "deploy.started", "Deploy backend 2026.11.24-1", "github-actions", "prod", "backend")
    )
    store.events.add(Event("s1", NOW - timedelta(hours=7), "environment.asleep", "dev put to sleep", environment="dev"))
    fill_jobs(store, NOW, REGION)
    fill_meter(store, NOW, REGION)


def _moved(observation: HealthObservation, at: datetime) -> HealthObservation:
    return replace(observation, observed_at=at)


def _fill_resources_and_samples(store: Store, hours: int) -> None:
    places = [(environment, component) for environment in ENVIRONMENTS for component in SHAPES]
    resources = [resource_of(*place) for place in places]
    store.resources.replace(ACCOUNT, REGION, sorted({each.type for each in resources}), resources, NOW)
    end = EPOCH // 60 * 60 - 120
    samples, gaps, cursors = {}, {}, []
    for place in places:
        every = series_of(*place)
        store.series.upsert(every)
        for series in every:
            start = end - hours * 3600
            hole = range(GAP.start, GAP.end) if place == ("prod", "postgres") else range(0)
            times = [] if place[0] == "dev" else [time for time in range(start, end, 60) if time not in hole]
            samples[series.id] = [(time, value_at(series, time)) for time in times]
            if hole:
                gaps[series.id] = [GAP]
            cursors.append(Cursor(series.id, start, end, start - 86400, EPOCH + 120, last_success=end))
    store.commit_collection(samples=samples, cursors=cursors, gaps=gaps, claim=None)


def site_of(store: Store, **changes: object) -> Site:
    """A site over the store whose clock stands still at NOW."""
    words: dict[str, object] = {
        "stack": STACK,
        "store": store,
        "clock": lambda: NOW,
        "version": "0.1.0",
        "bill_cap": Decimal(30),
        "effective_config": lambda: "stack:\n  name: cloudmart\nweb:\n  login:\n    users:\n    - name: an\n",
        "permissions": lambda: '{\n  "Version": "2012-10-17",\n  "Statement": []\n}',
        "metrics": METRICS,
        **changes,
    }
    return Site(**words)  # type: ignore[arg-type]
