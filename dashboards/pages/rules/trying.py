"""Trying a rule over stored history: how often it would have fired, how long, and what it would have sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from flask import Flask, current_app, g, request

from dashboards.errors import BacktestRefused
from dashboards.language import _, current_language
from dashboards.pages.alerts.filters import day_of, read_filters
from dashboards.pages.alerts.words import quantity, said, shortened
from dashboards.site import BacktestFacts, Site

EXTENSION = "lamplighter.backtest"
LONGEST = timedelta(days=15)
"""Of one try: as far back as AWS keeps a value for each minute."""
USUAL = timedelta(days=7)
TEXT = 32_000
"""Characters of a rule as typed."""
EPISODES = 100


def prepare(state: object) -> None:
    """Give an application the lock that lets one try run at a time: each keeps a core busy."""
    app: Flask = state.app  # type: ignore[attr-defined]  # Flask's BlueprintSetupState
    app.extensions[EXTENSION] = Lock()


def form_words(site: Site) -> dict[str, Any]:
    """What the form needs: whether rules can be tried, and the last week as its times."""
    zone = current_language().zone
    start, end = g.now - USUAL, g.now
    return {
        "can_try": site.backtest is not None,
        "day_from": day_of(start.isoformat(), zone),
        "day_to": day_of(end.isoformat(), zone),
        "longest": LONGEST.days,
        "typed": "",
        "tried": None,
        "refused": "",
    }


def tried(site: Site, rule: str) -> tuple[dict[str, Any], int]:
    """Try a rule, by its id or as typed, over the days of the form: words for the template, and the status."""
    zone = current_language().zone
    times = {"from": request.form.get("from", ""), "to": request.form.get("to", "")}
    wanted = read_filters(times, zone).wanted
    days = {"day_from": day_of(times["from"], zone), "day_to": day_of(times["to"], zone)}
    end = min(wanted.end or g.now, g.now)
    start = wanted.start or end - USUAL
    if wrong := _refused_range(start, end):
        return {**days, **refusal(wrong)}, 400
    lock: Lock = current_app.extensions[EXTENSION]
    if site.backtest is None or not lock.acquire(blocking=False):
        return {**days, **refusal(_("Another try is running. Wait until it is done, then try again."))}, 429
    try:
        facts = site.backtest(rule, start, end)
    except BacktestRefused as error:
        return {**days, **refusal(said(current_language(), error.told))}, 400
    finally:
        lock.release()
    return {**days, **_told(facts)}, 200


def _refused_range(start: datetime, end: datetime) -> str:
    if start >= end:
        return _("The first day must lie before the last.")
    if end - start > LONGEST + timedelta(days=1):
        return _("At most %(days)s days are tried at once; choose fewer.", days=LONGEST.days)
    return ""


def refusal(why: str) -> dict[str, Any]:
    """Words for the template that say why nothing was tried."""
    return {"refused": shortened(why, 2000), "tried": None}


def _told(facts: BacktestFacts) -> dict[str, Any]:
    language = current_language()
    shown = [
        {
            "at": each.fired_at,
            "length": each.resolved_at - each.fired_at if each.resolved_at else None,
            "labels": shortened(", ".join(f"{name}={value}" for name, value in sorted(each.labels.items())), 200),
            "worst": quantity(each.worst, each.unit),
            "limit": quantity(each.limit, each.unit),
        }
        for each in facts.episodes[:EPISODES]
    ]
    return {
        "tried": facts,
        "shown": shown,
        "notes": [said(language, each, 300) for each in facts.notes[:10]],
        "firing_for": language.duration(timedelta(minutes=facts.minutes_firing)),
        "refused": "",
    }
