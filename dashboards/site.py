"""What a page can know: the one value that the service hands in and every view reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from flask import current_app

from store.alerting import Severity
from store.messages import Sentence
from store.money import Basis
from store.stack import Stack
from store.vocabulary import Series

if TYPE_CHECKING:
    from store import Store

EXTENSION = "lamplighter.site"


@dataclass(frozen=True, slots=True)
class MetricFacts:
    """What the catalogue says of one metric, for people.

    `headline` is its rank on the tile: 1 comes first, 0 does not stand there. `higher_is_worse` is None where neither
    end is bad.
    """

    title: str
    title_ko: str = ""
    unit: str = ""
    headline: int = 0
    higher_is_worse: bool | None = None

    def title_in(self, language: str) -> str:
        """The title in `ko`, or in English for everything else and where there is no Korean title."""
        return self.title_ko if language == "ko" and self.title_ko else self.title


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A rule that is in force, as the pages tell it.

    `title` and `summary` are by language (`en`, `ko`); `where` says what it watches, `yaml` is the rule as effective,
    defaults filled in. `environments` and `components` are empty where it watches all of them.
    """

    id: str
    kind: str
    severity: Severity
    version: str = ""
    enabled: bool = True
    shipped: bool = False
    title: Mapping[str, str] = field(default_factory=dict)
    summary: Mapping[str, str] = field(default_factory=dict)
    where: Sentence = ""
    environments: Sequence[str] = ()
    components: Sequence[str] = ()
    runbook: str = ""
    yaml: str = ""


@dataclass(frozen=True, slots=True)
class BacktestEpisode:
    """One firing that a rule would have had; `resolved_at` is None where it would still fire at the end."""

    labels: Mapping[str, str]
    fired_at: datetime
    resolved_at: datetime | None = None
    worst: float | None = None
    limit: float | None = None
    unit: str = ""
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class BacktestFacts:
    """What a rule would have done over stored history. `doubles` are (rule id, how many of the firings it shares)."""

    start: datetime
    end: datetime
    fires: int = 0
    per_week: float = 0.0
    minutes_firing: float = 0.0
    messages: int = 0
    doubles: Sequence[tuple[str, int]] = ()
    episodes: Sequence[BacktestEpisode] = ()
    notes: Sequence[Sentence] = ()
    """What limits the answer: series that have no history, slots that nobody could judge."""


@dataclass(frozen=True, slots=True)
class CostFacts:
    """What the configuration says of costs: whether they are read, the basis shown first, the tags that name places."""

    enabled: bool = True
    basis: Basis = Basis.UNBLENDED
    component_tag: str = "Component"
    environment_tag: str = "Environment"
    tags: Sequence[str] = ()


Backtest = Callable[[str, datetime, datetime], BacktestFacts]
"""Of a rule's id or of the YAML of one rule (an id holds no colon, a rule does), over [start, end).

Raises `dashboards.errors.BacktestRefused` where it cannot be done; its message goes to the reader.
"""

SlackHandler = Callable[[Mapping[str, str], bytes], tuple[int, str]]
"""Takes the headers and the raw body of a request of Slack's; answers (HTTP status, JSON text or nothing)."""


def _no_rules() -> Sequence[RuleFacts]:
    return ()


def _nothing() -> str:
    return ""


def _full() -> int:
    return 0


def _no_problem() -> str | None:
    return None


def _ignore(_job: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class Site:
    """What pages need and cannot find in the store.

    `clock` gives the present as an aware UTC datetime; read it once a request. `wake` asks the worker to run a job (or
    `intents`) now. `bill_cap` is US dollars a month; `cap_levels` says what is given up to keep to it, least first
    (the first gives up nothing), and `cap_level` which of them holds now. `effective_config` is the configuration as
    YAML with its secrets masked; `config_problem` says why the last reload was refused, None when the file in force is
    the newest. `permissions` is the least IAM policy as JSON text. `metrics` holds the catalogue's facts by
    (namespace, metric). `rules` are those in force; `backtest` is None where the program cannot do it, `slack` where
    Slack does not call by signed HTTP. `costs` is what the configuration says of them.
    """

    stack: Stack
    store: Store
    clock: Callable[[], datetime]
    wake: Callable[[str], None] = _ignore
    version: str = "0"
    bill_cap: Decimal | None = None
    cap_levels: tuple[Sentence, ...] = ()
    cap_level: Callable[[], int] = _full
    effective_config: Callable[[], str] = _nothing
    config_problem: Callable[[], str | None] = _no_problem
    permissions: Callable[[], str] = _nothing
    metrics: Mapping[tuple[str, str], MetricFacts] = field(default_factory=dict)
    rules: Callable[[], Sequence[RuleFacts]] = _no_rules
    backtest: Backtest | None = None
    slack: SlackHandler | None = None
    costs: CostFacts = field(default_factory=CostFacts)

    @property
    def degradation(self) -> Sentence:
        """What is given up now to keep to the cap; empty when nothing is."""
        level = self.cap_level()
        return self.cap_levels[level] if 0 < level < len(self.cap_levels) else ""

    def facts_of(self, series: Series) -> MetricFacts:
        """The catalogue's facts of a series' metric; what the series itself says where the catalogue has none."""
        known = self.metrics.get((series.key.namespace, series.key.metric))
        return known or MetricFacts(title=series.title or series.key.metric, unit=series.unit)


def current_site() -> Site:
    """The site of the application that answers this request."""
    return cast("Site", current_app.extensions[EXTENSION])
