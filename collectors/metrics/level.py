"""Which level of the monthly cap holds, from what each scope left in the store's facts: the page works it out alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from collectors.aws import Scope
from collectors.cap import Level, degradation
from collectors.estimate import month_left
from store import Store


def price_fact(scope: Scope) -> str:
    """The name under which a scope leaves its monthly price at each level."""
    return f"collectors.price:{scope}"


def level_now(store: Store, scopes: Sequence[Scope], cap: Decimal | None, spent: Decimal, now: datetime) -> Level:
    """The level that the whole installation is at; `spent` is US dollars since the first of the month (UTC)."""
    if cap is None:
        return Level.FULL
    facts = [store.facts.get(price_fact(scope)) or {} for scope in scopes]
    share = month_left(now)
    rest = {
        level: sum((Decimal(fact.get(str(int(level)), "0")) for fact in facts), Decimal(0)) * share for level in Level
    }
    return degradation(spent, rest, cap)
