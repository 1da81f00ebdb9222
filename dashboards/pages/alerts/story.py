"""One firing's story: the points it rests on, its transitions, what was decided of telling it, and what was sent."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboards.asking import episodes_of
from dashboards.language import Language
from dashboards.pages.alerts.facts import muting
from dashboards.pages.alerts.rows import ASKED, Row, row_of, said_muting
from dashboards.pages.alerts.words import DELIVERIES, KINDS, STATES, quantity, said, shortened
from dashboards.site import Site
from store.alerting import Alert, AlertState, Decision, Delivery, Episode, Group, Member, Told, Transition
from store.alerting.overview import Overview, Wanted
from store.messages import Message, from_json
from store.vocabulary import Intent

POINTS = 60
"""Places of the window that are shown, the newest."""
TRANSITIONS, DECISIONS, SENT, OTHERS = 60, 40, 40, 12
NEARBY = timedelta(hours=1)
"""How long before and after a firing others of its place count as of the same time."""
PENDING_AT_MOST = timedelta(days=1)
"""How long before a firing its condition is looked for."""
FILLED: Mapping[str, Message] = {
    "breaching": Message("missing, taken as breaching"),
    "not_breaching": Message("missing, taken as fine"),
    "ignore": Message("missing, ignored"),
    "missing": Message("missing"),
}
_COLOURS = {
    AlertState.INACTIVE: "ok",
    AlertState.PENDING: "unknown",
    AlertState.FIRING: "critical",
    AlertState.RECOVERING: "warn",
}
_TOLD = {
    Told.NOTHING: Message("not told"),
    Told.FIRING: Message("told that it fires"),
    Told.RESOLVED: Message("told that it is over"),
}
_RECEIPT = 12


@dataclass(frozen=True, slots=True)
class Point:
    """One place of the window. `filled` says what stood in for a missing value."""

    at: datetime
    value: str
    breaching: bool | None
    filled: str


@dataclass(frozen=True, slots=True)
class Why:
    """What the last verdict rests on. `facts` are (name, value) of what is particular to the kind."""

    points: tuple[Point, ...]
    clears_when: str
    facts: tuple[tuple[str, str], ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One transition as told."""

    at: datetime
    recorded_at: datetime | None
    colour: str
    state: str
    reason: str
    value: str


@dataclass(frozen=True, slots=True)
class Knows:
    """What a receiver knows of the firing."""

    receiver: str
    route: str
    labels: str
    what: str
    next_look: datetime | None


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision on telling, with why, and the overlay that muted this firing."""

    at: datetime
    receiver: str
    sent: bool
    code: str
    reason: str
    muted: str


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery as told: its receipt as (name, value), its error with the remedy."""

    receiver: str
    kind: str
    colour: str
    state: str
    created_at: datetime
    sent_at: datetime | None
    next_attempt: datetime | None
    attempts: int
    error: str
    receipt: tuple[tuple[str, str], ...]
    key: str


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that the page of a firing tells."""

    episode: Episode
    row: Row
    why: Why
    steps: tuple[Step, ...]
    told: tuple[Knows, ...]
    decided: tuple[Decided, ...]
    sent: tuple[Sent, ...]
    others: tuple[Row, ...]
    refused: tuple[Intent, ...]


def read_story(site: Site, episode: Episode, now: datetime, language: Language) -> Story:
    """Read and word a firing's story, in a handful of bounded reads."""
    store, overview = site.store, Overview(site.store.database)
    decisions = store.notices.decisions(episode=episode.id, limit=DECISIONS)
    intents = [one for one in store.intents.recent(limit=200) if episode.id in episodes_of(one)]
    asked = next((one.kind for one in intents if one.state == "open"), "")
    change = overview.named_events([episode.last_change]).get(episode.last_change) if episode.last_change else None
    newest = {one.receiver: one for one in reversed(decisions)}
    muted = said_muting(muting(episode.id, newest.values()), language) if episode.is_open else ()
    alert = episode.alert
    transitions = transitions_of(site, episode)
    return Story(
        episode=episode,
        row=row_of(site, episode, language, change=change, muted=muted, asked=language.say(ASKED.get(asked, ""))),
        why=why_of(alert, language),
        steps=tuple(_step(each, alert, language) for each in transitions),
        told=tuple(_told(group, member, language) for group, member in store.notices.told(episode.id)),
        decided=tuple(_decided(each, episode.id, language) for each in decisions),
        sent=tuple(_sent(each, language) for each in store.outbox.deliveries(episode=episode.id, limit=SENT)),
        others=tuple(row_of(site, each, language) for each in others_of(overview, episode, now)),
        refused=tuple(one for one in intents if one.state == "refused")[:3],
    )


