"""A group kept in memory as the store keeps it, and makers of what goes into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from alerts.notice import Notice
from alerts.notice_json import from_json
from alerts.routing.decision import decide
from alerts.routing.mute import Mute
from alerts.routing.timing import Timing
from store.alerting import (
    Alert,
    AlertState,
    Decision,
    Draft,
    Episode,
    Flush,
    Group,
    Member,
    Placement,
    Severity,
    Told,
    fingerprint,
    group_id,
)
from store.vocabulary import Event

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ROUTE = "route"


def an_episode(  # noqa: PLR0913  what a test may care for
    name: str = "one",
    *,
    rule: str = "cpu-high",
    severity: Severity = Severity.WARNING,
    at: datetime = START,
    environment: str | None = "prod",
    component: str | None = "backend",
    **labels: str,
) -> Episode:
    """An open episode."""
    given = {"name": name, **labels}
    alert = Alert(
        fingerprint(rule, given),
        rule,
        {**given, "rule": rule},
        AlertState.FIRING,
        severity=severity,
        fired_at=at,
        summary={"en": f"{rule} of {name}"},
        environment=environment,
        component=component,
    )
    return Episode(f"e-{name}", alert, severity, at, at)


def over(episode: Episode, at: datetime) -> Episode:
    """The episode when it ended."""
    alert = replace(episode.alert, state=AlertState.INACTIVE, resolved_at=at)
    return replace(episode, alert=alert, resolved_at=at, resolved_noticed_at=at)


def again(episode: Episode) -> Episode:
    """The episode when it fired again soon after."""
    alert = replace(episode.alert, state=AlertState.FIRING, resolved_at=None)
    return replace(episode, alert=alert, resolved_at=None, resolved_noticed_at=None, flaps=episode.flaps + 1)


@dataclass
class Fixed:
    """Surroundings that a test sets: which episodes are muted, and which belong elsewhere."""

    muted: dict[str, Mute] = field(default_factory=dict)
    elsewhere: dict[str, Placement] = field(default_factory=dict)
    events: Mapping[str, Event] = field(default_factory=dict)

    def mute(self, episode: Episode, timing: Timing) -> Mute | None:
        del timing
        return self.muted.get(episode.id)

    def belongs(self, group: Group, episode: Episode) -> bool:
        del group
        return episode.id not in self.elsewhere

    def place(self, episode: Episode) -> Sequence[Placement]:
        return [self.elsewhere[episode.id]] if episode.id in self.elsewhere else []


@dataclass
class GroupLog:
    """One group with its members, as `store.notices.flush` reads and writes them."""

    timing: Timing = field(default_factory=lambda: Timing(receiver="ops"))
    around: Fixed = field(default_factory=Fixed)
    now: datetime = START
    drafts: list[Draft] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    placements: list[Placement] = field(default_factory=list)
    members: dict[str, Member] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=lambda: {"environment": "prod", "component": "backend"})

    def __post_init__(self) -> None:
        self.group = Group(group_id("ops", ROUTE, self.labels), "ops", ROUTE, self.labels, START, None)

    def put(self, episode: Episode, *, wait: timedelta | None = None) -> None:
        """Place an episode, or tell that it changed: what a round of the engine commits."""
        known = self.members.get(episode.id)
        if known is not None:
            self.members[episode.id] = replace(known, episode=episode)
            self.touch(self.now)
            return
        if episode.is_open:
            self.members[episode.id] = Member(episode, joined_at=self.now)
            self.touch(self.now if wait is None else self.now + wait)

    def touch(self, at: datetime) -> None:
        """Have it looked at by then."""
        before = self.group.next_flush
        self.group = replace(self.group, next_flush=at if before is None else min(before, at))

    def look(self) -> Flush:
        """What would be decided now; nothing is written."""
        return decide(self.group, list(self.members.values()), self.now, self.timing, self.around)

    def flush(self) -> Flush:
        """Decide now, due or not, and write it."""
        flush = self.look()
        for episode, told in flush.told.items():
            member = self.members[episode]
            assert told is not Told.FIRING or member.told is Told.FIRING or flush.drafts
            acknowledged = member.episode.acknowledged_at is not None
            self.members[episode] = replace(
                member, told=told, told_severity=member.episode.severity, told_acknowledged=acknowledged
            )
        for episode in flush.leave:
            del self.members[episode]
        assert flush.group is not None
        self.group = replace(flush.group, next_flush=flush.next_flush)
        self.drafts += flush.drafts
        self.decisions.append(flush.decision)
        self.placements += flush.placements
        return flush

    def run(self, until: datetime) -> None:
        """Let the time pass, and look whenever it is due."""
        while self.group.next_flush is not None and self.group.next_flush <= until:
            self.now = max(self.now, self.group.next_flush)
            self.flush()
        self.now = until

    def pass_by(self, seconds: float) -> list[Notice]:
        """Let so many seconds pass; returns what was said meanwhile."""
        before = len(self.drafts)
        self.run(self.now + timedelta(seconds=seconds))
        return [from_json(draft.payload) for draft in self.drafts[before:]]

    @property
    def said(self) -> list[Notice]:
        """Everything that was said."""
        return [from_json(draft.payload) for draft in self.drafts]
