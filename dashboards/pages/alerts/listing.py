"""The page of all alerts: what fires, what is about to, what was promised to whom, silences, and what was before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import g, render_template, request

from dashboards.language import Language, current_language
from dashboards.pages import tokens
from dashboards.pages.alerts import silences
from dashboards.pages.alerts.facts import read_pending
from dashboards.pages.alerts.filters import Filters, cursor_of, day_of, read_filters
from dashboards.pages.alerts.recent import now_of, promise_of, recent
from dashboards.pages.alerts.rows import Row, pending_rows, row_of, rows_of
from dashboards.pages.alerts.words import SEVERITIES, refusal, said
from dashboards.site import Site, current_site
from store.alerting import Delivery, Severity
from store.alerting.overview import Overview

HISTORY = 50
"""Firings on one page of the history."""
NAME = 200
"""Characters of a notice's name."""
RECENT = timedelta(days=90)
"""How far back the filters look for rules and places."""


def page() -> str:
    """The whole page."""
    site, language = current_site(), current_language()
    filters = read_filters(request.args, language.zone)
    return render_template(
        "alerts.html",
        piece=_piece(filters),
        live_href=filters.address("/alerts/live"),
        filters=filters,
        days={name: day_of(filters.given.get(name, ""), language.zone) for name in ("from", "to")},
        severities=[(each.value, language.say(SEVERITIES[each])) for each in reversed(Severity)],
        choices=_choices(site),
        told=_told(site, language),
        **_history(site, filters, language),
        **silences.words(site, language),
    )


def _told(site: Site, language: Language) -> list[Row]:
    """The firings of the message whose link was followed."""
    notice = request.args.get("notice", "")
    if not notice or len(notice) > NAME or not notice.isprintable():
        return []
    return [row_of(site, member.episode, language) for member in site.store.notices.members_of_notice(notice)[:HISTORY]]


def live() -> str:
    """The part of the page that changes, for polling."""
    return _piece(read_filters(request.args, current_language().zone))


def _piece(filters: Filters) -> str:
    site, language = current_site(), current_language()
    key = (id(site), filters.place, language.code, language.zone.key)
    made = recent().pieces.get(key, g.now, lambda: render_template("alerts_live.html", **_words(site, filters)))
    return tokens.filled(made)


def _words(site: Site, filters: Filters) -> dict[str, Any]:
    language = current_language()
    now = now_of(site, filters.place)
    promise = promise_of(site)
    pending, about_to = read_pending(site)
    return {
        "facts": now,
        "rows": rows_of(site, now, language),
        "pending": pending_rows(site, pending, language),
        "about_to": about_to,
        "promise": promise,
        "dead": [(each, said(language, each.error), _about(each)) for each in promise.dead],
        "owed": promise.owed[:HISTORY],
        "refused": [refusal(each, language) for each in now.refused],
        "token": tokens.place(),
        "next_href": filters.address("/alerts"),
    }


def _about(delivery: Delivery) -> str:
    return f"/alerts/{delivery.draft.episodes[0]}" if delivery.draft.episodes else ""


def _history(site: Site, filters: Filters, language: Language) -> dict[str, Any]:
    found = Overview(site.store.database).history(HISTORY + 1, filters.wanted, filters.after)
    some = found[:HISTORY]
    older = filters.address("/alerts", after=cursor_of(some[-1].fired_at, some[-1].id)) if found[HISTORY:] else ""
    return {
        "history": [row_of(site, each, language) for each in some],
        "older": f"{older}#history" if older else "",
        "newest": replace(filters, after=None).address("/alerts") + "#history" if filters.after else "",
    }


def _choices(site: Site) -> dict[str, list[str]]:
    places = Overview(site.store.database).places(g.now - RECENT)
    rules = {rule for rule, _, _ in places} | {rule.id for rule in site.rules()}
    environments = {each for _, each, _ in places if each} | {*site.stack.environments}
    components = {each for _, _, each in places if each} | {*site.stack.components}
    return {"rule": sorted(rules), "env": sorted(environments), "component": sorted(components)}
