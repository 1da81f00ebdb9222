"""The configuration section `costs:`: whose costs they are, budgets, plan, planned events, shared and unit costs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from store.money import Basis
from store.stack import Stack

Period = Literal["month", "quarter", "day"]
Fault = tuple[str, str, str]
"""Where, what is wrong, and what to do about it."""

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Budget(_Strict):
    """What something may cost in a period: everything, or what all given fields name."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="What rules call it.")
    title: str = Field(default="", description="What people call it; the name by default.")
    amount: Decimal | None = Field(default=None, ge=0, description="What each period may cost.")
    months: dict[str, Decimal] = Field(
        default_factory=dict, description="What single months may cost, such as 2026-11: 500; others have the amount."
    )
    period: Period = Field(default="month", description="month, quarter or day, of UTC.")
    environment: str | None = Field(default=None, description="Only this environment.")
    component: str | None = Field(default=None, description="Only this component.")
    service: str | None = Field(default=None, description="Only this service, as Cost Explorer writes it.")
    tag: dict[str, str] = Field(default_factory=dict, description="Only this value of a cost allocation tag.")
    basis: Basis | None = Field(default=None, description="unblended, amortized or net; that of `costs` by default.")
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$", description="The currency of the amount.")

    @model_validator(mode="after")
    def _limit_is_known(self) -> Budget:
        if self.amount is None and not self.months:
            raise ValueError(f"budget {self.name!r} needs an amount, or amounts by month")
        if self.months and self.period != "month":
            raise ValueError(f"budget {self.name!r}: amounts by month go with period: month")
        wrong = next((month for month in self.months if not _MONTH.fullmatch(month)), None)
        if wrong is not None:
            raise ValueError(f"budget {self.name!r}: {wrong!r} is no month: write one such as 2026-11")
        if any(amount < 0 for amount in self.months.values()):
            raise ValueError(f"budget {self.name!r}: an amount must not be below 0")
        named = [one for one in (self.service, self.tag or None) if one]
        if len(named) + bool(self.environment or self.component) > 1 or len(self.tag) > 1:
            raise ValueError(
                f"budget {self.name!r}: Cost Explorer tells costs apart by an environment and a component, by a "
                "service, or by one tag, not by several of these at once"
            )
        return self

    @field_validator("months", mode="before")
    @classmethod
    def _months_are_text(cls, value: object) -> object:
        return {str(month): amount for month, amount in value.items()} if isinstance(value, Mapping) else value


class Planned(_Strict):
    """Something that will cost more and is meant to: anomalies within it are muted and name it."""

    name: str = Field(description="What it is called.")
    start: date = Field(alias="from", description="The first day, of UTC.")
    end: date = Field(alias="to", description="The last day, of UTC.")
    environment: str | None = Field(default=None, description="Only this environment.")
    component: str | None = Field(default=None, description="Only this component.")
    service: str | None = Field(default=None, description="Only this service, as Cost Explorer writes it.")
    note: str = Field(default="", description="Why.")
    amount: Decimal | None = Field(default=None, ge=0, description="What it may cost; more than that is told.")

    @model_validator(mode="after")
    def _it_ends_after_it_starts(self) -> Planned:
        if self.end < self.start:
            raise ValueError(f"planned event {self.name!r} ends before it begins")
        return self


class Shared(_Strict):
    """Costs that all components bear together, and how they are split."""

    components: list[str] = Field(
        default_factory=lambda: ["network", "storage"], description="The components that the others share."
    )
    split: Literal["proportional", "even"] | dict[str, Decimal] = Field(
        default="proportional", description="By what the others cost themselves, evenly, or by weights."
    )

    @field_validator("split")
    @classmethod
    def _weights_are_positive(cls, value: str | dict[str, Decimal]) -> str | dict[str, Decimal]:
        if isinstance(value, dict) and (not value or any(weight <= 0 for weight in value.values())):
            raise ValueError("weights are above 0, one for each component that bears shared costs")
        return value


