"""What every rule has, and what a rule kind is: a model, the things it watches, and a pure judgement of each.

A kind never sees a database. It says which series it needs (`needs`), is handed `Readings` that answer for them, and
returns a `Verdict` that carries why. The engine (`alerts.engine`) turns verdicts into states.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Protocol, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from store.alerting import Alert, BudgetReading, Labels, QueryRows, Severity
from store.durations import Duration
from store.messages import Sentence, to_json
from store.money import CostAnomaly
from store.power import EnvironmentPower
from store.stack import Stack
from store.vocabulary import Event, HealthState, Job, Resource, Series

ZERO = timedelta(0)


class Strict(BaseModel):
    """A part of the configuration: unknown keys are faults, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _by_language(value: object) -> object:
    return {"en": value} if isinstance(value, str) else value


Text = Annotated[dict[str, str], BeforeValidator(_by_language, json_schema_input_type=str | dict[str, str])]
"""A template for people: one string, or one by language (`{en: …, ko: …}`). See `alerts.rules.templates`."""


class BaseRule(Strict):
    """What every kind of rule has."""

    kind: str
    id: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", description="The rule's name; it stays when all else changes."
    )
    title: Text = Field(default_factory=dict, description="What the rule is called; its id by default.")
    severity: Severity = Field(default=Severity.WARNING, description="page, warning or info.")
    severity_at_most: dict[str, Severity] = Field(
        default_factory=dict, description="By environment, the highest severity that it may have there."
    )
    enabled: bool = Field(default=True, description="Whether it is evaluated.")
    labels: dict[str, str] = Field(
        default_factory=dict, description="Labels added to each alert; routes match on them."
    )
    environments: list[str] = Field(default_factory=list, description="Only these environments; all by default.")
    components: list[str] = Field(default_factory=list, description="Only these components; all by default.")
    for_: Duration = Field(default=ZERO, alias="for", description="How long the condition must hold before it fires.")
    keep_firing_for: Duration = Field(
        default=ZERO, description="How long it goes on firing once the condition is over."
    )
    summary: Text = Field(default_factory=dict, description="One line that says what is wrong; a template.")
    impact: Text = Field(default_factory=dict, description="What users feel; a template.")
    runbook: str = Field(default="", description="A link to what to do.")

    interval: ClassVar[timedelta] = timedelta(minutes=1)

    @property
    def slot_seconds(self) -> int:
        """The distance of the aligned moments at which it is evaluated, in seconds."""
        return 60

    def covers(self, environment: str | None, component: str | None) -> bool:
        """Whether it watches what belongs to this environment and component."""
        return (not self.environments or environment in self.environments) and (
            not self.components or component in self.components
        )


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that a rule watches: it becomes an alert instance with these labels (without those of the rule)."""

    labels: Labels
    environment: str | None = None
    component: str | None = None
    resource_id: str | None = None
    series_id: str | None = None
    """The series whose chart shows it best."""
    unit: str = ""
    title: Sentence = ""
    step: int = 0
    """The step of that series in seconds; 0 where there is none."""
    others: tuple[str, ...] = ()
    """Further series that judging it reads."""


class Outcome(StrEnum):
    """What a judgement says."""

    BREACH = "breach"
    CLEAR = "clear"
    NO_DATA = "no_data"
    KEEP = "keep"
    """Nothing can be said and the rule asks to keep the state it has."""
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class WindowPoint:
    """One place of the window a verdict rests on.

    `time` is where it begins, in epoch seconds; `filled` names the policy that stood in for a missing point.
    """

    time: int
    value: float | None
    breaching: bool | None = None
    filled: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """Why a verdict is as it is, kept with each transition as JSON by `as_json`.

    `clears_when` says what would clear it. `facts` holds what is particular to the kind as JSON values (windows of a
    burn rate, the members of a composite). `lines` are further lines for the notice, such as a budget's movers.
    """

    window: Sequence[WindowPoint] = ()
    clears_when: Sentence = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    lines: Sequence[Sentence] = ()

    def as_json(self) -> dict[str, Any]:
        """JSON: `window` of {time, value, breaching, filled}, `clears_when`, `facts`, `lines`.

        What is empty is left out. Sentences are as `store.messages.to_json` writes them.
        """
        written = {
            "window": [
                {"time": point.time, "value": point.value, "breaching": point.breaching, "filled": point.filled}
                for point in self.window
            ],
            "clears_when": to_json(self.clears_when),
            "facts": dict(self.facts),
            "lines": [to_json(line) for line in self.lines],
        }
        return {name: value for name, value in written.items() if value}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one subject at one slot. `limit` is what `value` was held against; `reason` is a whole sentence.

    `severity` overrides the rule's, where a kind has several limits: ask `severity_of`, which also knows the most that
    an environment may have.
    """

    outcome: Outcome
    reason: Sentence
    value: float | None = None
    limit: float | None = None
    why: Why = field(default_factory=Why)
    severity: Severity | None = None


