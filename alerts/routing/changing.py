"""What is said in a notice that is open: changes, the end, reminders, escalation."""

from __future__ import annotations

from dataclasses import dataclass, replace

from alerts.routing.clocks import by_the_clock, reminder_due, steps_to_come
from alerts.routing.config import EscalationStep
from alerts.routing.looking import Look, Outcome
from alerts.routing.router import ESCALATED
from alerts.routing.standing import has_risen, is_acknowledged
from alerts.routing.wording import acknowledged, at_most, fired_again, joined_in, resolved, risen
from alerts.routing.writing import Said
from store.alerting import Member, NoticeKind, Placement, Told
from store.durations import format_duration
from store.messages import Message, Sentence

Members = tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class News:
    """What is new since the last delivery. `touched`: somebody acknowledged them, or took it back."""

    again: Members
    risen: Members
    graver: Members
    touched: Members
    silenced: Members
    steps: tuple[EscalationStep, ...]
    fresh: Members
    over: Members

    @property
    def at_once(self) -> bool:
        """Whether it does not wait for the group interval."""
        return bool(self.again or self.risen or self.graver or self.touched or self.silenced or self.steps)

    @property
    def later(self) -> bool:
        """Whether there is something that waits for the group interval."""
        return bool(self.fresh or self.over)

    @property
    def code(self) -> str:
        """The most important of it as a stable word."""
        found = (
            (self.again, "fired_again"),
            (self.risen, "severity_rise"),
            (self.fresh, "new_member"),
            (self.steps, "escalated"),
            (self.over, "some_resolved"),
            (self.silenced, "silenced"),
            (tuple(each for each in self.touched if each.episode.acknowledged_at), "acknowledged"),
        )
        return next((code for what, code in found if what), "unacknowledged")


def on_change(look: Look) -> Outcome:
    """Decide about a group whose notice is open."""
    standing = look.standing
    if not (standing.told or standing.fresh or standing.again):
        return _end(look)
    news = _news(look)
    if news.at_once or (news.later and look.interval_ends is None):
        return _change(look, news)
    clock = by_the_clock(look.group, look.timing, standing.loud, look.now)
    if _reminds(look):
        return _remind(look)
    if news.later:
        waiting = Message("It waits until the group interval is over: a notice changes no more often")
        return Outcome(
            "waiting_group_interval", waiting, told=_unsaid_ends(look), look_again=(look.interval_ends, *clock)
        )
    return Outcome(*_why_nothing(look), told=_unsaid_ends(look), look_again=clock)


def _news(look: Look) -> News:
    standing, group = look.standing, look.group
    audible = [each for each in standing.told if each.episode.id not in standing.mutes]
    gravest = max((each.told_severity.rank for each in standing.told if each.told_severity), default=-1)
    due = [step for when, step in steps_to_come(group, look.timing, standing.loud, look.now) if when <= look.now]
    return News(
        again=standing.again,
        risen=tuple(each for each in audible if has_risen(each)),
        graver=tuple(each for each in standing.fresh if each.episode.severity.rank > gravest),
        touched=tuple(
            each for each in standing.told if each.told_acknowledged is not (each.episode.acknowledged_at is not None)
        ),
        silenced=tuple(each for each in standing.told if _silenced_since(look, each)),
        steps=tuple(due),
        fresh=standing.fresh,
        over=standing.owed if look.timing.send_resolved else (),
    )


def _silenced_since(look: Look, member: Member) -> bool:
    """Whether somebody silenced it after the last delivery: the message then says who."""
    mute, last = look.standing.mutes.get(member.episode.id), look.group.last_sent_at
    return mute is not None and mute.since is not None and last is not None and mute.since > last


def _change(look: Look, news: News) -> Outcome:
    standing, group, now = look.standing, look.group, look.now
    firing = (*standing.told, *news.fresh, *news.again)
    kept = tuple(each for each in standing.done if each not in standing.expired(now))
    calls = bool(news.fresh or news.again or news.risen)
    reminds = not calls and _reminds(look)  # what is said anyway stands for a reminder that is due
    after = replace(
        group,
        sequence=group.sequence + 1,
        last_sent_at=now if calls or reminds or news.over or news.silenced else group.last_sent_at,
        reminders=0 if calls else group.reminders + reminds,
        escalations=group.escalations + len(news.steps),
    )
    loud = (*standing.loud, *news.fresh, *news.again)
    sentences = _sentences(look, news)
    mention = look.timing.mention if calls or reminds or news.steps else ""
    return Outcome(
        news.code,
        sentences[0],
        said=Said(NoticeKind.CHANGED, (*firing, *standing.owed, *kept), at_most(sentences), mention, standing.mutes),
        after=after,
        told={each.episode.id: Told.FIRING for each in firing} | _ends(look),
        placements=tuple(_handed(look, news)),
        look_again=by_the_clock(after, look.timing, loud, now),
    )


