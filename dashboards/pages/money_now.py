"""One line about money for pages that are about something else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from dashboards.language import Language
from dashboards.pages.cost.words import rough
from dashboards.pages.cost_more.words import day_words
from store.money import Forecast

if TYPE_CHECKING:
    from store import Store


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """What this month cost so far and will cost, where more of it stands, and how many costs are unusual there."""

    spent: str
    expected: str
    day: str
    href: str
    unusual: int


def money_line(store: Store, language: Language, environment: str = "", component: str = "") -> MoneyLine | None:
    """The line of everything, of an environment, or of a component in one; None while nothing is known of it."""
    scope = f"environment:{environment}" if environment else ""
    if component:
        scope = f"place:{component},{environment}" if environment else f"component:{component}"
    one = store.reports.get(Forecast, f"month:{scope}")
    if one is None or one.as_of <= one.start:
        return None
    place = {"environment": environment, "component": component}
    query = urlencode({name: value for name, value in place.items() if value})
    unusual = [
        each
        for each in store.anomalies.find(open_only=True)
        if not each.muted and environment in {"", each.environment} and component in {"", each.component}
    ]
    return MoneyLine(
        spent=language.money(one.spent, one.currency),
        expected=rough(language, one.total, one.currency),
        day=day_words(language, one.as_of - timedelta(days=1), "long"),
        href=f"/cost{'?' if query else ''}{query}",
        unusual=len(unusual),
    )
