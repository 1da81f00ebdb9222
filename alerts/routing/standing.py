"""Where the members of a group stand: what its receiver was told, what holds now, and what keeps it from being told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts.routing.mute import Mute
from store.alerting import Episode, Member, Told
from store.messages import Message

LINGER = timedelta(minutes=30)
"""So long a member that was told as resolved stays: if it fires again meanwhile, its notice goes on (flapping)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The members of a group, sorted by what is to be done about them. `mutes` is by episode id, of firing members.

    `fresh` fire and were never told; `again` fire and were told as resolved (both without those that are muted, which
    are `held`); `told` fire and were told so; `owed` are over and were told as firing: an obligation. `unsaid` are over
    and were never told; `done` are over and told so; `strays` were not told and belong to another group by now.
    """

    fresh: tuple[Member, ...] = ()
    again: tuple[Member, ...] = ()
    held: tuple[Member, ...] = ()
    told: tuple[Member, ...] = ()
    owed: tuple[Member, ...] = ()
    unsaid: tuple[Member, ...] = ()
    done: tuple[Member, ...] = ()
    strays: tuple[Member, ...] = ()
    mutes: dict[str, Mute] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether a notice is open: its receiver believes that something fires."""
        return bool(self.told or self.owed)

    @property
    def loud(self) -> tuple[Member, ...]:
        """Told members that still ask for somebody: neither muted nor acknowledged."""
        return tuple(
            each for each in self.told if each.episode.id not in self.mutes and not is_acknowledged(each.episode)
        )

    def expired(self, now: datetime) -> tuple[Member, ...]:
        """Members that were told as resolved so long ago that they need not be kept."""
        return tuple(each for each in self.done if lingers_until(each.episode) <= now)


def stand(
    members: Sequence[Member],
    mute: Callable[[Episode], Mute | None],
    belongs: Callable[[Episode], bool],
    *,
    handed: bool = False,
) -> Standing:
    """Sort the members.

    Args:
        members: The members of one group.
        mute: What keeps an episode from being told now.
        belongs: Whether an episode would be placed into this group today.
        handed: The group is one of escalation: what is acknowledged needs no telling.
    """
    sorted_out: dict[str, list[Member]] = {}
    mutes: dict[str, Mute] = {}
    for member in members:
        episode, told = member.episode, member.told
        if not episode.is_open:
            place = {Told.NOTHING: "unsaid", Told.FIRING: "owed", Told.RESOLVED: "done"}[told]
        elif told is not Told.FIRING and not belongs(episode):
            place = "strays"
        else:
            held = mute(episode) or (_taken_care_of(episode) if handed and told is Told.NOTHING else None)
            if held is not None:
                mutes[episode.id] = held
            place = "told" if told is Told.FIRING else "held" if held else "again" if told else "fresh"
        sorted_out.setdefault(place, []).append(member)
    return Standing(**{place: tuple(found) for place, found in sorted_out.items()}, mutes=mutes)


def is_acknowledged(episode: Episode) -> bool:
    """Whether an acknowledgement holds: one ends when the severity rises above that at which it was given."""
    if episode.acknowledged_at is None:
        return False
    given = episode.acknowledged_severity
    return given is None or episode.severity.rank <= given.rank


def has_risen(member: Member) -> bool:
    """Whether an episode is graver than its receiver was told."""
    return member.told_severity is not None and member.episode.severity.rank > member.told_severity.rank


def lingers_until(episode: Episode) -> datetime:
    """Until when an episode that is over may be taken up again in the same notice."""
    ended = episode.resolved_noticed_at or episode.resolved_at or episode.noticed_at
    return ended + LINGER


def _taken_care_of(episode: Episode) -> Mute | None:
    if not is_acknowledged(episode):
        return None
    return Mute("acknowledged", Message("%(who)s acknowledged it", who=episode.acknowledged_by))
