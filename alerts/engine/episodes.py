"""From transitions to episodes: one firing from beginning to end, and the events of the timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from alerts.engine.findings import Findings
from store.alerting import Alert, Episode
from store.messages import Message
from store.vocabulary import Event

CHANGES = ("deploy.*", "environment.*", "override.*", "config.*")
"""Kinds of events that may have caused what came after them."""
LOOK_BACK = timedelta(days=1)
"""How long before a firing a change is looked for."""


@dataclass(slots=True)
class Book:
    """The episodes that may still change, by their ids.

    `look_up` finds one that is not in memory, `changes` gives the newest changes before now, newest first.
    """

    look_up: Callable[[str], Episode | None]
    changes: Callable[[datetime], Iterable[Event]]
    known: dict[str, Episode] = field(default_factory=dict)

    def follow(self, before: Alert | None, after: Alert, found: Findings) -> None:
        """Take an alert's step into its episode: begin it, go on with it, end it, or note what changed of it."""
        fired, fires = before is not None and before.state.is_firing, after.state.is_firing
        if fires and not fired:
            self._begin(after, found)
        elif fired and not fires:
            self._end(after, found)
        elif before is not None and fires:
            self._go_on(before, after, found)

    def close(self, episode: Episode, alert: Alert, at: datetime, found: Findings) -> None:
        """End an episode."""
        ended = replace(
            episode, alert=alert, resolved_at=at, resolved_noticed_at=found.now, flaps=max(alert.flaps, episode.flaps)
        )
        if episode.noticed_at == found.now:
            unseen = Message("%(why)s; it began and ended before it was noticed, so nobody was told", why=alert.reason)
            ended = replace(ended, alert=replace(alert, reason=unseen))
        self._write(ended, found)
        found.resolved.add(ended.id)
        found.fired.discard(ended.id)
        found.to_place.discard(ended.id)
        found.events.append(_event("alert.resolved", ended, at))

    def tidy(self, now: datetime) -> None:
        """Let go of what ended so long ago that it will not be resumed."""
        old = [
            one.id for one in self.known.values() if one.resolved_at is not None and now - one.resolved_at > LOOK_BACK
        ]
        for name in old:
            del self.known[name]

    def _begin(self, alert: Alert, found: Findings) -> None:
        name = alert.episode or ""
        known = self._known(name) if alert.flaps else None
        if known is None:
            fired_at = alert.fired_at or found.now
            episode = Episode(
                name, alert, alert.severity, fired_at, noticed_at=found.now, flaps=alert.flaps, worst=alert.value
            )
            episode = replace(episode, last_change=self._last_change(episode))
        else:
            episode = replace(_risen(known, alert), resolved_at=None, resolved_noticed_at=None)
        self._write(episode, found)
        found.fired.add(name)
        found.resolved.discard(name)
        found.to_place.add(name)
        found.events.append(_event("alert.fired", episode, alert.slot or found.now))

    def _end(self, alert: Alert, found: Findings) -> None:
        known = self._known(alert.episode or "")
        if known is not None:
            self.close(known, alert, alert.resolved_at or found.now, found)

    def _go_on(self, before: Alert, after: Alert, found: Findings) -> None:
        known = self._known(after.episode or "")
        if known is None:
            return
        episode = _risen(known, after)
        rises = episode.severity.rank > known.severity.rank
        if rises:
            found.to_place.add(episode.id)
        if rises or before.state is not after.state or before.health is not after.health:
            self._write(episode, found)
        else:
            self.known[episode.id] = episode

    def _known(self, name: str) -> Episode | None:
        if name not in self.known:
            found = self.look_up(name)
            if found is None:
                return None
            self.known[name] = found
        return self.known[name]

    def _write(self, episode: Episode, found: Findings) -> None:
        self.known[episode.id] = found.episodes[episode.id] = episode

    def _last_change(self, episode: Episode) -> str | None:
        alert = episode.alert
        for event in self.changes(episode.fired_at - LOOK_BACK):
            here = event.environment in {None, alert.environment} and event.component in {None, alert.component}
            if here and event.at <= episode.fired_at:
                return event.key
        return None


def _risen(episode: Episode, alert: Alert) -> Episode:
    """The episode with what its alert is now: severity and worst value only ever rise."""
    severity = max(episode.severity, alert.severity, key=lambda one: one.rank)
    return replace(
        episode,
        alert=alert,
        severity=severity,
        flaps=alert.flaps,
        worst=_worse(episode.worst, alert.value, alert.limit),
    )


def _worse(known: float | None, value: float | None, limit: float | None) -> float | None:
    """Of two values the one that is further from the limit, on the side on which it was breached first."""
    if known is None or value is None:
        return value if known is None else known
    if limit is None:
        return max(known, value)
    return max(known, value) if known >= limit else min(known, value)


def _event(kind: str, episode: Episode, at: datetime) -> Event:
    alert = episode.alert
    said = alert.summary.get("en") or str(alert.reason)
    return Event(
        key=f"{kind}:{episode.id}:{episode.flaps}",
        at=at,
        kind=kind,
        title=f"{alert.rule_id}: {said}"[:300] if said else alert.rule_id,
        environment=alert.environment,
        component=alert.component,
        detail={"episode": episode.id, "severity": episode.severity.value, "rule": alert.rule_id},
    )