def transitions_of(site: Site, episode: Episode) -> list[Transition]:
    """The transitions of a firing, newest first, with the one before it: when its condition began to hold."""
    alerts = site.store.alerts
    mine = alerts.transitions(episode=episode.id, limit=TRANSITIONS)
    before = alerts.transitions(
        fingerprint=episode.alert.fingerprint,
        start=episode.fired_at - PENDING_AT_MOST,
        end=episode.fired_at + timedelta(microseconds=1),
        limit=TRANSITIONS,
    )
    begun = next((one for one in before if one.after is AlertState.PENDING), None)
    return [*mine, begun] if begun and begun.episode != episode.id else mine


def others_of(overview: Overview, episode: Episode, now: datetime) -> list[Episode]:
    """Other firings of the same place that began near this one, or fired while it did."""
    alert = episode.alert
    if not alert.environment and not alert.component:
        return []
    until = (episode.resolved_at or now) + NEARBY
    wanted = Wanted(alert.environment, alert.component, start=episode.fired_at - 24 * NEARBY, end=until)
    since = episode.fired_at - NEARBY
    near = (one for one in overview.history(10 * OTHERS, wanted) if one.resolved_at is None or one.resolved_at >= since)
    return [one for one in near if one.id != episode.id][:OTHERS]


def why_of(alert: Alert, language: Language) -> Why:
    """The window, what would clear it and what else the kind tells; what cannot be read is left out."""
    why = alert.why
    window = why.get("window")
    places = [_point(each, alert.unit, language) for each in window] if isinstance(window, list) else []
    facts = why.get("facts")
    lines = why.get("lines")
    return Why(
        points=tuple(point for point in places if point is not None)[-POINTS:],
        clears_when=_sentence(why.get("clears_when"), language),
        facts=tuple(sorted(_facts(facts))[:_RECEIPT]) if isinstance(facts, Mapping) else (),
        lines=tuple(_sentence(each, language) for each in lines[:_RECEIPT]) if isinstance(lines, list) else (),
    )


def _point(place: Any, unit: str, language: Language) -> Point | None:  # noqa: ANN401  JSON is any value
    if isinstance(place, Mapping):
        place = [place.get(name) for name in ("time", "value", "breaching", "filled")]
    if not isinstance(place, list) or not place or not isinstance(place[0], int | float):
        return None
    time, value, breaching, filled = [*place, None, None, None][:4]
    try:
        at = datetime.fromtimestamp(time, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    known = isinstance(value, int | float) and math.isfinite(value)
    word = FILLED.get(str(filled or "missing"), FILLED["missing"])
    return Point(
        at=at,
        value=quantity(float(value), unit) if known else "",
        breaching=breaching if isinstance(breaching, bool) else None,
        filled="" if known else language.say(word),
    )


def _sentence(kept: Any, language: Language) -> str:  # noqa: ANN401  JSON is any value
    try:
        sentence = from_json(kept)
        return said(language, sentence, 600) if isinstance(sentence, str) else ""
    except (KeyError, TypeError, ValueError):
        return ""


def _facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(shortened(str(name), 80), shortened(_plain(value), 300)) for name, value in facts.items()]


def _plain(value: Any) -> str:  # noqa: ANN401  JSON is any value
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _step(one: Transition, alert: Alert, language: Language) -> Step:
    over = one.after is AlertState.INACTIVE and one.before.is_firing
    return Step(
        at=one.at,
        recorded_at=one.recorded_at,
        colour=_COLOURS[one.after],
        state=language.text("Resolved") if over else language.say(STATES[one.after]),
        reason=said(language, one.reason, 600),
        value=quantity(one.value, alert.unit),
    )


def _told(group: Group, member: Member, language: Language) -> Knows:
    labels = ", ".join(f"{name}={value}" for name, value in sorted(group.labels.items()))
    return Knows(
        receiver=shortened(group.receiver, 80),
        route=shortened(group.route, 80),
        labels=shortened(labels),
        what=language.say(_TOLD[member.told]),
        next_look=group.next_flush,
    )


def _decided(one: Decision, episode: str, language: Language) -> Decided:
    muted = said(language, from_json(one.muted[episode]), 300) if one.muted.get(episode) else ""
    return Decided(
        at=one.at,
        receiver=shortened(one.receiver, 80),
        sent=one.sent,
        code=shortened(one.code, 60),
        reason=said(language, one.reason, 600),
        muted=muted,
    )


def _sent(one: Delivery, language: Language) -> Sent:
    colour, word = DELIVERIES[one.state]
    over = one.state.value in {"sent", "dead", "superseded"}
    return Sent(
        receiver=shortened(one.draft.receiver, 80),
        kind=language.say(KINDS[one.draft.kind]),
        colour=colour,
        state=language.say(word),
        created_at=one.created_at,
        sent_at=one.sent_at,
        next_attempt=None if over else one.next_attempt,
        attempts=one.attempts,
        error=said(language, one.error, 600),
        receipt=tuple(sorted(_facts(one.receipt))[:_RECEIPT]),
        key=shortened(one.draft.key, 160),
    )
