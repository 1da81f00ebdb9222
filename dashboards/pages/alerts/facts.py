"""What the alert pages read from the store: bounded lists, in a handful of reads that are shared for a few seconds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.asking import KINDS, episodes_of
from dashboards.site import Site
from store.alerting import Alert, Decision, Delivery, DeliveryState, Episode, Labels, Matcher, Obligation, Silence
from store.alerting.overview import EVERYTHING, Count, Overview, Wanted
from store.messages import Sentence, from_json
from store.vocabulary import Event, Intent

SHOWN = 40
"""Firings listed; the others are counted. The worst come first, and nobody reads more of them at once."""
PENDING = 40
SILENCES = 60
DELIVERIES = 20
JUDGED = 1_000
"""Firings that are held against the silences, to count those that are silenced."""
ANSWERED = timedelta(minutes=10)
"""For how long the page tells that something asked for was refused."""


@dataclass(frozen=True, slots=True)
class Now:
    """What fires and what is asked for, as of one instant.

    `asked` holds by firing the kind of what is being done about it, `decided` the newest decision of each receiver.
    `silenced` counts firings that an active silence matches.
    """

    firing: Sequence[Episode]
    counts: Sequence[Count]
    silences: Sequence[Silence]
    silenced: int
    asked: Mapping[str, str]
    refused: Sequence[Intent]
    decided: Mapping[str, Sequence[Decision]]
    changes: Mapping[str, Event]

    @property
    def total(self) -> int:
        """How many firings go on."""
        return sum(each.number for each in self.counts)

    @property
    def acknowledged(self) -> int:
        """How many of them somebody has acknowledged."""
        return sum(each.number for each in self.counts if each.acknowledged)


@dataclass(frozen=True, slots=True)
class Promise:
    """The obligation check: what is owed to receivers, what is open at each, and what waits or was given up."""

    owed: Sequence[Obligation]
    open_notices: Mapping[str, int]
    waiting: Mapping[str, tuple[int, datetime]]
    dead: Sequence[Delivery]


def read_now(site: Site, now: datetime, wanted: Wanted = EVERYTHING) -> Now:
    """Read what fires, the worst first."""
    store, overview = site.store, Overview(site.store.database)
    firing = overview.firing(SHOWN, wanted)
    silences = store.silences.active(now)
    recent = [intent for intent in store.intents.recent(limit=50) if intent.kind in KINDS]
    opened = [intent for kind in KINDS for intent in store.intents.open(kind)]
    return Now(
        firing=firing,
        counts=overview.counts(wanted),
        silences=silences,
        silenced=count_silenced(overview, silences, site, wanted),
        asked={name: intent.kind for intent in opened for name in episodes_of(intent)},
        refused=[one for one in recent if one.state == "refused" and now - one.created_at < ANSWERED],
        decided={one.id: newest(store.notices.decisions(episode=one.id, limit=6)) for one in firing},
        changes=overview.named_events(one.last_change for one in firing if one.last_change),
    )


def read_pending(site: Site) -> tuple[Sequence[Alert], int]:
    """Some of what is about to fire, and how many there are in all."""
    return Overview(site.store.database).pending(PENDING)


def read_promise(site: Site, now: datetime) -> Promise:
    """Read what receivers were told and are still owed."""
    store = site.store
    open_notices: dict[str, int] = {}
    for group in store.notices.groups(open_only=True):
        if group.notice:
            open_notices[group.receiver] = open_notices.get(group.receiver, 0) + 1
    return Promise(
        owed=store.notices.obligations(now),
        open_notices=open_notices,
        waiting=store.outbox.waiting(),
        dead=store.outbox.deliveries(states=[DeliveryState.DEAD], limit=DELIVERIES),
    )


def newest(decisions: Iterable[Decision]) -> list[Decision]:
    """The newest decision of each receiver, from decisions that come newest first."""
    kept: dict[str, Decision] = {}
    for decision in decisions:
        kept.setdefault(decision.receiver, decision)
    return list(kept.values())


def muting(episode: str, decisions: Iterable[Decision]) -> dict[str, Sentence]:
    """By receiver the overlay that keeps it from being told of a firing: a silence, an inhibition, quiet hours."""
    return {one.receiver: from_json(one.muted[episode]) for one in decisions if one.muted.get(episode)}


def count_silenced(overview: Overview, silences: Sequence[Silence], site: Site, wanted: Wanted) -> int:
    """How many firings an active silence matches, looking at the worst thousand of them."""
    if not silences:
        return 0
    kinds = {rule.id: rule.kind for rule in site.rules()}
    labelled = (labels_of(one, kinds) for one in overview.firing(JUDGED, wanted))
    return sum(1 for labels in labelled if any(silences_it(each, labels) for each in silences))


def labels_of(episode: Episode, kinds: Mapping[str, str]) -> dict[str, str]:
    """The labels that silences see: the alert's, its place, and `severity`, `kind`, `rule`."""
    alert = episode.alert
    place = {"environment": alert.environment, "component": alert.component}
    known = {"kind": kinds.get(alert.rule_id, ""), "rule": alert.rule_id}
    known |= {name: value for name, value in place.items() if value is not None}
    return {**known, **alert.labels, "severity": episode.severity.value}


def silences_it(silence: Silence, labels: Labels) -> bool:
    """Whether all conditions of a silence hold; a label that is missing counts as empty."""
    return bool(silence.matchers) and all(_holds(matcher, labels) for matcher in silence.matchers)


def _holds(matcher: Matcher, labels: Labels) -> bool:
    value = labels.get(matcher.label, "")
    if matcher.op in {"=", "!="}:
        return (value == matcher.value) == (matcher.op == "=")
    try:
        return (re.fullmatch(matcher.value, value) is not None) == (matcher.op == "=~")
    except re.error:
        return False
