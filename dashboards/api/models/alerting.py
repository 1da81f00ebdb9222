"""Answers about alerts: firings, silences, rules, deliveries, and what receivers are owed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dashboards.api.models.base import Answer, Page
from dashboards.asking import COMMENT, HOUR, LONGEST, SHORTEST, written
from dashboards.language import Language
from dashboards.pages.alerts.rows import is_acknowledged
from dashboards.pages.alerts.words import cleaned, runbook_of, shortened, text_of
from dashboards.site import RuleFacts
from store.alerting import Delivery, Episode, Obligation, RuleState, Score, Silence, Transition

SeverityWord = Literal["info", "warning", "page"]
_LEAST, _MOST = (int(length.total_seconds()) for length in (SHORTEST, LONGEST))
StateWord = Literal["inactive", "pending", "firing", "recovering"]


class AlertAnswer(Answer):
    """One firing of an alert. `value` and `limit` are in `unit`; texts are in the language that was asked for."""

    id: str
    fingerprint: str
    rule: str
    rule_version: str
    severity: SeverityWord = Field(description="The highest that it reached.")
    state: StateWord
    evaluation: Literal["ok", "no_data", "error"]
    labels: dict[str, str]
    environment: str | None
    component: str | None
    summary: str
    impact: str = Field(description="What users feel.")
    runbook: str
    reason: str
    value: float | None
    limit: float | None
    worst: float | None
    unit: str
    fired_at: datetime
    noticed_at: datetime
    resolved_at: datetime | None
    flaps: int
    acknowledged: bool = Field(description="False where it became worse since somebody acknowledged it.")
    acknowledged_by: str
    acknowledged_at: datetime | None
    opened_at: datetime | None
    last_change: str | None = Field(description="The key of the newest change of the same place before it.")
    series_id: str | None

    @classmethod
    def from_store(cls, one: Episode, language: Language) -> AlertAnswer:
        """Make the answer of a firing."""
        alert = one.alert
        same = ("fingerprint", "environment", "component", "value", "limit", "series_id")
        mine = ("id", "worst", "fired_at", "noticed_at", "resolved_at", "flaps", "acknowledged_at", "opened_at")
        return cls(
            **{name: getattr(alert, name) for name in same},
            **{name: getattr(one, name) for name in mine},
            unit=shortened(alert.unit),
            rule_version=shortened(alert.rule_version),
            rule=alert.rule_id,
            severity=one.severity.value,
            state=alert.state.value,
            evaluation=alert.health.value,
            labels={shortened(name): shortened(value) for name, value in alert.labels.items()},
            summary=text_of(alert.summary, language),
            impact=text_of(alert.impact, language),
            runbook=runbook_of(alert),
            reason=shortened(language.say(alert.reason), 2000),
            acknowledged=is_acknowledged(one),
            acknowledged_by=shortened(one.acknowledged_by),
            last_change=one.last_change,
        )


class AlertTransitionAnswer(Answer):
    """An alert went from one state to another at a slot."""

    at: datetime
    recorded_at: datetime | None
    before: StateWord
    after: StateWord
    reason: str
    value: float | None

    @classmethod
    def from_store(cls, one: Transition, language: Language) -> AlertTransitionAnswer:
        """Make the answer of a transition."""
        return cls(
            at=one.at,
            recorded_at=one.recorded_at,
            before=one.before.value,
            after=one.after.value,
            reason=shortened(language.say(one.reason), 2000),
            value=one.value,
        )


class DeliveryAnswer(Answer):
    """One thing that a receiver was, or is to be, told."""

    key: str
    receiver: str
    kind: Literal["firing", "changed", "reminder", "resolved", "note"]
    state: Literal["queued", "sending", "sent", "dead", "superseded"]
    notice: str
    sequence: int
    alerts: list[str]
    created_at: datetime
    next_attempt: datetime
    attempts: int
    sent_at: datetime | None
    error: str
    receipt: dict[str, Any]

    @classmethod
    def from_store(cls, one: Delivery, language: Language) -> DeliveryAnswer:
        """Make the answer of a delivery."""
        draft = one.draft
        return cls(
            key=draft.key,
            receiver=draft.receiver,
            kind=draft.kind.value,
            state=one.state.value,
            notice=draft.notice,
            sequence=draft.sequence,
            alerts=list(draft.episodes[:100]),
            created_at=one.created_at,
            next_attempt=one.next_attempt,
            attempts=one.attempts,
            sent_at=one.sent_at,
            error=shortened(language.say(one.error), 2000),
            receipt=cleaned(one.receipt),
        )


class AlertStory(Answer):
    """One firing with its transitions, newest first, and its deliveries. `why` is what its last judgement rests on."""

    alert: AlertAnswer
    why: dict[str, Any]
    transitions: list[AlertTransitionAnswer]
    deliveries: list[DeliveryAnswer]


class SilenceAnswer(Answer):
    """Alerts that nobody is told of for a while. All matchers must hold."""

    id: str
    matchers: list[str] = Field(description="Such as environment=prod or team=~web|api.")
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str
    ended_by: str
    active: bool

    @classmethod
    def from_store(cls, one: Silence, now: datetime) -> SilenceAnswer:
        """Make the answer of a silence."""
        return cls(
            id=one.id,
            matchers=[shortened(written(each), 600) for each in one.matchers],
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            created_by=shortened(one.created_by),
            comment=shortened(one.comment, COMMENT),
            ended_by=shortened(one.expired_by),
            active=one.starts_at <= now < one.ends_at,
        )


class RuleAnswer(Answer):
    """A rule in force, how its evaluation goes, and how its firings of the last 30 days went."""

    id: str
    kind: str
    severity: SeverityWord
    version: str
    enabled: bool
    title: str
    evaluation: Literal["ok", "no_data", "error"] | None = Field(description="None before the first evaluation.")
    problem: str
    evaluated_to: datetime | None
    instances: int
    fired: int
    acknowledged: int
    self_resolved: int
    opened: int
    flaps: int
    messages: int
    firing_seconds: int

    @classmethod
    def from_store(cls, rule: RuleFacts, state: RuleState | None, score: Score, language: Language) -> RuleAnswer:
        """Make the answer of a rule."""
        counted = ("fired", "acknowledged", "self_resolved", "opened", "flaps", "messages", "firing_seconds")
        return cls(
            id=rule.id,
            kind=rule.kind,
            severity=rule.severity.value,
            version=rule.version,
            enabled=rule.enabled,
            title=text_of(rule.title, language) or rule.id,
            evaluation=state.health.value if state else None,
            problem=shortened(language.say(state.problem), 2000) if state else "",
            evaluated_to=state.evaluated_to if state else None,
            instances=state.instances if state else 0,
            **{name: getattr(score, name) for name in counted},
        )


class ObligationAnswer(Answer):
    """A receiver that was told "firing" of an alert that is over, with nothing queued that says so."""

    receiver: str
    alert: str
    resolved_at: datetime

    @classmethod
    def from_store(cls, one: Obligation) -> ObligationAnswer:
        """Make the answer of an obligation."""
        return cls(receiver=one.receiver, alert=one.episode, resolved_at=one.resolved_at)


class Asked(Answer):
    """What was asked for. The worker carries it out at once; events tell what came of it."""

    intent: str
    kind: str
    actor: str


class Wish(BaseModel):
    """What every writing address takes: nothing but what is named."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AcknowledgeBody(Wish):
    """Nothing has to be said."""


class SilenceBody(Wish):
    """A silence to be made: of one firing, or of everything that the matchers hold for."""

    alert: str | None = Field(default=None, pattern=r"^e[0-9a-f]{16}$", description="The id of one firing.")
    matchers: list[str] = Field(
        default_factory=list, max_length=20, description="Such as environment=prod or team=~web|api; all must hold."
    )
    seconds: int = Field(default=HOUR, ge=_LEAST, le=_MOST, description="How long it lasts.")
    comment: str = Field(default="", max_length=COMMENT)


class AlertPage(Page[AlertAnswer]):
    """Firings."""


class SilencePage(Page[SilenceAnswer]):
    """Silences, newest first."""


class RulePage(Page[RuleAnswer]):
    """The rules in force."""


class DeliveryPage(Page[DeliveryAnswer]):
    """Deliveries, newest first."""


class ObligationPage(Page[ObligationAnswer]):
    """What receivers are owed: empty when all is well."""
