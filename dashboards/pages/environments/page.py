"""The list of environments, and the page of one."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import abort, g, render_template

from dashboards.language import Language, _, current_language
from dashboards.pages.alerts.words import shortened
from dashboards.pages.board import title_of
from dashboards.pages.environments.rows import resource_rows, row_of, step_lines
from dashboards.site import Site, current_site
from store.vocabulary import Event

HISTORY = timedelta(days=30)
SHOWN = 60
PREFIX = "environment."


def listing() -> str:
    """Every environment: those that may sleep with their week, the others with why they do not."""
    site, language = current_site(), current_language()
    states = {one.environment: one for one in site.store.power.states()}
    rows = [row_of(site, states[name], g.now, language) for name in site.stack.environments if name in states]
    others = [
        (title_of(site.stack, name), _why_not(site, name)) for name in site.stack.environments if name not in states
    ]
    return render_template("environments.html", rows=rows, others=others, saved=_saved(site, None, g.now, language))


def detail(name: str) -> str:
    """One environment with its resources, what is under way, and what happened."""
    site, language = current_site(), current_language()
    if name not in site.stack.environments:
        abort(404)
    state = site.store.power.state(name)
    if state is None:
        title = title_of(site.stack, name)
        return render_template("environment.html", row=None, title=title, why=_why_not(site, name))
    asked = [one for one in site.store.power.overrides(name, after=g.now) if one.until > g.now]
    return render_template(
        "environment.html",
        row=row_of(site, state, g.now, language),
        title=title_of(site.stack, name),
        resources=list(resource_rows(state, language)),
        steps=step_lines(site.store.power.steps(name, open_only=True), language),
        asked=[(shortened(one.by, 80), one.end, shortened(one.why, 300)) for one in asked],
        history=history(site, name, g.now)[:SHOWN],
        saved=_saved(site, name, g.now, language),
    )


def history(site: Site, name: str, now: datetime) -> list[Event]:
    """What happened to an environment, newest first."""
    found = site.store.events.between(now - HISTORY, now + timedelta(seconds=1), environment=name)
    return sorted((one for one in found if one.kind.startswith(PREFIX)), key=lambda one: one.at, reverse=True)


def _why_not(site: Site, name: str) -> str:
    environment = site.stack.environments[name]
    if site.stack.is_production(name):
        return _("Protected: what is called production never sleeps.")
    if environment.protect:
        return _("Protected by the configuration.")
    if environment.schedule is None:
        return _("It has no schedule, so it runs.")
    return _("It was not looked at yet.")


def _saved(site: Site, name: str | None, now: datetime, language: Language) -> dict[str, Any] | None:
    """What sleep was to save this month, and what the bill bears out of it; None where nothing is on record."""
    first = now.date().replace(day=1)
    entries = [
        one
        for one in site.store.ledger.between(first, now.date() + timedelta(days=1))
        if one.kind == "shutdown" and (name is None or one.environment == name)
    ]
    if not entries:
        return None
    currency = entries[0].currency
    mine = [one for one in entries if one.currency == currency]
    expected = sum((one.expected for one in mine), Decimal(0))
    known = [one.billed for one in mine if one.billed is not None]
    return {
        "expected": language.money(expected, currency),
        "billed": language.money(sum(known, Decimal(0)), currency) if known else "",
    }
