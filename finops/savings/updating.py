"""The recommendations brought up to date: new ones are added, those that no longer hold go, decisions stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from finops.savings.facts import Facts, gather
from finops.savings.rules import RULES
from store.money import Saving, SavingState

if TYPE_CHECKING:
    from finops.config import Savings
    from finops.round import Around


def update(around: Around, now: datetime) -> None:
    """Ask every rule, and keep what they find."""
    store = around.store
    found = recommended(gather(around, now), around.settings.savings)
    names = {one.id for one in found}
    gone = [
        replace(one, state=SavingState.GONE)
        for one in store.savings.all(SavingState.RECOMMENDED)
        if one.id not in names
    ]
    store.savings.put([*found, *gone])


def recommended(facts: Facts, settings: Savings) -> list[Saving]:
    """What the rules that are not skipped find, from the least that is worth a line; what saves most first."""
    found = [
        one
        for rule in RULES
        for one in rule(facts)
        if one.rule not in settings.skip and one.monthly >= settings.minimum and one.monthly > 0
    ]
    return sorted(found, key=lambda one: (-one.monthly, one.id))
