"""Which series a rule means, and what it calls them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel, Field

from alerts.rules.base import BaseRule, Readings, Strict, Subject
from store.vocabulary import Series


class MetricSelector(Strict):
    """A metric and a statistic of it, as the catalogue has them; metric math has the namespace Math."""

    namespace: str = Field(min_length=1, description="CloudWatch's namespace, such as AWS/EC2; Math for expressions.")
    name: str = Field(min_length=1, description="The metric's name, such as CPUUtilization.")
    stat: str = Field(min_length=1, description="Average, Sum, Minimum, Maximum, SampleCount, p95, … or Expression.")
    dimensions: dict[str, str] = Field(
        default_factory=dict, description="Only series with these dimensions; values may use * and ?."
    )
    without: list[str] = Field(
        default_factory=list,
        description="Only series that lack these dimensions: a load balancer's own, not its groups'.",
    )


def chosen(rule: BaseRule, metric: MetricSelector, readings: Readings) -> Sequence[Series]:
    """The series of a metric that a rule watches now."""
    found = readings.series(
        metric.namespace, metric.name, metric.stat, metric.dimensions, rule.environments, rule.components
    )
    if not metric.without:
        return found
    unwanted = frozenset(metric.without)
    return [series for series in found if unwanted.isdisjoint(name for name, _ in series.key.dimensions)]


def subject_of(series: Series) -> Subject:
    """A series as something to watch. Its labels are its dimensions, account, region, environment and component."""
    key = series.key
    labels = dict(key.dimensions)
    labels["account"], labels["region"] = key.account, key.region
    if series.environment is not None:
        labels["environment"] = series.environment
    if series.component is not None:
        labels["component"] = series.component
    return Subject(
        labels,
        series.environment,
        series.component,
        series.resource_id,
        series.id,
        series.unit,
        ", ".join(value for _, value in key.dimensions),
        series.period,
    )


def watched(rule: BaseRule, metric: MetricSelector, readings: Readings) -> Iterator[Subject]:
    """The series of a metric as things to watch."""
    return map(subject_of, chosen(rule, metric, readings))


def partners(series: Iterable[Series]) -> dict[tuple[str, str, tuple[tuple[str, str], ...]], Series]:
    """Series by what two metrics of the same thing share: account, region and dimensions."""
    return {(each.key.account, each.key.region, each.key.dimensions): each for each in series}


def selectors_of(part: BaseModel, path: str = "") -> Iterator[tuple[str, MetricSelector]]:
    """Every metric that a rule speaks of, with its path in the rule."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        here = f"{path}{field.alias or name}"
        if isinstance(value, MetricSelector):
            yield here, value
        elif isinstance(value, BaseModel):
            yield from selectors_of(value, f"{here}.")
