"""The configuration section `collect.costs`: how often Cost Explorer is asked, and what that may cost."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from store.durations import Duration

_SHORTEST = timedelta(minutes=1)


class Costs(BaseModel):
    """What is read of the costs, and how often. Each page of an answer costs $0.01."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(default=True, description="Whether costs are read at all.")
    every: Duration = Field(
        default=timedelta(hours=8), description="How often the total is read; AWS refreshes it 3 times a day at most."
    )
    groups_every: Duration = Field(
        default=timedelta(hours=24),
        description="How often at most costs are read by service, component and environment; only when they changed.",
    )
    slow_every: Duration = Field(
        default=timedelta(days=3),
        description="How often at most they are read by kind of charge and by further tags; only when they changed.",
    )
    months: int = Field(
        default=13, ge=2, le=13, description="Calendar months that the first start brings; AWS keeps 13 by the day."
    )
    forecast_every: Duration = Field(default=timedelta(hours=24), description="How often AWS's own forecast is read.")
    anomalies_every: Duration = Field(
        default=timedelta(hours=48), description="How often AWS's own anomalies are read."
    )
    commitments_every: Duration = Field(
        default=timedelta(days=7), description="How often Reserved Instances and Savings Plans are read."
    )
    tags_every: Duration = Field(
        default=timedelta(days=7), description="How often it is read which tags are activated for billing."
    )
    monthly_cap: Decimal | None = Field(
        default=Decimal(3), gt=0, description="US dollars a month for Cost Explorer, each account; null for no cap."
    )

    @model_validator(mode="after")
    def _lengths_make_sense(self) -> Costs:
        for name in (
            "every",
            "groups_every",
            "slow_every",
            "forecast_every",
            "anomalies_every",
            "commitments_every",
            "tags_every",
        ):
            if getattr(self, name) < _SHORTEST:
                raise ValueError(f"{name} must be 1m or more")
        if self.groups_every < self.every:
            raise ValueError("groups_every must not be shorter than every: groups are tied out with the total")
        return self
