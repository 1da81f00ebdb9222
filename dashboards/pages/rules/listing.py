"""Every rule with how its evaluation goes and what it is worth, and the page of one rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import abort, g, render_template, request

from dashboards.language import Language, _, current_language
from dashboards.pages.alerts.rows import row_of
from dashboards.pages.alerts.words import (
    COLOURS,
    HEALTH_COLOURS,
    HEALTHS,
    SEVERITIES,
    said,
    shortened,
    text_of,
)
from dashboards.pages.rules.scores import Judgement, judge
from dashboards.pages.rules.trying import TEXT, form_words, refusal, tried
from dashboards.site import RuleFacts, Site, current_site
from store.alerting import AlertState, Evaluation, RuleState, Score
from store.alerting.overview import Overview, Wanted
from store.messages import Message, Sentence

PERIOD = timedelta(days=30)
"""Of the score."""
EPISODES = 30
KINDS: Mapping[str, Message] = {
    "metric": Message("Metric"),
    "change": Message("Change"),
    "health": Message("Health"),
    "log": Message("Log"),
    "heartbeat": Message("Heartbeat"),
    "composite": Message("Composite"),
    "burn_rate": Message("Burn rate"),
    "budget": Message("Budget"),
    "lifecycle": Message("Lifecycle"),
}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule as listed. `where` says what it watches; `health` is that of its evaluation, with its `problem`."""

    rule: RuleFacts
    title: str
    summary: str
    kind: str
    colour: str
    severity: str
    where: str
    health: str
    health_colour: str
    problem: str
    state: RuleState | None
    firing: int
    pending: int
    score: Score
    judgement: Judgement
    firing_for: str


def page() -> str:
    """Every rule: those that fire or cannot be evaluated first, then the noisy ones."""
    site, language = current_site(), current_language()
    rows = rows_of(site, language)
    rows.sort(key=lambda row: (not row.firing, not row.problem, row.judgement.colour != "warn", row.rule.id))
    return render_template("rules.html", rows=rows, days=PERIOD.days, **form_words(site))


def one(rule: str) -> str:
    """The page of one rule."""
    site, language = current_site(), current_language()
    return render_template("rule.html", **rule_words(site, rule, language), **form_words(site))


def try_rule(rule: str) -> tuple[str, int]:
    """Try a rule that is in force over history."""
    site, language = current_site(), current_language()
    words = rule_words(site, rule, language) | form_words(site)
    found, status = tried(site, rule)
    return render_template("rule.html", **{**words, **found}), status


def try_text() -> tuple[str, int]:
    """Try a rule as typed, before it is put into the configuration."""
    site, text = current_site(), request.form.get("rule", "")[:TEXT]
    found, status = tried(site, text) if ":" in text else (refusal(_("Write a rule, as in lamplighter.yaml.")), 400)
    return render_template("rule_try.html", **{**form_words(site), **found, "typed": text}), status


def rule_words(site: Site, name: str, language: Language) -> dict[str, Any]:
    """What the page of a rule tells; answers 404 where no rule in force has this name."""
    row = next((each for each in rows_of(site, language) if each.rule.id == name), None) or abort(404)
    found = Overview(site.store.database).history(EPISODES, Wanted(rule_id=row.rule.id))
    return {
        "row": row,
        "days": PERIOD.days,
        "episodes": [row_of(site, each, language) for each in found],
        "runbook": row.rule.runbook if row.rule.runbook.startswith(("https://", "http://")) else "",
    }


def rows_of(site: Site, language: Language) -> list[RuleRow]:
    """Every rule in force."""
    store = site.store
    states = store.alerts.rule_states()
    scores = {each.rule_id: each for each in store.alerts.scores(g.now - PERIOD, g.now)}
    counts: defaultdict[str, dict[AlertState, int]] = defaultdict(dict)
    for name, state, number in Overview(store.database).states():
        counts[name][state] = number
    return [
        _row(rule, states.get(rule.id), scores.get(rule.id, Score(rule.id)), counts[rule.id], language)
        for rule in site.rules()
    ]


def _row(
    rule: RuleFacts, state: RuleState | None, score: Score, counts: Mapping[AlertState, int], language: Language
) -> RuleRow:
    health, colour = _health(rule, state, language)
    return RuleRow(
        rule=rule,
        title=text_of(rule.title, language) or rule.id,
        summary=text_of(rule.summary, language),
        kind=language.say(KINDS.get(rule.kind, rule.kind)),
        colour=COLOURS[rule.severity],
        severity=language.say(SEVERITIES[rule.severity]),
        where=said(language, _where(rule), 300),
        health=health,
        health_colour=colour,
        problem=said(language, state.problem, 600) if state and rule.enabled else "",
        state=state,
        firing=counts.get(AlertState.FIRING, 0) + counts.get(AlertState.RECOVERING, 0),
        pending=counts.get(AlertState.PENDING, 0),
        score=score,
        judgement=judge(score),
        firing_for=language.duration(timedelta(seconds=score.firing_seconds)),
    )


def _health(rule: RuleFacts, state: RuleState | None, language: Language) -> tuple[str, str]:
    if not rule.enabled:
        return language.text("Switched off"), "asleep"
    if state is None:
        return language.text("Not evaluated yet"), "unknown"
    word = HEALTHS[state.health] if state.health is not Evaluation.OK else Message("Evaluated")
    return language.say(word), HEALTH_COLOURS[state.health]


def _where(rule: RuleFacts) -> Sentence:
    if rule.where:
        return rule.where
    places = ", ".join([*rule.environments, *rule.components])
    return shortened(places, 200) if places else Message("everywhere")
