"""A look at a group: everything that a decision rests on, and the outcome it is put into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from alerts.notice_json import to_json as notice_to_json
from alerts.routing.mute import Mute
from alerts.routing.standing import Standing, has_risen, lingers_until
from alerts.routing.timing import Timing
from alerts.routing.writing import Said, notice_of
from store.alerting import Decision, Draft, Episode, Flush, Group, Member, NoticeKind, Placement, Told
from store.messages import Sentence
from store.messages import to_json as sentence_to_json
from store.vocabulary import Event

_A_MOMENT = timedelta(seconds=1)
_URGENT = (NoticeKind.FIRING, NoticeKind.RESOLVED)


class Around(Protocol):
    """What is known beyond the group: overlays, routes, and the changes that may have caused it."""

    def mute(self, episode: Episode, timing: Timing) -> Mute | None:
        """What keeps an episode from being told through a route with this timing."""

    def belongs(self, group: Group, episode: Episode) -> bool:
        """Whether an episode would be placed into this group today."""

    def place(self, episode: Episode) -> Sequence[Placement]:
        """The groups that an episode belongs to today."""

    @property
    def events(self) -> Mapping[str, Event]:
        """Changes by key, for episodes that name one."""


@dataclass(frozen=True, slots=True)
class Look:
    """A group, how its members stand, how it tells, and now."""

    group: Group
    standing: Standing
    timing: Timing
    now: datetime
    around: Around

    @property
    def interval_ends(self) -> datetime | None:
        """When the notice may change again; None if it may at once, also when the clock was set back."""
        last = self.group.last_sent_at
        if last is None or last > self.now or last + self.timing.group_interval <= self.now:
            return None
        return last + self.timing.group_interval


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided, before it is put into a `Flush`. `code` is stable; `after` is the group as it then is."""

    code: str
    reason: Sentence
    said: Said | None = None
    after: Group | None = None
    told: Mapping[str, Told] = field(default_factory=dict)
    placements: tuple[Placement, ...] = ()
    leave: tuple[Member, ...] = ()
    look_again: tuple[datetime | None, ...] = ()


def flush_of(look: Look, outcome: Outcome) -> Flush:
    """The outcome with its draft, its record and the next look. What strayed or is long over leaves in any case.

    What strayed, or became graver, is placed by the routes anew: a page may belong to other receivers than a warning.
    """
    standing, now = look.standing, look.now
    leave = _ids((*outcome.leave, *standing.unsaid, *standing.strays, *standing.expired(now)))
    graver = [member for member in standing.told if has_risen(member) and member.episode.id in outcome.told]
    moved = [place for member in (*standing.strays, *graver) for place in look.around.place(member.episode)]
    after = outcome.after or look.group
    next_flush = _next_look(look, outcome, leave)
    decision = Decision(
        at=now,
        group=look.group.id,
        receiver=look.group.receiver,
        sent=outcome.said is not None,
        code=outcome.code,
        reason=outcome.reason,
        muted={name: sentence_to_json(mute.reason) for name, mute in standing.mutes.items()},
        notice=after.notice if outcome.said is not None or standing.is_open else None,
        sequence=after.sequence if outcome.said is not None else None,
    )
    if after.notice is not None and outcome.said is None and not standing.is_open and not _kept(look, leave):
        after = replace(after, notice=None, notice_at=None)
    return Flush(
        decision=decision,
        drafts=() if outcome.said is None else (_draft(after, outcome, outcome.said, look),),
        told=outcome.told,
        group=replace(after, next_flush=next_flush),
        next_flush=next_flush,
        placements=(*outcome.placements, *(place for place in moved if place.group != look.group.id)),
        leave=leave,
    )


def _kept(look: Look, leave: Sequence[str]) -> bool:
    return any(member.episode.id not in leave for member in look.standing.done + look.standing.again) or any(
        member.told is Told.RESOLVED for member in look.standing.held
    )


def _draft(after: Group, outcome: Outcome, said: Said, look: Look) -> Draft:
    notice = notice_of(after, said, look.now, look.around.events)
    return Draft(
        receiver=after.receiver,
        kind=said.kind,
        payload=notice_to_json(notice),
        notice=notice.notice,
        sequence=after.sequence,
        group=after.id,
        episodes=tuple(member.episode.id for member in said.members),
        reason=outcome.code,
    )


def _next_look(look: Look, outcome: Outcome, leave: Sequence[str]) -> datetime | None:
    """The earliest moment at which anything here may be different by the clock alone; None if only by an event."""
    mutes = (mute.next_look(look.now) for mute in look.standing.mutes.values())
    over = (*look.standing.done, *(look.standing.owed if outcome.told else ()))
    lingering = [lingers_until(member.episode) for member in over if member.episode.id not in leave]
    moments = [moment for moment in (*outcome.look_again, *mutes) if moment is not None]
    moments += [max(lingering)] if lingering else []
    return max(min(moments), look.now + _A_MOMENT) if moments else None


def _ids(members: Iterable[Member]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(member.episode.id for member in members))
