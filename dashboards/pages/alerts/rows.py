"""A firing as lists show it: what users feel, value and limit, since when, who took it, why nobody was told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.asking import ACKNOWLEDGE, SILENCE, UNACKNOWLEDGE
from dashboards.language import Language
from dashboards.pages.alerts.facts import Now, muting
from dashboards.pages.alerts.words import (
    COLOURS,
    SEVERITIES,
    STATES,
    place_of,
    quantity,
    said,
    shortened,
    text_of,
    title_of,
)
from dashboards.site import Site
from store.alerting import Alert, AlertState, Episode
from store.messages import Message, Sentence
from store.vocabulary import Event

ASKED: Mapping[str, Message] = {
    ACKNOWLEDGE: Message("The acknowledgement is asked for and being done."),
    UNACKNOWLEDGE: Message("Taking the acknowledgement back is asked for and being done."),
    SILENCE: Message("The silence is asked for and being done."),
}
_LABELS = 12
_LABEL = 80


@dataclass(frozen=True, slots=True)
class Row:
    """One firing. `colour` is the status whose colour its severity has; `asked` says what is being done about it.

    `muted` says why nobody was told, one sentence for each receiver. `length` is how long it fired, if it is over.
    `acknowledged` is False although somebody acknowledged it where it has become worse since.
    """

    id: str
    href: str
    colour: str
    severity: str
    state: str
    place: str
    title: str
    impact: str
    value: str
    limit: str
    since: datetime
    over: datetime | None
    length: timedelta | None
    change: Event | None
    change_ago: str
    acknowledged_by: str
    acknowledged_at: datetime | None
    acknowledged: bool
    muted: tuple[str, ...]
    asked: str
    flaps: int
    rule: str
    labels: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PendingRow:
    """An alert whose condition holds, but not yet for as long as its rule asks."""

    colour: str
    severity: str
    place: str
    title: str
    value: str
    limit: str
    since: datetime | None
    reason: str
    rule: str


def href_of(episode: Episode) -> str:
    """The address of a firing's page."""
    return f"/alerts/{episode.id}"


def rows_of(site: Site, now: Now, language: Language) -> list[Row]:
    """What fires, as listed."""
    return [_row_now(site, one, now, language) for one in now.firing]


def _row_now(site: Site, episode: Episode, now: Now, language: Language) -> Row:
    muted = said_muting(muting(episode.id, now.decided.get(episode.id, ())), language)
    asked = ASKED.get(now.asked.get(episode.id, ""), "")
    change = now.changes.get(episode.last_change or "")
    return row_of(site, episode, language, change=change, muted=muted, asked=language.say(asked))


def said_muting(muted: Mapping[str, Sentence], language: Language) -> tuple[str, ...]:
    """Why receivers were not told, each reason once."""
    words: dict[str, list[str]] = {}
    for receiver, why in muted.items():
        words.setdefault(said(language, why, 300), []).append(receiver)
    return tuple(
        language.text("%(receivers)s: %(why)s", receivers=", ".join(receivers), why=why)
        for why, receivers in words.items()
    )


def row_of(  # noqa: PLR0913  each is what only the caller knows
    site: Site,
    episode: Episode,
    language: Language,
    *,
    change: Event | None = None,
    muted: tuple[str, ...] = (),
    asked: str = "",
) -> Row:
    """A firing as listed."""
    alert = episode.alert
    recovering = alert.state is AlertState.RECOVERING and episode.is_open
    return Row(
        id=episode.id,
        href=href_of(episode),
        colour=COLOURS[episode.severity],
        severity=language.say(SEVERITIES[episode.severity]),
        state=language.say(STATES[AlertState.RECOVERING]) if recovering else "",
        place=place_of(alert, site.stack),
        title=title_of(alert, language),
        impact=text_of(alert.impact, language),
        value=quantity(alert.value if episode.is_open else worst_of(episode), alert.unit),
        limit=quantity(alert.limit, alert.unit),
        since=episode.fired_at,
        over=episode.resolved_at,
        length=episode.resolved_at - episode.fired_at if episode.resolved_at else None,
        change=change,
        change_ago=language.duration(episode.fired_at - change.at) if change else "",
        acknowledged_by=shortened(episode.acknowledged_by, _LABEL),
        acknowledged_at=episode.acknowledged_at,
        acknowledged=is_acknowledged(episode),
        muted=muted,
        asked=asked,
        flaps=episode.flaps,
        rule=alert.rule_id,
        labels=labels_shown(alert.labels.items()),
    )


def is_acknowledged(episode: Episode) -> bool:
    """Whether somebody took it on at the severity it has."""
    known = episode.acknowledged_severity
    return known is not None and known.rank >= episode.severity.rank


def worst_of(episode: Episode) -> float | None:
    """The value furthest beyond the limit, or the last one where none is kept."""
    return episode.worst if episode.worst is not None else episode.alert.value


def labels_shown(labels: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Labels by name, at most a dozen, none longer than a line."""
    return tuple((shortened(name, _LABEL), shortened(value, _LABEL)) for name, value in sorted(labels)[:_LABELS])


def pending_rows(site: Site, alerts: Sequence[Alert], language: Language) -> list[PendingRow]:
    """What is about to fire, as listed."""
    return [
        PendingRow(
            colour=COLOURS[alert.severity],
            severity=language.say(SEVERITIES[alert.severity]),
            place=place_of(alert, site.stack),
            title=title_of(alert, language),
            value=quantity(alert.value, alert.unit),
            limit=quantity(alert.limit, alert.unit),
            since=alert.active_at,
            reason=said(language, alert.reason, 300),
            rule=alert.rule_id,
        )
        for alert in alerts
    ]
