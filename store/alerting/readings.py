"""What else alerting knows: silences and matchers, the score of a rule, budgets, rows of saved queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label: `=`, `!=`, `=~`, `!~`. A regular expression matches the whole value; none is ""."""

    label: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts that nobody is told of for a while, in [`starts_at`, `ends_at`). All matchers must hold."""

    id: str
    matchers: Sequence[Matcher]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str = ""
    created_at: datetime | None = None
    expired_by: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """How useful a rule was in a stretch of time."""

    rule_id: str
    fired: int = 0
    acknowledged: int = 0
    self_resolved: int = 0
    """Ended with nobody having acknowledged them."""
    opened: int = 0
    flaps: int = 0
    firing_seconds: int = 0
    messages: int = 0


@dataclass(frozen=True, slots=True)
class BudgetReading:
    """What is known of a budget at a moment. Written by the money part, read by budget rules and pages.

    `actual` and `forecast` are spent and expected by the end of [`start`, `end`), in `currency`; `as_of` is up to when
    the costs reach. `movers` are (what, difference to the period before) pairs, the largest first.
    """

    budget: str
    title: str
    start: datetime
    end: datetime
    limit: Decimal
    currency: str
    actual: Decimal
    as_of: datetime
    read_at: datetime
    forecast: Decimal | None = None
    forecast_low: Decimal | None = None
    forecast_high: Decimal | None = None
    environment: str | None = None
    component: str | None = None
    movers: Sequence[tuple[str, Decimal]] = ()
    passes_on: date | None = None
    """The UTC day on which the forecast passes the limit; None if it does not, or if it is passed already."""


@dataclass(frozen=True, slots=True)
class QueryRows:
    """The answer of a saved query (Logs Insights) for [`start`, `end`). Written by a collector, read by log rules.

    `rows` are column → value as text. `complete` is False while late log events may still change it.
    """

    query: str
    start: datetime
    end: datetime
    rows: Sequence[Mapping[str, str]]
    read_at: datetime
    complete: bool = True
    environment: str | None = None
    component: str | None = None
