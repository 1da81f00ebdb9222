"""Answers about Lamplighter's own work: jobs, bill, events, settings."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from dashboards.api.models.base import Answer, Page
from store.vocabulary import Event, Job, JobRun


class JobAnswer(Answer):
    """A recurring piece of work and where it stands."""

    name: str
    every: int = Field(description="Seconds.")
    next_due: datetime
    outcome: Literal["", "ok", "partial", "failed"]
    message: str
    coverage: float | None
    last_started: datetime | None
    last_finished: datetime | None
    last_success: datetime | None
    failures: int
    progress: float | None
    running: bool

    @classmethod
    def from_store(cls, job: Job) -> JobAnswer:
        """Make the answer of a job."""
        return cls(**{name: getattr(job, name) for name in cls.model_fields})


class RunAnswer(Answer):
    """One run of a job."""

    job: str
    slot: datetime
    owner: str
    epoch: int
    started: datetime
    finished: datetime | None
    outcome: str
    message: str
    coverage: float | None

    @classmethod
    def from_store(cls, run: JobRun) -> RunAnswer:
        """Make the answer of a run."""
        return cls(**{name: getattr(run, name) for name in cls.model_fields})


class EventAnswer(Answer):
    """Something that happened."""

    key: str
    at: datetime
    kind: str
    title: str
    actor: str
    environment: str | None
    component: str | None
    detail: dict[str, Any]

    @classmethod
    def from_store(cls, event: Event) -> EventAnswer:
        """Make the answer of an event."""
        return cls(**{name: getattr(event, name) for name in cls.model_fields} | {"detail": dict(event.detail)})


class BillLine(Answer):
    """Calls of one kind in the asked range. Dollars are decimal numbers as text."""

    account: str
    region: str
    api: str
    calls: int
    errors: int
    throttles: int
    units: Decimal
    cost_low: Decimal
    cost_high: Decimal


class BillAnswer(Answer):
    """What Lamplighter's own calls to AWS cost: a range, where the price or the free tier is disputed."""

    start: datetime
    end: datetime
    currency: Literal["USD"] = "USD"
    cost_low: Decimal
    cost_high: Decimal
    monthly_cap: Decimal | None
    degradation: str = Field(description="What is collected less often to keep to the cap; empty when nothing is.")
    lines: list[BillLine] = Field(description="Dearest first.")


class SettingsAnswer(Answer):
    """The configuration in force, its secrets masked."""

    version: str
    yaml: str
    problem: str | None = Field(description="Why the last reload was refused.")
    permissions: str = Field(description="The least IAM policy, as JSON text.")


class JobPage(Page[JobAnswer]):
    """The recurring jobs."""


class RunPage(Page[RunAnswer]):
    """Runs of a job, newest first."""


class EventPage(Page[EventAnswer]):
    """Events, newest first."""
