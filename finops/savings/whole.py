"""What concerns an environment or the whole account: schedules, and commitments for what runs in any case."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from finops.savings.facts import HOURS, Facts, dollars, found
from store.messages import Message
from store.money import Saving

COMPUTE = "Amazon Elastic Compute Cloud - Compute"
SLEEPERS = (COMPUTE, "Amazon Relational Database Service")
"""Services that cost nothing by the hour while they are stopped. Storage in the second one costs on: see `_ASLEEP`."""
_ASLEEP = Decimal(168 - 55) / Decimal(168)
"""The part of a week outside working days from 09:00 to 20:00."""
_WHOLE_NIGHT = Decimal("0.9")
"""Of that, what is left once storage, which sleeps with nobody, is taken off."""
CAREFUL = Decimal("0.20")
"""What a one-year commitment without upfront takes off: AWS's console names the exact rate, which is mostly above."""


def schedules(facts: Facts) -> Iterator[Saving]:
    """Environments other than production that run at night."""
    for name, environment in facts.stack.environments.items():
        if environment.schedule is not None or environment.protect or facts.stack.is_production(name):
            continue
        costs = sum((facts.environments.get((name, service), Decimal(0)) for service in SLEEPERS), Decimal(0))
        if costs <= 0:
            continue
        yield found(
            facts,
            "no-schedule",
            name,
            costs * _ASLEEP * _WHOLE_NIGHT,
            title=Message("%(environment)s runs at night and on weekends", environment=name),
            evidence=(Message("its machines and databases cost %(cost)s a month", cost=dollars(costs)),),
            how=Message(
                "113 of a week's 168 hours lie outside Monday to Friday, 09:00 to 20:00; a tenth off for storage"
            ),
            remedy=Message("give it a schedule: see docs/environments.md"),
        )


def commitments(facts: Facts) -> Iterator[Saving]:
    """Machines that ran on every one of thirty days: a Savings Plan for the cheapest of them is never unused."""
    base = facts.floor.get(COMPUTE, Decimal(0)) * HOURS / 24
    if base <= 0:
        return
    yield found(
        facts,
        "savings-plan",
        "compute",
        base * CAREFUL,
        title=Message("a Compute Savings Plan for what always runs"),
        evidence=(Message("on the cheapest of the last 30 days machines cost %(cost)s a month", cost=dollars(base)),),
        how=Message("a careful 20 %% off what never goes below that, for one year, nothing upfront"),
        remedy=Message("commit after the other recommendations, for they lower it; AWS's console names the exact rate"),
        effort="low",
        risk="medium",
        service=COMPUTE,
    )
