"""Environments that sleep as Prometheus metrics: what each should be and is, and what an hour of its sleep saves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily, Metric

from store.power import Condition, Power

if TYPE_CHECKING:
    from store import Store


def power_metrics(store: Store, now: datetime) -> Iterator[Metric]:
    """Every family of sleep; none where nothing has a schedule."""
    states = store.power.states()
    if not states:
        return
    place = ["environment"]
    desired = GaugeMetricFamily("lamplighter_environment_desired_running", "Whether it should run.", labels=place)
    resources = GaugeMetricFamily(
        "lamplighter_environment_resources",
        "Resources that can sleep, by condition.",
        labels=["environment", "condition"],
    )
    hourly = GaugeMetricFamily(
        "lamplighter_environment_sleep_saves_per_hour", "What an hour of sleep saves.", labels=[*place, "currency"]
    )
    troubled = GaugeMetricFamily("lamplighter_environment_problem", "Whether something keeps it.", labels=place)
    age = GaugeMetricFamily("lamplighter_environment_checked_age_seconds", "Since it was looked at.", labels=place)
    for one in sorted(states, key=lambda state: state.environment):
        desired.add_metric([one.environment], float(one.desired is Power.RUNNING))
        here = [each.condition for each in one.resources if each.desired is not None]
        for condition in Condition:
            resources.add_metric([one.environment, condition.value], float(here.count(condition)))
        if one.hourly is not None:
            hourly.add_metric([one.environment, one.currency], float(one.hourly))
        troubled.add_metric([one.environment], float(bool(one.problem)))
        age.add_metric([one.environment], (now - one.checked_at).total_seconds())
    yield from (desired, resources, hourly, troubled, age)
