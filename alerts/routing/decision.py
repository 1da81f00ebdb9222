"""The decision at a flush: whether a group's receiver is told, of what, and why; the first of the rules that holds.

1. Nothing is told and something fires: send, once the group wait is over. Nothing is told and all is over: skip.
2. Something is new, graver, acknowledged, silenced or back: send.
   What is new and no graver waits for the group interval.
3. Nothing fires any more of what was told: send the end.
4. Something of it is over: send, after the group interval.
5. Otherwise send only a reminder, when the repeat interval is over and somebody is still asked for.

Acknowledgement, silence and the other overlays keep things from being told; what was told is always told as resolved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from alerts.routing.changing import on_change
from alerts.routing.clocks import by_the_clock
from alerts.routing.looking import Around, Look, Outcome, flush_of
from alerts.routing.standing import stand
from alerts.routing.timing import Timing
from alerts.routing.wording import at_most, fired_again, joined_in
from alerts.routing.writing import Said, notice_id, worst_first
from store.alerting import Flush, Group, Member, NoticeKind, Told
from store.messages import Message, PluralMessage


def decide(group: Group, members: Sequence[Member], now: datetime, timing: Timing, around: Around) -> Flush:
    """Decide about a group. Pure.

    Args:
        group: The group as it is kept.
        members: Its members, and what its receiver was told of each.
        now: The moment, aware.
        timing: How its route tells.
        around: Overlays, routes and changes.
    """
    standing = stand(
        members,
        lambda episode: around.mute(episode, timing),
        lambda episode: around.belongs(group, episode),
        handed=timing.handed,
    )
    look = Look(group, standing, timing, now, around)
    return flush_of(look, on_change(look) if standing.is_open else _first(look))


def _first(look: Look) -> Outcome:
    """No notice is open."""
    standing, group = look.standing, look.group
    if standing.again and group.notice is not None:
        return _take_up(look)
    candidates = (*standing.fresh, *standing.again)
    if not candidates:
        return _nothing(look)
    if wait := _waits_until(look, candidates):
        waiting = Message("It waits until the group wait is over: more may follow")
        return Outcome("waiting_group_wait", waiting, look_again=(wait,))
    return _begin(look, candidates)


def _begin(look: Look, candidates: Sequence[Member]) -> Outcome:
    """A new notice of everything that fires and may be told."""
    ordered = worst_first(candidates)
    first = min(ordered, key=lambda member: (member.episode.fired_at, member.episode.id))
    begun = replace(
        look.group,
        notice=notice_id(look.group, first.episode),
        notice_at=look.now,
        sequence=1,
        last_sent_at=look.now,
        reminders=0,
        escalations=0,
    )
    return Outcome(
        "first_firing",
        PluralMessage("%(num)s alert began to fire", "%(num)s alerts began to fire", len(ordered)),
        said=Said(NoticeKind.FIRING, ordered, mention=look.timing.mention),
        after=begun,
        told={member.episode.id: Told.FIRING for member in ordered},
        leave=look.standing.done,
        look_again=by_the_clock(begun, look.timing, ordered, look.now),
    )


def _take_up(look: Look) -> Outcome:
    """An alert of a notice that had ended fires again soon: the notice goes on (flapping makes no second message)."""
    standing, group, now = look.standing, look.group, look.now
    firing = (*standing.again, *standing.fresh)
    resumed = replace(group, notice_at=now, sequence=group.sequence + 1, last_sent_at=now, reminders=0, escalations=0)
    sentences = [*fired_again(standing.again, group), *joined_in(standing.fresh, group)]
    return Outcome(
        "fired_again",
        Message("An alert fires again soon after it was over: its notice goes on"),
        said=Said(NoticeKind.CHANGED, (*firing, *standing.done), at_most(sentences), look.timing.mention),
        after=resumed,
        told={member.episode.id: Told.FIRING for member in firing},
        look_again=by_the_clock(resumed, look.timing, firing, look.now),
    )


def _nothing(look: Look) -> Outcome:
    """Nothing is told and nothing may be told."""
    standing = look.standing
    if standing.held:
        reason = look.standing.mutes[standing.held[0].episode.id].reason
        codes = sorted({look.standing.mutes[member.episode.id].code for member in standing.held})
        return Outcome("muted_" + codes[0] if len(codes) == 1 else "muted", reason)
    if standing.strays:
        return Outcome("rerouted", Message("The routes changed: its alerts belong to other groups now"))
    if standing.unsaid:
        return Outcome("only_resolved", Message("It was over before anybody was told, so nobody is told of its end"))
    return Outcome("nothing_firing", Message("Nothing fires here"))


def _waits_until(look: Look, candidates: Sequence[Member]) -> datetime | None:
    """When the group wait is over; None if it is. It counts from the firing, once: what fired earlier is past it."""
    began = [member.episode.fired_at for member in candidates]
    if max(began) > look.now:  # the clock was set back: better early than late
        return None
    ends = min(began) + look.timing.group_wait
    return ends if ends > look.now else None
