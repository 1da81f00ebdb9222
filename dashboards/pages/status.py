"""The status page: what users feel, what fails now, how every component is; `/live` is the part that renews itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Flask, current_app, g, render_template, request

from dashboards.jobs import job_title
from dashboards.language import current_language
from dashboards.memory import remember
from dashboards.pages import board, tokens
from dashboards.pages.alerts.covering import without_alerted
from dashboards.pages.alerts.recent import now_of
from dashboards.pages.alerts.rows import rows_of
from dashboards.pages.figures import Figures, figures_of
from dashboards.pages.first_steps import first_steps, history_progress
from dashboards.pages.gather import (
    CATALOGUE_FOR,
    FRESH_FOR,
    LINES_FOR,
    Facts,
    Headlines,
    Kept,
    choose_headlines,
    gather,
    read_lines,
    read_resources,
)
from dashboards.pages.money_now import money_line
from dashboards.site import Site, current_site
from dashboards.verdict import Verdict, judge
from store.alerting.overview import Wanted
from store.vocabulary import Resource

EXTENSION = "lamplighter.status"
SHOWN = 8
"""Alerts and failing checks listed before the rest is only counted."""


@dataclass(frozen=True, slots=True)
class Recent:
    """What was read and rendered a moment ago, for all readers of one application."""

    headlines: Kept[Headlines]
    resources: Kept[Sequence[Resource]]
    facts: Kept[Facts]
    figures: Kept[Figures]
    pieces: Kept[str]


def blueprint() -> Blueprint:
    """GET / and GET /live."""
    pages = Blueprint("status", __name__)

    def prepare(state: object) -> None:
        app: Flask = state.app  # type: ignore[attr-defined]  # Flask's BlueprintSetupState
        app.extensions[EXTENSION] = Recent(
            Kept(CATALOGUE_FOR), Kept(CATALOGUE_FOR), Kept(FRESH_FOR), Kept(LINES_FOR), Kept(FRESH_FOR)
        )

    pages.record_once(prepare)
    pages.get("/")(page)
    pages.get("/live")(live)
    return pages


def page() -> str:
    """The whole page."""
    return render_template("status.html", piece=tokens.filled(_piece()), env=_environment())


def live() -> str:
    """The part of the page that changes, for polling; its ETag spares the transfer when nothing did."""
    return tokens.filled(_piece())


def _environment() -> str:
    return request.args.get("env", "")[:64]


def _piece() -> str:
    site, language, env = current_site(), current_language(), _environment()
    recent = _recent()
    # What is asked for shows at once, though the rest of the piece is of a moment ago.
    asked = tuple(sorted(now_of(site, Wanted(environment=env or None)).asked.items()))
    key = (id(site), env, language.code, language.zone.key, asked)
    return recent.pieces.get(key, g.now, lambda: render_template("live.html", **_words(site, recent, env)))


def _recent() -> Recent:
    found: Recent = current_app.extensions[EXTENSION]
    return found


def _words(site: Site, recent: Recent, env: str) -> dict[str, object]:
    language = current_language()
    chosen = recent.headlines.get(id(site), g.now, lambda: choose_headlines(site))
    resources = recent.resources.get(id(site), g.now, lambda: read_resources(site))
    facts = recent.facts.get(id(site), g.now, lambda: gather(site, g.now, resources))
    figures = recent.figures.get(
        (id(site), language.code), g.now, lambda: figures_of(chosen, read_lines(site, g.now, chosen), language)
    )
    verdict = judge(
        site.stack, facts.states, facts.jobs, facts.resources, facts.now, asleep=site.store.power.asleep(facts.now)
    )
    remember(verdict, facts.now)
    firing = now_of(site, Wanted(environment=env or None))
    uncovered = without_alerted(verdict, firing.firing, {rule.id: rule.kind for rule in site.rules()})
    troubles = board.troubles(site.stack, uncovered, facts.events, env, language)
    rows = rows_of(site, firing, language)[:SHOWN]
    names = board.environments(site.stack, verdict)
    return {
        "verdict": verdict,
        "env": env,
        "environments": [(name, board.title_of(site.stack, name)) for name in names if name],
        "worst": board.by_environment(verdict),
        "alerts": firing,
        "rows": rows,
        "token": tokens.place(),
        "next_href": f"/?{urlencode({'env': env})}" if env else "/",
        "troubles": troubles[: SHOWN - len(rows)],
        "more_alerts": firing.total - len(rows),
        "more": len(troubles) - (SHOWN - len(rows)),
        "groups": board.groups(site.stack, verdict, figures, env, language),
        "steps": first_steps(facts) if _nothing_yet(facts, verdict) else None,
        "history": history_progress(facts.jobs),
        "money": money_line(site.store, language, env),
        "silent": [job for job in facts.jobs if job.outcome == "failed"],
        "job_title": lambda name: language.say(job_title(name)),
    }


def _nothing_yet(facts: Facts, verdict: Verdict) -> bool:
    return not verdict.components and not any(resource.closed_at is None for resource in facts.resources)
