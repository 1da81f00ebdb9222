"""What keeps a firing alert from being told for a while: silences, maintenance, inhibition, sleep, quiet hours."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.routing.config import Maintenance
from alerts.routing.dependents import OWN_MATTER, Dependents
from alerts.routing.inhibition import inhibitors
from alerts.routing.matching import Holds, holds_all
from alerts.routing.mute import Mute
from alerts.routing.router import Router
from alerts.routing.timing import Timing
from alerts.routing.windows import Weekly, parse_days
from store.alerting import Episode, Labels, Silence
from store.messages import Message

LOOK_AGAIN = timedelta(minutes=1)
"""Nobody knows when an inhibition or a sleep ends, and its source touches other groups: look again so soon."""


@dataclass(frozen=True, slots=True)
class _Silencing:
    silence: Silence
    holds: Holds


@dataclass(frozen=True, slots=True)
class _Planned:
    window: Maintenance
    holds: Holds
    weekly: Weekly | None


class Overlays:
    """The overlays of one moment, ready to be held against episodes.

    Args:
        router: Its configuration has maintenance and inhibition; its labels are those that matchers see.
        now: The moment.
        silences: Silences, those that are over or to come included.
        firing: Every episode that is open: what may inhibit.
        critical: (environment, component) pairs with a health check of the whole that is critical.
        asleep: Environments that were put to sleep.
    """

    def __init__(  # noqa: PLR0913  each is one kind of overlay
        self,
        router: Router,
        now: datetime,
        *,
        silences: Iterable[Silence] = (),
        firing: Sequence[Episode] = (),
        critical: Collection[tuple[str | None, str | None]] = (),
        asleep: Collection[str] = (),
    ) -> None:
        self._router, self._now, self._asleep = router, now, frozenset(asleep)
        self._zone = router.stack.zone
        running = (silence for silence in silences if silence.starts_at <= now < silence.ends_at)
        self._silences = [_Silencing(each, holds_all(each.matchers)) for each in running if not each.expired_by]
        self._planned = [_planned(window, self._zone) for window in router.config.maintenance]
        sources = [(episode, router.labels(episode)) for episode in firing if episode.is_open]
        self._inhibitors = inhibitors(router.config.inhibit, sources)
        self._dependents = Dependents(router.stack, sources if router.config.inhibit_dependents else (), critical)
        self._known: dict[tuple[str, str], Mute | None] = {}

    def mute(self, episode: Episode, timing: Timing) -> Mute | None:
        """What keeps an episode from being told through a route; None if nothing does. What people did comes first."""
        key = (episode.id, episode.severity.value)
        if key not in self._known:
            self._known[key] = self._everywhere(episode)
        return self._known[key] or self._quiet(episode, timing)

    def _everywhere(self, episode: Episode) -> Mute | None:
        labels = self._router.labels(episode)
        return (
            self._silenced({**labels, "episode": episode.id})
            or self._maintained(labels)
            or self._sleeping(episode, labels)
            or self._inhibited(episode, labels)
        )

    def _silenced(self, labels: Labels) -> Mute | None:
        """By the silence that lasts longest."""
        found = [each.silence for each in self._silences if each.holds(labels)]
        if not found:
            return None
        silence = max(found, key=lambda each: each.ends_at)
        until = _moment(silence.ends_at, self._zone)
        reason = Message("Silenced by %(who)s until %(until)s", who=silence.created_by, until=until)
        return Mute("silenced", reason, silence.ends_at, silence.starts_at)

    def _maintained(self, labels: Labels) -> Mute | None:
        for planned in self._planned:
            end = _ends(planned, self._zone, self._now)
            if end is not None and planned.holds(labels):
                until = _moment(end, self._zone)
                reason = Message("Maintenance “%(name)s” until %(until)s", name=planned.window.name, until=until)
                return Mute("maintenance", reason, end)
        return None

    def _sleeping(self, episode: Episode, labels: Labels) -> Mute | None:
        environment = episode.alert.environment
        if environment is None or environment not in self._asleep or labels.get("kind") in OWN_MATTER:
            return None
        reason = Message("%(environment)s was put to sleep", environment=environment)
        return Mute("asleep", reason, look_again=LOOK_AGAIN)

    def _inhibited(self, episode: Episode, labels: Mapping[str, str]) -> Mute | None:
        for inhibitor in self._inhibitors:
            source = inhibitor.source_of(labels)
            if source is not None and source != episode.id:
                reason = Message("%(rule)s fires, which explains it", rule=inhibitor.rule_of(source))
                return Mute("inhibited", reason, look_again=LOOK_AGAIN)
        explained = self._dependents.explains(episode, labels)
        return Mute("inhibited", explained, look_again=LOOK_AGAIN) if explained else None

    def _quiet(self, episode: Episode, timing: Timing) -> Mute | None:
        quiet = timing.quiet
        if quiet is None or episode.severity.rank >= quiet.allow.rank:
            return None
        end = quiet.hours.until(self._now)
        if end is None:
            return None
        until = _moment(end, quiet.hours.zone)
        return Mute("quiet_hours", Message("Quiet hours “%(name)s” until %(until)s", name=quiet.name, until=until), end)


def _planned(window: Maintenance, zone: ZoneInfo) -> _Planned:
    weekly = None
    if not isinstance(window.from_, datetime) and not isinstance(window.to, datetime):
        zone = ZoneInfo(window.timezone) if window.timezone else zone
        weekly = Weekly(window.from_, window.to, zone, parse_days(window.days) or frozenset(range(7)))
    return _Planned(window, holds_all(window.match), weekly)


def _ends(planned: _Planned, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When a window that has begun ends; None outside of it."""
    window = planned.window
    if planned.weekly is not None:
        return planned.weekly.until(now)
    if not isinstance(window.from_, datetime) or not isinstance(window.to, datetime):
        return None
    zone = ZoneInfo(window.timezone) if window.timezone else zone
    start, end = (each if each.tzinfo else each.replace(tzinfo=zone) for each in (window.from_, window.to))
    return end.astimezone(UTC) if start <= now < end else None


def _moment(when: datetime, zone: ZoneInfo) -> str:
    return when.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
