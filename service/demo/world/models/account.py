"""AWS/SNS and AWS/Usage: what belongs to the account rather than to a machine."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from service.demo.source import Buckets
from service.demo.world.models.buckets import gauge, minutely
from service.demo.world.models.naming import Described, dimensions
from service.demo.world.noise import Times, counted, key_of
from service.demo.world.scene import Sample, Scene
from service.demo.world.state import Named

SNS = "AWS/SNS"
USAGE = "AWS/Usage"


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


def usage_metrics() -> Iterator[Described]:
    """Calls that this account makes to CloudWatch."""
    for call, rate in (("GetMetricData", 3.2), ("ListMetrics", 0.3), ("PutMetricData", 6.0)):
        where = dimensions(Class="None", Resource=call, Service="CloudWatch", Type="API")
        key = key_of("usage", call)

        def sample(_scene: Scene, times: Times, key: int = key, rate: float = rate) -> Buckets:
            calls = counted(key, times, np.full(len(times), rate))
            return gauge(times, calls, calls > 0)

        yield USAGE, "CallCount", where, minutely("None", sample)
