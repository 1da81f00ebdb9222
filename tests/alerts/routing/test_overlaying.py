"""Acknowledgements, silences, escalation and quiet hours on a group that is told of something."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from alerts.routing.config import EscalationStep
from alerts.routing.mute import Mute
from alerts.routing.timing import Timing
from store.alerting import Episode, NoticeKind, Placement, Severity
from tests.alerts.routing.group_log import START, Fixed, GroupLog, an_episode, over

MINUTE = timedelta(minutes=1)
EARLIER = START - MINUTE


def acknowledged(episode: Episode, at: datetime, by: str = "minji") -> Episode:
    return replace(episode, acknowledged_by=by, acknowledged_at=at, acknowledged_severity=episode.severity)


def told(episode: Episode, timing: Timing | None = None) -> GroupLog:
    """A group whose receiver was told of an episode."""
    log = GroupLog(timing=timing or Timing("ops", repeat_interval=10 * MINUTE, mention="@oncall"))
    log.put(episode)
    log.pass_by(0)
    assert log.said[-1].kind is NoticeKind.FIRING
    return log


def test_an_acknowledgement_is_an_edit_at_once_that_names_nobody_and_stops_reminders() -> None:
    episode = an_episode(at=EARLIER)
    log = told(episode)
    log.pass_by(10)
    log.put(acknowledged(episode, log.now))
    [edit] = log.pass_by(0)
    assert (edit.kind, edit.mention, edit.changes) == (NoticeKind.CHANGED, "", ("minji acknowledged cpu-high (one)",))
    assert log.pass_by(86_400) == []
    assert log.decisions[-1].code == "acknowledged"


def test_a_rise_of_severity_pages_again_although_it_is_acknowledged() -> None:
    episode = acknowledged(an_episode(at=EARLIER), START)
    log = told(episode)
    log.pass_by(60)
    log.put(replace(episode, severity=Severity.PAGE))
    [edit] = log.pass_by(0)
    assert (edit.kind, edit.mention, edit.severity) == (NoticeKind.CHANGED, "@oncall", Severity.PAGE)
    assert edit.changes == ("cpu-high (one) rose from warning to page",)
    assert [notice.kind for notice in log.pass_by(600)] == [NoticeKind.REMINDER]


def test_a_new_member_pages_again_although_the_first_is_acknowledged() -> None:
    log = told(acknowledged(an_episode("a", at=EARLIER), START))
    log.pass_by(60)
    log.put(an_episode("b", at=log.now))
    [edit] = log.pass_by(240)
    assert (edit.mention, edit.total) == ("@oncall", 2)


def test_an_acknowledgement_taken_back_is_told_and_reminders_go_on() -> None:
    episode = an_episode(at=EARLIER)
    log = told(acknowledged(episode, START))
    log.pass_by(3600)
    log.put(episode)
    [edit] = log.pass_by(0)
    assert edit.changes == ("cpu-high (one) is no longer acknowledged",)
    assert [notice.kind for notice in log.pass_by(600)] == [NoticeKind.REMINDER]


def test_a_silence_keeps_a_firing_from_being_told_until_it_ends() -> None:
    episode = an_episode(at=EARLIER)
    end = START + timedelta(hours=1)
    log = GroupLog(around=Fixed({episode.id: Mute("silenced", "Silenced by minji", end)}))
    log.put(episode)
    assert log.pass_by(3599) == []
    assert log.group.next_flush == end
    assert (log.decisions[-1].code, log.decisions[-1].muted) == ("muted_silenced", {episode.id: "Silenced by minji"})
    log.around.muted.clear()
    assert [notice.kind for notice in log.pass_by(1)] == [NoticeKind.FIRING]


def test_a_silence_begun_after_the_firing_is_shown_and_the_end_is_told_all_the_same() -> None:
    episode = an_episode(at=EARLIER)
    log = told(episode)
    log.pass_by(60)
    log.around.muted[episode.id] = Mute("silenced", "Silenced by minji", START + timedelta(days=1), since=log.now)
    log.touch(log.now)
    [edit] = log.pass_by(0)
    assert (edit.changes, edit.alerts[0].muted) == (("Silenced by minji",), "Silenced by minji")
    assert log.pass_by(3600) == [], "no reminders while it is silenced"
    log.put(over(episode, log.now))
    assert [notice.kind for notice in log.pass_by(0)] == [NoticeKind.RESOLVED]


def test_what_nobody_acknowledges_is_handed_to_the_next_receiver_step_by_step() -> None:
    steps = (EscalationStep(after=15 * MINUTE, receiver="boss"), EscalationStep(after=30 * MINUTE, receiver="cto"))
    episode = an_episode(at=EARLIER)
    log = told(episode, Timing("ops", escalate=steps))
    assert log.pass_by(899) == []
    [edit] = log.pass_by(1)
    assert edit.changes == ("Nobody acknowledged it for 15m: boss is told too",)
    log.pass_by(900)
    at = START + 15 * MINUTE
    first = Placement("boss", "route/escalate0", log.labels, episode.id, at)
    assert log.placements == [first, Placement("cto", "route/escalate1", log.labels, episode.id, at + 15 * MINUTE)]
    assert log.group.escalations == 2


def test_what_is_acknowledged_in_time_is_not_escalated() -> None:
    episode = an_episode(at=EARLIER)
    log = told(episode, Timing("ops", escalate=(EscalationStep(after=15 * MINUTE, receiver="boss"),)))
    log.pass_by(600)
    log.put(acknowledged(episode, log.now))
    log.pass_by(3600)
    assert log.placements == []


def test_a_new_member_of_an_escalated_notice_goes_up_at_once() -> None:
    log = told(an_episode("a", at=EARLIER), Timing("ops", escalate=(EscalationStep(after=MINUTE, receiver="boss"),)))
    log.pass_by(60)
    later = an_episode("b", at=log.now)
    log.put(later)
    log.pass_by(300)
    assert [place.episode for place in log.placements] == ["e-a", "e-b"]


def test_a_group_of_escalation_is_not_told_of_what_is_acknowledged() -> None:
    log = GroupLog(timing=Timing("boss", group_wait=timedelta(0), handed=True))
    episode = acknowledged(an_episode(at=EARLIER), START)
    log.put(episode)
    assert log.pass_by(3600) == []
    log.put(replace(episode, severity=Severity.PAGE))
    assert [notice.kind for notice in log.pass_by(0)] == [NoticeKind.FIRING]


def test_what_belongs_elsewhere_by_now_moves_unless_it_was_told() -> None:
    told_here, untold = an_episode("a", at=EARLIER), an_episode("b", at=START)
    log = told(told_here)
    elsewhere = Placement("other", "routes[0]", {}, untold.id, START)
    log.put(untold)
    log.around.elsewhere = {untold.id: elsewhere, told_here.id: replace(elsewhere, episode=told_here.id)}
    log.pass_by(0)
    assert log.placements == [elsewhere]
    assert list(log.members) == [told_here.id]
    log.pass_by(400)
    log.put(over(told_here, log.now))
    assert log.pass_by(0)[-1].kind is NoticeKind.RESOLVED


def test_what_becomes_a_page_is_placed_by_the_routes_anew_also_under_a_silence() -> None:
    episode = an_episode(at=EARLIER)
    log = told(episode)
    paged = Placement("pager", "routes[0]", {}, episode.id, START)
    log.around.elsewhere = {episode.id: paged}
    log.around.muted[episode.id] = Mute("silenced", "Silenced by minji", START + timedelta(days=1))
    log.put(acknowledged(replace(episode, severity=Severity.PAGE), START))
    log.pass_by(0)
    assert log.placements == [paged]