def _sentences(look: Look, news: News) -> list[Sentence]:
    group, standing = look.group, look.standing
    silences = dict.fromkeys(standing.mutes[each.episode.id].reason for each in news.silenced)
    return [
        *fired_again(news.again, group),
        *risen(news.risen, group),
        *joined_in(news.fresh, group),
        *(
            Message(
                "Nobody acknowledged it for %(time)s: %(receiver)s is told too",
                time=format_duration(step.after),
                receiver=step.receiver,
            )
            for step in news.steps
        ),
        *acknowledged(news.touched, group),
        *silences,
        *resolved(news.over, group),
    ]


def _handed(look: Look, news: News) -> list[Placement]:
    """Who is handed on: the loud ones to the steps that are due, those that are new to the steps taken before too."""
    group, timing = look.group, look.timing
    taken = group.escalations
    new = [each for each in (*news.fresh, *news.again) if not is_acknowledged(each.episode)]
    placements = []
    for number, step in enumerate(timing.escalate[: taken + len(news.steps)]):
        members = new if number < taken else [*look.standing.loud, *new]
        path = f"{group.route}{ESCALATED}{number}"
        placements += [Placement(step.receiver, path, group.labels, each.episode.id, look.now) for each in members]
    return placements


def _end(look: Look) -> Outcome:
    """All that was told is over: the last of the notice, also where an overlay began meanwhile."""
    standing, group, now = look.standing, look.group, look.now
    over = standing.owed
    if not look.timing.send_resolved:
        unwanted = Message("All is over; this receiver does not want to be told of the end")
        return Outcome("resolved_not_wanted", unwanted, after=replace(group, last_sent_at=now), told=_ends(look))
    if look.interval_ends is not None:
        waiting = Message("All is over; it waits until the group interval is over, lest it begins again")
        return Outcome("waiting_group_interval", waiting, look_again=(look.interval_ends,))
    kept = tuple(each for each in standing.done if each not in standing.expired(now))
    return Outcome(
        "all_resolved",
        Message("All that was told is over"),
        said=Said(NoticeKind.RESOLVED, (*over, *kept), at_most(resolved(over, group))),
        after=replace(group, sequence=group.sequence + 1, last_sent_at=now),
        told=_ends(look),
    )


def _reminds(look: Look) -> bool:
    due = reminder_due(look.group, look.timing, look.now)
    return bool(look.standing.loud) and due is not None and due <= look.now


def _remind(look: Look) -> Outcome:
    standing, group = look.standing, look.group
    after = replace(group, sequence=group.sequence + 1, last_sent_at=look.now, reminders=group.reminders + 1)
    kept = tuple(each for each in standing.done if each not in standing.expired(look.now))
    reason = Message("It still fires, and nobody acknowledged it")
    return Outcome(
        "repeat_interval",
        reason,
        said=Said(
            NoticeKind.REMINDER, (*standing.told, *standing.owed, *kept), (reason,), look.timing.mention, standing.mutes
        ),
        after=after,
        told={each.episode.id: Told.FIRING for each in standing.told} | _ends(look),
        look_again=by_the_clock(after, look.timing, standing.loud, look.now),
    )


def _ends(look: Look) -> dict[str, Told]:
    return {each.episode.id: Told.RESOLVED for each in look.standing.owed}


def _unsaid_ends(look: Look) -> dict[str, Told]:
    """The ends that a receiver does not want to hear: they are settled without a word."""
    return {} if look.timing.send_resolved else _ends(look)


def _why_nothing(look: Look) -> tuple[str, Sentence]:
    standing = look.standing
    if standing.loud:
        return "unchanged", Message("Nothing changed since it was last told")
    muted = [standing.mutes[each.episode.id] for each in standing.told if each.episode.id in standing.mutes]
    if muted:
        return "muted_" + muted[0].code, muted[0].reason
    return "acknowledged_unchanged", Message("It is acknowledged, and nothing changed: no reminder is due")
