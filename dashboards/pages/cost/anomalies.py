"""Costs that are not as expected: those that go on, and what was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from urllib.parse import urlencode

from flask import g, render_template, request

from dashboards.language import Language, _, current_language
from dashboards.pages.cost.choice import Choice, read_choice
from dashboards.pages.cost.timeline import concerns
from dashboards.pages.cost.words import day, days, money, scope_word, signed
from dashboards.site import Site, current_site
from store.money import CostAnomaly, Drift

BACK = timedelta(days=400)
"""As far back as Cost Explorer has days."""
MOST = 200


@dataclass(frozen=True, slots=True)
class AnomalyRow:
    """One anomaly in words. `status` colours its word; `when` are its days, `timeline` leads to them."""

    id: str
    status: str
    word: str
    title: str
    kind: str
    when: str
    impact: str
    expected: str
    cause: str
    muted: str
    source: str
    timeline: str
    open: bool


def page() -> str:
    """The list: open ones first, then those that are over."""
    site, language = current_site(), current_language()
    today = g.now.astimezone(UTC).date()
    choice = read_choice(request.args, today, site.costs.basis, tuple(site.costs.tags))
    place = {name: value for name, value in choice.filters if not name.startswith("tag:")}
    found = site.store.anomalies.find(start=today - BACK, limit=MOST)
    mine = [one for one in found if concerns(one, place)]
    rows = anomaly_rows(mine, choice, language, site)
    return render_template(
        "cost_anomalies.html",
        going_on=[row for row in rows if row.open],
        past=[row for row in rows if not row.open],
        place=place,
        more=len(found) == MOST,
        csv="/api/v1/costs/anomalies.csv" + (f"?{urlencode(place)}" if place else ""),
    )


def anomaly_rows(found: Sequence[CostAnomaly], choice: Choice, language: Language, site: Site) -> list[AnomalyRow]:
    """Anomalies in words, in their order."""
    del site
    return [_row(one, choice, language) for one in found]


def _row(one: CostAnomaly, choice: Choice, language: Language) -> AnomalyRow:
    status, word = ("warn", _("Goes on")) if one.open else ("unknown", _("Over"))
    if one.muted:
        status, word = "asleep", _("Planned")
    kinds = {Drift.JUMP: _("Jump"), Drift.DRIFT: _("Drift"), Drift.NEW: _("New cost")}
    return AnomalyRow(
        id=one.id,
        status=status,
        word=word,
        title=scope_word(one.scope),
        kind=kinds[one.kind],
        when=_when(one, language),
        impact=signed(language, one.impact, one.currency),
        expected=_(
            "%(actual)s in place of %(expected)s",
            actual=money(language, one.actual, one.currency),
            expected=money(language, one.expected, one.currency),
        ),
        cause=language.say(one.cause),
        muted=_("Muted: %(why)s", why=one.muted) if one.muted else "",
        source="AWS" if one.source == "aws" else "Lamplighter",
        timeline=timeline_of(one, choice),
        open=one.open,
    )


def _when(one: CostAnomaly, language: Language) -> str:
    return _("since %(day)s", day=day(language, one.start)) if one.open else days(language, one.start, one.end)


def timeline_of(one: CostAnomaly, choice: Choice) -> str:
    """The chart of the days and the place that an anomaly is of, as narrow as Cost Explorer tells."""
    month = min(one.start, choice.today).replace(day=1)
    place = {"environment": one.environment, "component": one.component}
    chosen = {name: value for name, value in place.items() if value}
    if not chosen and one.service:
        chosen = {"service": one.service}
    target = Choice(choice.today, month, choice.basis, choice.usual, tuple(sorted(chosen.items())))
    return f"{target.address()}#daily"
