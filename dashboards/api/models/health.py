"""Answers about how the stack is."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from dashboards.api.models.base import Answer, Page, StatusWord
from dashboards.language import Language
from dashboards.verdict import CheckVerdict, ComponentVerdict, Verdict, place_name
from store.stack import Stack
from store.vocabulary import HealthState, HealthTransition


class CheckAnswer(Answer):
    """A health check: what it last saw, and whether that is still fresh enough to be believed."""

    check_id: str
    kind: str
    title: str
    status: StatusWord = Field(description="As of now: unknown where the observation is too old.")
    observed_status: StatusWord
    reason: str
    observed_at: datetime
    since: datetime
    stale: bool
    environment: str | None
    component: str | None
    resource_id: str | None
    value: float | None
    unit: str

    @classmethod
    def from_verdict(cls, check: CheckVerdict) -> CheckAnswer:
        """Make the answer of a judged check."""
        state: HealthState = check.state
        latest = state.latest
        return cls(
            check_id=latest.check_id,
            kind=latest.kind,
            title=latest.title,
            status=check.status.value,
            observed_status=latest.status.value,
            reason=latest.reason,
            observed_at=latest.observed_at,
            since=state.since,
            stale=check.stale,
            environment=latest.environment,
            component=latest.component,
            resource_id=latest.resource_id,
            value=latest.value,
            unit=latest.unit,
        )


class TransitionAnswer(Answer):
    """A check went from one status to another."""

    check_id: str
    at: datetime
    before: StatusWord | None
    after: StatusWord
    reason: str
    title: str
    environment: str | None
    component: str | None

    @classmethod
    def from_store(cls, one: HealthTransition) -> TransitionAnswer:
        """Make the answer of a transition."""
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class ComponentAnswer(Answer):
    """How one component of one environment is."""

    environment: str
    component: str
    title: str
    status: StatusWord
    reason: str
    covered: bool = Field(description="Whether any health check covers it.")
    since: datetime | None
    checked_at: datetime | None
    depends_on: list[str]

    @classmethod
    def from_verdict(cls, verdict: ComponentVerdict, stack: Stack, language: Language) -> ComponentAnswer:
        """Make the answer of a judged component."""
        described = stack.components.get(verdict.component)
        return cls(
            environment=verdict.environment,
            component=verdict.component,
            title=place_name(stack, verdict.place),
            status=verdict.status.value,
            reason=language.say(verdict.reason),
            covered=verdict.covered,
            since=verdict.since,
            checked_at=verdict.checked_at,
            depends_on=described.depends_on if described else [],
        )


class StatusAnswer(Answer):
    """How the whole stack is. Green only when everything that is checked was seen fresh and fine."""

    stack: str
    status: StatusWord
    sentence: str
    notes: list[str]
    components: list[ComponentAnswer] = Field(description="Worst first.")
    checked_at: datetime | None
    late_jobs: list[str] = Field(description="Observing jobs that are overdue.")
    now: datetime

    @classmethod
    def from_verdict(cls, verdict: Verdict, stack: Stack, language: Language, now: datetime) -> StatusAnswer:
        """Make the answer of a verdict, in a language."""
        return cls(
            stack=stack.name,
            status=verdict.status.value,
            sentence=language.say(verdict.sentence),
            notes=[language.say(note) for note in verdict.notes],
            components=[ComponentAnswer.from_verdict(one, stack, language) for one in verdict.components],
            checked_at=verdict.checked_at,
            late_jobs=[job.name for job in verdict.late],
            now=now,
        )


class EnvironmentAnswer(Answer):
    """An environment of the stack and the components found in it."""

    name: str
    title: str
    status: StatusWord = Field(description="The worst of its covered components; unknown where there is none.")
    components: list[str]


class CheckPage(Page[CheckAnswer]):
    """Health checks."""


class TransitionPage(Page[TransitionAnswer]):
    """Changes of health."""


class ComponentPage(Page[ComponentAnswer]):
    """Components, worst first."""


class EnvironmentPage(Page[EnvironmentAnswer]):
    """The environments of the stack."""
