"""A small bill of known truth, resources and health checks, for tests of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from finops.config import CostSettings
from finops.round import Around
from finops.series import DAY
from store import Store
from store.money import CostObservation, CostRead, Saving, SavingState, View
from store.stack import Stack
from store.vocabulary import HealthObservation, Resource, Status

NOW = datetime(2026, 12, 9, 9, tzinfo=UTC)
FIRST = date(2026, 8, 1)
FINAL_TO = date(2026, 12, 1)
COMPUTE, CACHE = "Amazon Elastic Compute Cloud - Compute", "Amazon ElastiCache"
REGION = "ap-northeast-2"
Cost = Callable[[date], float]


def around(store: Store) -> Around:
    stack = Stack.model_validate({"environments": {"prod": {}, "dev": {}}, "components": {"backend": {}}})
    return Around(store, stack, CostSettings())


def bill(  # noqa: PLR0913, PLR0917  a bill has that many sides
    store: Store,
    costs: Mapping[tuple[str, str], Cost],
    now: datetime = NOW,
    final_to: date = FINAL_TO,
    view: View = View.ENVIRONMENT,
    currency: str = "USD",
) -> None:
    """Each key's daily cost with a little noise, the same each time; days from `final_to` on are estimated."""
    lines = []
    for keys, cost in costs.items():
        chance = Random(str(keys))  # noqa: S311  noise, no secret
        for number in range((now.date() - FIRST).days):
            day = FIRST + number * DAY
            amount = Decimal(f"{cost(day) * (1 + 0.005 * chance.gauss(0, 1)):.6f}")
            lines.append(
                CostObservation("main", view.value, day, keys, currency, amount, amount, amount, now, day >= final_to)
            )
    store.costs.record(CostRead("main", view.value, FIRST, now.date(), now, 1), lines)


def grown(level: float, day: date, a_day: float = 0.004) -> float:
    """A level at the first day that grows, quieter on weekends."""
    week = 1.0 if day.weekday() < 5 else 0.8
    return level * week * (1 + a_day) ** (day - FIRST).days


def saving(**more: object) -> Saving:
    wanted = {
        "id": "idle:cache",
        "rule": "idle",
        "title": "A cache that nobody uses",
        "monthly": Decimal("152.083333"),
        "currency": "USD",
        "effort": "low",
        "risk": "low",
        "evidence": (),
        "how": "",
        "remedy": "",
        "found_at": NOW - timedelta(days=60),
        "seen_at": NOW - timedelta(days=60),
        "state": SavingState.ACCEPTED,
        "resource_id": "arn:aws:elasticache:::cluster/dev",
        "environment": "dev",
        "component": "redis",
        "service": CACHE,
        "decided_at": datetime(2026, 10, 20, 15, tzinfo=UTC),
        "decided_by": "ann",
    }
    return Saving(**(wanted | more))  # type: ignore[arg-type]


def database(name: str = "dev-db", **more: object) -> Resource:
    attributes = {"class": "db.t3.micro", "multi_az": False}
    return Resource(name, "rds:db", name, "main", REGION, "dev", "postgres", "available", attributes, **more)  # type: ignore[arg-type]


def instance(name: str = "i-1", group: str | None = None) -> Resource:
    attributes = {"instance_type": "m5.large", "asg": group}
    return Resource(name, "ec2:instance", name, "main", REGION, "dev", "backend", "running", attributes)


def looked(store: Store, resource: Resource, kind: str, *seen: tuple[datetime, Status]) -> None:
    for at, status in seen:
        one = HealthObservation(
            f"{kind}:{resource.id}",
            kind,
            resource.name,
            status,
            "",
            at,
            resource.environment,
            resource.component,
            resource.id,
        )
        store.health.record([one])


def listed(store: Store, *resources: Resource, at: datetime) -> None:
    store.resources.replace("main", REGION, ["ec2:instance", "rds:db", "autoscaling:group"], resources, at)
