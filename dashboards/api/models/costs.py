"""Answers about costs. Amounts are exact decimals as text, never summed across currencies; days are UTC days."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, PlainSerializer, WithJsonSchema

from dashboards.api.models.base import Answer, Page
from dashboards.language import Language
from store.alerting import BudgetReading
from store.money import CostAnomaly, Forecast, Restatement


def plain(amount: Decimal) -> str:
    """An amount as text without an exponent: 0.0000000001, not 1E-10."""
    return f"{amount:f}"


Amount = Annotated[
    Decimal,
    PlainSerializer(plain, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "examples": ["1010.3104862345"]}),
]
BasisWord = Literal["unblended", "amortized", "net"]


class CostGroup(Answer):
    """What one thing cost: in all, or on one day. `key` is empty for what carries no tag, and without `by`."""

    key: str
    day: date | None
    amount: Amount
    estimated: bool = Field(description="Whether AWS may still change it.")


class CostsIn(Answer):
    """The costs in one currency; `groups` add up to `total` less `not_told_apart`."""

    currency: str
    total: Amount
    estimated: Amount = Field(description="How much of the total AWS may still change.")
    not_told_apart: Amount = Field(description="What the total holds and the groups do not (yet).")
    groups: list[CostGroup]


class _Stretch(Answer):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    start: date = Field(serialization_alias="from")
    end: date = Field(serialization_alias="to", description="The day after the last one.")


class CostAnswer(_Stretch):
    """The costs of some days, told apart by one thing or not at all."""

    basis: BasisWord
    by: str
    observed_at: datetime | None = Field(description="When the total was read; None before the first reading.")
    final_to: date | None = Field(description="The first day that AWS still calls estimated; None: all is final.")
    tied_out: bool = Field(description="Whether every reading's groups add up to its total to the cent.")
    currencies: list[CostsIn]


class ForecastAnswer(_Stretch):
    """What a period will have cost, with its 80 % interval. `error` is the median one of past forecasts, as a share."""

    scope: str
    basis: BasisWord
    currency: str
    as_of: date
    made_at: datetime
    spent: Amount
    total: Amount
    low: Amount
    high: Amount
    method: str
    scored_on: int
    error: Amount | None
    baseline: Amount | None = Field(description="The seasonal naive forecast.")
    aws: Amount | None = Field(description="What GetCostForecast says.")

    @classmethod
    def from_store(cls, one: Forecast) -> ForecastAnswer:
        """Make the answer of a forecast."""
        same = ("scope", "currency", "start", "end", "as_of", "made_at", "spent", "total", "low", "high", "method")
        more = ("scored_on", "error", "baseline", "aws")
        return cls(basis=one.basis.value, **{name: getattr(one, name) for name in (*same, *more)})


class ForecastPage(Answer):
    """The forecasts of this month and the next one; None where there is none yet. `history` is newest first."""

    month: ForecastAnswer | None
    next_month: ForecastAnswer | None
    history: list[ForecastAnswer]


class BudgetAnswer(_Stretch):
    """A budget in its newest period."""

    name: str
    title: str
    status: Literal["ok", "warn", "critical"]
    currency: str
    limit: Amount
    actual: Amount
    forecast: Amount | None
    low: Amount | None
    high: Amount | None
    environment: str | None
    component: str | None
    passes_on: date | None = Field(description="The day on which the forecast passes the limit.")
    as_of: datetime
    read_at: datetime

    @classmethod
    def from_store(cls, one: BudgetReading, status: str) -> BudgetAnswer:
        """Make the answer of a reading."""
        same = ("title", "currency", "limit", "actual", "forecast", "environment", "component", "passes_on")
        return cls(
            name=one.budget,
            status=status,
            start=one.start.date(),
            end=one.end.date(),
            low=one.forecast_low,
            high=one.forecast_high,
            as_of=one.as_of,
            read_at=one.read_at,
            **{name: getattr(one, name) for name in same},
        )


class AnomalyAnswer(_Stretch):
    """A cost that is not as expected; `impact` is what it cost beyond that."""

    id: str
    scope: str
    kind: Literal["jump", "drift", "new"]
    open: bool
    currency: str
    actual: Amount
    expected: Amount
    low: Amount
    high: Amount
    impact: Amount
    cause: str
    usage_type: str
    event: str = Field(description="The key of the event that is behind it, where one is known.")
    muted: str = Field(description="The planned event that explains it.")
    source: str
    environment: str | None
    component: str | None
    service: str | None
    detected_at: datetime

    @classmethod
    def from_store(cls, one: CostAnomaly, language: Language) -> AnomalyAnswer:
        """Make the answer of an anomaly."""
        other = {"kind", "cause"}
        same = {name: getattr(one, name) for name in cls.model_fields if name not in other}
        return cls(kind=one.kind.value, cause=language.say(one.cause), **same)


class RestatementAnswer(Answer):
    """A day's total that AWS told differently later, by unblended cost."""

    account: str
    day: date
    currency: str
    before: Amount | None
    after: Amount
    before_at: datetime | None
    after_at: datetime

    @classmethod
    def from_store(cls, one: Restatement) -> RestatementAnswer:
        """Make the answer of a restatement."""
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class SummaryIn(Answer):
    """Today, yesterday and the month in one currency; None for a day that is not known yet."""

    currency: str
    today: Amount | None
    yesterday: Amount | None
    month: Amount
    estimated: Amount
    forecast: ForecastAnswer | None


class CostSummary(Answer):
    """How the costs of this UTC month stand."""

    month: str
    basis: BasisWord
    observed_at: datetime | None
    final_to: date | None
    tied_out: bool
    currencies: list[SummaryIn]
    budgets: list[BudgetAnswer]
    open_anomalies: int = Field(description="Those that go on and that nothing planned explains.")


class BudgetPage(Page[BudgetAnswer]):
    """Budgets, those in trouble first."""


class AnomalyPage(Page[AnomalyAnswer]):
    """Unusual costs, newest first."""


class RestatementPage(Page[RestatementAnswer]):
    """What AWS told differently later, newest first."""
