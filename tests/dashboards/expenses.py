"""CloudMart's costs from September to the 23rd of November 2026: odd digits, tax, credits, a jump, and what follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from store import Store
from store.alerting import BudgetReading
from store.messages import Message
from store.money import (
    AwsForecast,
    Basis,
    Commitment,
    CostAnomaly,
    CostObservation,
    CostRead,
    CostTag,
    DayForecast,
    Drift,
    Forecast,
    View,
    tag_view,
)
from store.vocabulary import Event
from tests.dashboards.cloudmart import NOW

ACCOUNT, PAYER = "main", "123456789012"
FIRST, MONTH, END = date(2026, 9, 1), date(2026, 11, 1), date(2026, 11, 24)
READ_AT = NOW - timedelta(hours=2)
DAY = timedelta(days=1)
JUMP = date(2026, 11, 21)
EC2, OTHER, RDS, TAX = (
    "Amazon Elastic Compute Cloud - Compute",
    "EC2 - Other",
    "Amazon Relational Database Service",
    "Tax",
)
BEST = (
    (EC2, "APN2-BoxUsage:t3.large", "backend", "4.9920000033"),
    (EC2, "APN2-DataTransfer-Out-Bytes", "frontend", "1.3333333333"),
    (OTHER, "APN2-NatGateway-Bytes", "network", "0.9050000007"),
    (OTHER, "APN2-EBS:VolumeUsage.gp3", "storage", "0.0033333331"),
    (RDS, "APN2-InstanceUsage:db.t3.micro", "postgres", "1.2480000009"),
)
"""What a day costs in prod: service, usage type, component, dollars. dev costs a third of it, staging a half."""
SHARES = {"prod": Decimal(1), "staging": Decimal("0.5"), "dev": Decimal("0.3333333")}

Charge = tuple[date, str, str, str, str, str, Decimal]
"""Day, service, usage type, component, environment, kind of charge, dollars."""


def charges(until: date = END) -> Iterator[Charge]:
    """Every charge: one truth, of which each view is a sum."""
    for number in range((until - FIRST).days):
        day = FIRST + number * DAY
        for service, usage, component, dollars in BEST:
            for environment, share in SHARES.items():
                amount = Decimal(dollars) * share * (1 + Decimal(day.weekday()) / 100)
                if usage.endswith("NatGateway-Bytes") and environment == "prod" and day >= JUMP:
                    amount *= 20
                yield day, service, usage, component, environment, "Usage", amount
        if day.day == 1:
            yield day, TAX, "NoUsageType", "", "", "Tax", Decimal("31.1700000001")
            yield day, EC2, "APN2-BoxUsage:t3.large", "", "", "Credit", Decimal("-12.5000000004")


def keys_of(view: str, charge: Charge) -> tuple[str, ...]:
    """The keys of a charge in a view."""
    _, service, usage, component, environment, kind, _ = charge
    by_view = {
        View.TOTAL.value: (),
        View.USAGE.value: (service, usage),
        View.COMPONENT.value: (component, service),
        View.ENVIRONMENT.value: (environment, service),
        View.PLACE.value: (component, environment),
        View.CHARGE.value: (PAYER, kind),
        tag_view("Team"): ("shop" if component in {"frontend", "backend"} else "", service),
    }
    return by_view[view]


VIEWS = (*(view.value for view in View), tag_view("Team"))


def observed(view: str, until: date = END, at: datetime = READ_AT, currency: str = "USD") -> list[CostObservation]:
    """The rows of a view, as Cost Explorer sums them. Amortized is the same, net a tenth less."""
    sums: dict[tuple[date, tuple[str, ...]], Decimal] = defaultdict(Decimal)
    for charge in charges(until):
        sums[charge[0], keys_of(view, charge)] += charge[-1]
    return [
        CostObservation(
            ACCOUNT, view, day, keys, currency, amount, amount, amount * Decimal("0.9"), at, estimated=day >= MONTH
        )
        for (day, keys), amount in sums.items()
    ]


def record(store: Store, view: str, rows: list[CostObservation], at: datetime = READ_AT, **more: object) -> None:
    """Keep a whole reading of a view."""
    store.costs.record(CostRead(ACCOUNT, view, FIRST, END + DAY, at, 1, **more), rows)  # type: ignore[arg-type]


def total(start: date = MONTH, end: date = END + DAY) -> Decimal:
    """What the truth adds up to."""
    return sum((charge[-1] for charge in charges() if start <= charge[0] < end), Decimal(0))


def forecast(scope: str = "") -> Forecast:
    days = tuple(
        DayForecast(date(2026, 11, day), Decimal("15.50"), Decimal("14.25"), Decimal("16.75")) for day in range(23, 31)
    )
    return Forecast(
        scope=scope,
        basis=Basis.UNBLENDED,
        currency="USD",
        start=MONTH,
        end=date(2026, 12, 1),
        as_of=date(2026, 11, 22),
        made_at=READ_AT,
        total=Decimal("592.40"),
        low=Decimal("575.10"),
        high=Decimal("611.90"),
        method="weekday profile x robust level",
        spent=Decimal("400.00"),
        days=days,
        scored_on=40,
        error=Decimal("0.021"),
        baseline=Decimal("601.00"),
        aws=Decimal("588.00"),
        final_to=MONTH,
    )


def budget(name: str, limit: str, spent: str, expected: str, environment: str | None = None) -> BudgetReading:
    return BudgetReading(
        budget=name,
        title=name,
        start=datetime(2026, 11, 1, tzinfo=UTC),
        end=datetime(2026, 12, 1, tzinfo=UTC),
        limit=Decimal(limit),
        currency="USD",
        actual=Decimal(spent),
        as_of=datetime(2026, 11, 22, tzinfo=UTC),
        read_at=READ_AT,
        forecast=Decimal(expected),
        forecast_low=Decimal(expected) - 15,
        forecast_high=Decimal(expected) + 15,
        environment=environment,
        passes_on=date(2026, 11, 27) if Decimal(spent) <= Decimal(limit) < Decimal(expected) else None,
    )


def anomaly(name: str = "nat", **more: object) -> CostAnomaly:
    words: dict[str, object] = {
        "id": name,
        "scope": "place:network,prod",
        "kind": Drift.JUMP,
        "start": JUMP,
        "end": END,
        "currency": "USD",
        "actual": Decimal("55.10"),
        "expected": Decimal("2.75"),
        "low": Decimal("2.10"),
        "high": Decimal("3.40"),
        "impact": Decimal("52.35"),
        "cause": Message("%(name)s could not be read: %(why)s", name="APN2-NatGateway-Bytes", why="it grew"),
        "detected_at": READ_AT,
        "usage_type": "APN2-NatGateway-Bytes",
        "environment": "prod",
        "component": "network",
        "service": OTHER,
        **more,
    }
    return CostAnomaly(**words)  # type: ignore[arg-type]


def fill_costs(store: Store) -> None:
    """Write the costs and everything that is worked out of them."""
    for view in VIEWS:
        record(store, view, observed(view))
    store.reports.put("month:", forecast(), READ_AT)
    store.reports.put("month:place:backend,prod", forecast("place:backend,prod"), READ_AT)
    store.costs.record_aws_forecast(
        AwsForecast(ACCOUNT, END, date(2026, 12, 1), READ_AT, Decimal(180), Decimal(170), Decimal(195))
    )
    store.costs.record_tags(
        [CostTag(ACCOUNT, key, key != "Team", READ_AT) for key in ("Component", "Environment", "Team")]
    )
    store.costs.record_commitments(
        [
            Commitment(
                ACCOUNT,
                "savings_plans",
                date(2026, 10, 24),
                date(2026, 11, 23),
                Decimal("0.42"),
                Decimal("0.97"),
                Decimal("210.10"),
                Decimal("3.20"),
                "USD",
                READ_AT,
            )
        ]
    )
    store.budgets.record(
        [
            budget("all", "800", "455.10", "592.40"),
            budget("prod", "250", "240.20", "311.70", "prod"),
            budget("empty", "0", "0.50", "0.70", "dev"),
        ]
    )
    store.anomalies.upsert(
        [anomaly(), anomaly("sale", muted="Black Friday", open=False, start=date(2026, 11, 3), end=date(2026, 11, 5))]
    )
    store.events.add(
        Event(
            "d9", datetime(2026, 11, 21, 5, tzinfo=UTC), "deploy.started", "Deploy network 7", "ci", "prod", "network"
        )
    )
