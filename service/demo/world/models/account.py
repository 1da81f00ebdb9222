"""AWS/SNS, AWS/Billing and AWS/Usage: what belongs to the account rather than to a machine."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from service.demo.source import Buckets
from service.demo.world.models.buckets import gauge, minutely
from service.demo.world.models.naming import Described, dimensions
from service.demo.world.noise import Floats, Times, counted, key_of, wander
from service.demo.world.scene import Metric, Sample, Scene
from service.demo.world.state import Named

SNS = "AWS/SNS"
BILLING = "AWS/Billing"
USAGE = "AWS/Usage"
_SIX_HOURS = 21_600

# US dollars a day of the three environments, about what such a stack costs in Seoul.
_DAILY = {
    "AmazonEC2": 20.40,
    "AmazonRDS": 3.35,
    "AmazonElastiCache": 1.85,
    "AmazonCloudFront": 2.70,
    "AmazonS3": 0.24,
    "AmazonVPC": 1.20,
    "AmazonCloudWatch": 0.75,
    "AWSELB": 2.05,
}


def topic_metrics(topic: Named) -> Iterator[Described]:
    """Messages of a topic: a few a day; no point where there was none."""
    where = dimensions(TopicName=topic.id)
    key = key_of("topic", topic.id)

    def messages(name: str) -> Sample:
        share = 0.0 if name.endswith("Failed") else 1.0

        def sample(scene: Scene, times: Times) -> Buckets:
            sent = counted(key, times, np.full(len(times), 0.004)) * share
            present = scene.history.flags(times, lambda state: topic.id in state.topics)
            return gauge(times, sent, present & (sent > 0))

        return sample

    for name in ("NumberOfMessagesPublished", "NumberOfNotificationsDelivered", "NumberOfNotificationsFailed"):
        yield SNS, name, where, minutely("Count", messages(name))


def billing_metrics() -> Iterator[Described]:
    """Estimated charges since the month began, each six hours: by service, and of all together."""
    services = tuple(_DAILY)
    for service in services:
        where = dimensions(Currency="USD", ServiceName=service)
        yield BILLING, "EstimatedCharges", where, Metric("None", _SIX_HOURS, _charges((service,)))
    yield BILLING, "EstimatedCharges", dimensions(Currency="USD"), Metric("None", _SIX_HOURS, _charges(services))


def _charges(services: tuple[str, ...]) -> Sample:
    def sample(_scene: Scene, times: Times) -> Buckets:
        days = _days_into_month(times)
        total = np.zeros(len(times))
        for service in services:
            # The wander stays below what a quarter of a day adds, so that charges never shrink within a month.
            drift = 0.05 * wander(key_of("charges", service), times, 86_400)
            total += np.round(_DAILY[service] * np.maximum(days + drift, 0.0), 2)
        return gauge(times, np.round(total, 2))

    return sample


def _days_into_month(times: Times) -> Floats:
    starts = times.astype("datetime64[s]").astype("datetime64[M]").astype("datetime64[s]").astype(np.int64)
    return np.asarray((times - starts) / 86_400.0, dtype=np.float64)


def usage_metrics() -> Iterator[Described]:
    """Calls that this account makes to CloudWatch."""
    for call, rate in (("GetMetricData", 3.2), ("ListMetrics", 0.3), ("PutMetricData", 6.0)):
        where = dimensions(Class="None", Resource=call, Service="CloudWatch", Type="API")
        key = key_of("usage", call)

        def sample(_scene: Scene, times: Times, key: int = key, rate: float = rate) -> Buckets:
            calls = counted(key, times, np.full(len(times), rate))
            return gauge(times, calls, calls > 0)

        yield USAGE, "CallCount", where, minutely("None", sample)
