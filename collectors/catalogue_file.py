"""The form of a metric catalogue's file."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from store.durations import Duration
from store.vocabulary import Absent

Kind = Literal["counter", "gauge", "volume"]
"""Each event as a 1; readings of a level; one amount a period. It decides which statistics make sense."""
Direction = Literal["higher_is_worse", "lower_is_worse", "neutral"]

_NAME = re.compile(r"[a-z][A-Za-z0-9_]*")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Title(_Strict):
    """What a metric is called on the page."""

    en: str
    ko: str = ""


class _Described(_Strict):
    unit: str | None = None
    absent: Absent | None = None
    direction: Direction = "neutral"
    headline: int = Field(default=0, ge=0)
    title: Title | None = None
    enabled: bool = True


class MetricModel(_Described):
    """One metric of a group."""

    metric: str
    stats: list[str] = Field(min_length=1)
    kind: Kind | None = None
    period: Duration | dict[str, str] | None = None
    poll: Duration | None = None
    late: Duration | None = None


class ExpressionModel(_Described):
    """One series computed by CloudWatch from metrics of the same group."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    expression: str = Field(min_length=1)
    inputs: dict[str, str] = Field(min_length=1)

    @model_validator(mode="after")
    def _inputs_are_used(self) -> ExpressionModel:
        used = set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", self.expression))
        for name, source in self.inputs.items():
            if not _NAME.fullmatch(name):
                raise ValueError(f"input {name!r} must begin with a small letter: CloudWatch asks for it")
            if name not in used:
                raise ValueError(f"input {name!r} is not used in the expression {self.expression!r}: leave it out")
            if len(source.split()) != 2:  # noqa: PLR2004  the two words
                raise ValueError(
                    f"input {name!r} reads {source!r}: write the metric and the statistic, 'CacheHits Sum'"
                )
        return self


class GroupModel(_Strict):
    """Metrics of one namespace with the same dimensions."""

    namespace: str = Field(min_length=1, max_length=255)
    resource: str | None = None
    fixed: bool = False
    when: dict[str, str | list[str]] = Field(default_factory=dict)
    listed_in: str | None = None
    dimensions: dict[str, str] = Field(default_factory=dict)
    region: str | None = None
    period: Duration | dict[str, str] = timedelta(minutes=1)
    poll: Duration | None = None
    late: Duration | None = None
    absent: Absent = Absent.UNKNOWN
    discover: bool = False
    metrics: list[MetricModel] = Field(default_factory=list)
    expressions: list[ExpressionModel] = Field(default_factory=list)

    @model_validator(mode="after")
    def _belongs_somewhere(self) -> GroupModel:
        if (self.resource is None) == (not self.fixed):
            raise ValueError("a group belongs to a resource type (`resource: rds:db`) or is `fixed: true`")
        if not self.fixed and not self.dimensions:
            raise ValueError("dimensions are missing: which series of the namespace belong to a resource?")
        return self


class CatalogueFile(_Strict):
    """A whole catalogue file."""

    groups: list[GroupModel]