def severity_of(rule: BaseRule, environment: str | None, verdict: Verdict | None = None) -> Severity:
    """How severe an alert of a rule is in an environment: the verdict's own severity or else the rule's, capped."""
    severity = verdict.severity if verdict and verdict.severity else rule.severity
    most = rule.severity_at_most.get(environment) if environment and rule.severity_at_most else None
    return most if most is not None and most.rank < severity.rank else severity


@dataclass(frozen=True, slots=True)
class Need:
    """A stretch of a series that judging will read: [`start`, `end`) in epoch seconds, at the series' own step."""

    series_id: str
    start: int
    end: int


class Readings(Protocol):
    """Everything a rule may ask. Answers come from what was read once, before anything was judged.

    `points` are (epoch seconds of the bucket's start, value), oldest first, in [start, end), with `Absent.ZERO` filled
    in. `collected_to` is up to where (epoch seconds) a series was asked for and answered; None if never.
    """

    now: datetime
    stack: Stack

    def series(  # noqa: PLR0913, PLR0917  what a series is chosen by
        self,
        namespace: str,
        metric: str,
        stat: str,
        dimensions: Mapping[str, str],
        environments: Sequence[str],
        components: Sequence[str],
    ) -> Sequence[Series]:
        """The open series of a metric and statistic; values of `dimensions` may use * and ?."""

    def points(self, series_id: str, start: int, end: int) -> Sequence[tuple[int, float]]:
        """The points of a series that was named in `needs`."""

    def collected_to(self, series_id: str) -> int | None:
        """How far a series is collected."""

    def health(self) -> Sequence[HealthState]:
        """The latest state of each health check."""

    def jobs(self) -> Sequence[Job]:
        """The recurring work and how it went."""

    def resources(self) -> Sequence[Resource]:
        """What there is in AWS now."""

    def events(self, kinds: Sequence[str], since: datetime) -> Sequence[Event]:
        """Events of these kinds (a kind ending in `.*` means all that begin so) since a moment, newest first."""

    def budgets(self) -> Sequence[BudgetReading]:
        """The newest reading of each budget's current period, and the last of the period before."""

    def anomalies(self) -> Sequence[CostAnomaly]:
        """The open anomalies of cost, muted ones too, newest first."""

    def power(self) -> Sequence[EnvironmentPower]:
        """What is known of each environment that may sleep."""

    def rows(self, query: str) -> Sequence[QueryRows]:
        """The newest answers of a saved query, newest first."""

    def alerts(self, rule_id: str) -> Sequence[Alert]:
        """The instances of another rule as of its newest evaluation: for composites."""


R_contra = TypeVar("R_contra", bound=BaseRule, contravariant=True)


class Kind(Protocol[R_contra]):
    """A rule kind: a module of this package that has these names. `alerts.rules.KINDS` lists them.

    Arguments go by position.
    """

    name: str
    model: type[BaseRule]
    continuous: bool
    """True where each collected slot is judged in order (series); False where the present is judged once per slot."""

    def subjects(self, rule: R_contra, readings: Readings, /) -> Iterable[Subject]:
        """What the rule watches now. No two have the same labels."""

    def needs(self, rule: R_contra, subject: Subject, first: int, last: int, /) -> Iterable[Need]:
        """What judging the slots from `first` to `last` (epoch seconds, inclusive) will read."""

    def judge(
        self, rule: R_contra, subject: Subject, slot: int, readings: Readings, before: Alert | None, /
    ) -> Verdict:
        """Judge one subject at a slot (epoch seconds). Pure: the same answers give the same verdict."""

    def faults(self, rule: R_contra, stack: Stack, /) -> Iterable[tuple[str, str, str]]:
        """What cannot work though it is well-formed: (path in the rule, what is wrong, remedy)."""