class Unit(_Strict):
    """What is counted, to say what a thousand of it cost."""

    name: str = Field(default="requests", description="What is counted.")
    environment: str | None = Field(default=None, description="Only this environment.")
    namespace: str = Field(default="AWS/ApplicationELB", description="The metric's namespace.")
    metric: str = Field(default="RequestCount", description="The metric whose sums are the count.")


class Anomalies(_Strict):
    """When a cost is unusual."""

    minimum: Decimal = Field(default=Decimal(1), ge=0, description="Less than this much in all is not told.")
    sensitivity: float = Field(
        default=4.0, gt=0, le=20, description="How many usual deviations a day may be away; higher tells less."
    )
    history: int = Field(default=14, ge=7, le=90, description="Days that must be known before anything is unusual.")


class Savings(_Strict):
    """Which recommendations are made."""

    skip: list[str] = Field(default_factory=list, description="Rules that are not used.")
    minimum: Decimal = Field(default=Decimal(1), ge=0, description="Less than this a month is not worth a line.")


class Lake(_Strict):
    """Where imported bills are kept, and what reads them."""

    path: str | None = Field(default=None, description="A folder; `lake` in LAMPLIGHTER_HOME by default.")
    engine: str = Field(
        default="duckdb://",
        description="What runs the queries: duckdb://, pyspark://?spark.master=local[2] or spark://HOST:7077.",
    )


class CostSettings(_Strict):
    """What the costs are held against."""

    basis: Basis = Field(default=Basis.UNBLENDED, description="unblended, amortized or net: what is shown first.")
    component_tag: str = Field(default="Component", description="The cost allocation tag that names the component.")
    environment_tag: str = Field(default="Environment", description="The one that names the environment.")
    tags: list[str] = Field(default_factory=list, description="Further cost allocation tags to tell costs apart by.")
    budgets: list[Budget] = Field(default_factory=list, description="What may be spent.")
    aws_budgets: bool = Field(default=True, description="Whether AWS Budgets are imported beside them.")
    plan: str | dict[str, Any] | None = Field(
        default=None, description="A plan to hold costs against: `reference`, a file, or the plan itself."
    )
    planned: list[Planned] = Field(default_factory=list, description="Events that are meant to cost more.")
    shared: Shared = Field(default_factory=Shared)
    unit: list[Unit] = Field(default_factory=lambda: [Unit()], description="What a thousand of cost is told of.")
    anomalies: Anomalies = Field(default_factory=Anomalies)
    savings: Savings = Field(default_factory=Savings)
    lake: Lake = Field(default_factory=Lake)

    @field_validator("basis")
    @classmethod
    def _cost_explorer_has_it(cls, value: Basis) -> Basis:
        if value is Basis.BILLED:
            raise ValueError("billed is what imported files say: choose unblended, amortized or net")
        return value

    @model_validator(mode="after")
    def _budgets_have_names_of_their_own(self) -> CostSettings:
        names = [budget.name for budget in self.budgets]
        twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
        if twice is not None:
            raise ValueError(f"two budgets are called {twice!r}: give each a name of its own")
        return self


def faults(settings: CostSettings, stack: Stack) -> list[Fault]:
    """What does not fit the stack: environments and components that it has not."""
    found: list[Fault] = []
    for place, one in enumerate([*settings.budgets, *settings.planned, *settings.unit]):
        for field, known in (("environment", stack.environments), ("component", stack.components)):
            chosen = getattr(one, field, None)
            if chosen is not None and chosen not in known:
                where = f"{_section(place, settings)}.{field}"
                listed = ", ".join(known) or f"none yet: add it under {field}s"
                found.append((where, f"there is no {field} {chosen!r}", f"known: {listed}"))
    return found


def _section(place: int, settings: CostSettings) -> str:
    for name in ("budgets", "planned", "unit"):
        count = len(getattr(settings, name))
        if place < count:
            return f"costs.{name}.{place}"
        place -= count
    raise IndexError(place)
