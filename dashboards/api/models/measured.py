"""Answers about what is measured and of what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from dashboards.api.models.base import Answer, Page
from store.vocabulary import Gap, Points, Resource, Series


class SeriesAnswer(Answer):
    """A series: what is measured, of what, summed up how, and where it belongs."""

    id: str = Field(description="Stable: s and 16 hexadecimal digits over what identifies the series.")
    account: str
    region: str
    namespace: str
    metric: str
    dimensions: dict[str, str]
    stat: str = Field(description="CloudWatch's word: Average, Sum, p95 …")
    period: int = Field(description="Seconds between points.")
    absent: Literal["zero", "unknown"] = Field(description="What a missing point means.")
    unit: str
    title: str
    resource_id: str | None
    environment: str | None
    component: str | None
    closed_at: datetime | None

    @classmethod
    def from_store(cls, series: Series) -> SeriesAnswer:
        """Make the answer of a series."""
        key = series.key
        return cls(
            id=series.id,
            account=key.account,
            region=key.region,
            namespace=key.namespace,
            metric=key.metric,
            dimensions=dict(key.dimensions),
            stat=key.stat,
            period=series.period,
            absent=series.absent.value,
            unit=series.unit,
            title=series.title,
            resource_id=series.resource_id,
            environment=series.environment,
            component=series.component,
            closed_at=series.closed_at,
        )


class PointsAnswer(Answer):
    """The points of a series, oldest first, and the stretches in which its value is not known."""

    series: SeriesAnswer
    points: list[Annotated[tuple[int, float], Field(description="[epoch seconds, value]")]]
    gaps: list[Annotated[tuple[int, int], Field(description="[from, to) in epoch seconds")]]

    @classmethod
    def from_store(cls, series: Series, points: Points, gaps: list[Gap]) -> PointsAnswer:
        """Make the answer of what the store read."""
        return cls(
            series=SeriesAnswer.from_store(series),
            points=points.pairs(),
            gaps=[(gap.start, gap.end) for gap in gaps],
        )


class ResourceAnswer(Answer):
    """One thing in AWS, with its place in the stack."""

    id: str
    type: str
    name: str
    account: str
    region: str
    environment: str | None
    component: str | None
    state: str
    attributes: dict[str, Any]
    tags: dict[str, str]
    first_seen: datetime | None
    last_seen: datetime | None
    closed_at: datetime | None

    @classmethod
    def from_store(cls, resource: Resource) -> ResourceAnswer:
        """Make the answer of a resource."""
        fields = {name: getattr(resource, name) for name in cls.model_fields}
        return cls(**fields | {"attributes": dict(resource.attributes), "tags": dict(resource.tags)})


class SeriesPage(Page[SeriesAnswer]):
    """Some series."""


class ResourcePage(Page[ResourceAnswer]):
    """Some resources."""
