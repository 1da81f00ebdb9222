"""The five rules of a flush, held against a plain reading of Alertmanager's `DedupStage.needsUpdate`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.routing.timing import Timing
from store.alerting import Episode, NoticeKind, Severity
from tests.alerts.routing.group_log import START, GroupLog, an_episode, over

MINUTE = timedelta(minutes=1)


@dataclass
class Oracle:
    """Alertmanager's notification log of one group, and its five rules in their order.

    It differs in two points that are asked for: a resolve counts only of what was announced, and the repeat interval
    is over when it is over, not a moment later.
    """

    repeat: timedelta
    send_resolved: bool = True
    logged: datetime | None = None
    firing: set[str] = field(default_factory=set)
    resolved: set[str] = field(default_factory=set)

    def needs_update(self, firing: set[str], resolved: set[str], now: datetime) -> bool:
        resolved = resolved & (self.firing | self.resolved)
        if self.logged is None:
            answer = bool(firing)
        elif firing - self.firing:
            answer = True
        elif not firing:
            answer = bool(self.firing) and self.send_resolved
        elif self.send_resolved and resolved - self.resolved:
            answer = True
        else:
            answer = self.logged <= now - self.repeat
        if answer or (self.logged is not None and not firing):
            self.logged, self.firing, self.resolved = now, set(firing), set(resolved)
        return answer


minutes = st.lists(st.lists(st.sampled_from("abcd"), unique=True, max_size=3), min_size=1, max_size=40)


@given(minutes, st.integers(1, 9), st.booleans())
@settings(max_examples=200, deadline=None)
def test_sends_exactly_when_alertmanager_would(timeline: list[list[str]], repeat: int, send_resolved: bool) -> None:  # noqa: FBT001  hypothesis hands it in
    """Each entry flips alerts between two looks, a minute apart; an alert that fires anew is a new episode."""
    timing = Timing("ops", (), timedelta(0), MINUTE, repeat * MINUTE, send_resolved)
    log, oracle = GroupLog(timing=timing), Oracle(repeat * MINUTE, send_resolved)
    current: dict[str, Episode] = {}
    ended: set[str] = set()
    for number, flipped in enumerate(timeline):
        log.now = START + number * MINUTE
        for name in flipped:
            if name in current:
                gone = current.pop(name)
                ended.add(gone.id)
                log.put(over(gone, log.now))
            else:
                current[name] = an_episode(f"{name}{number}", at=log.now)
                log.put(current[name])
        sent = bool(log.flush().drafts)
        assert sent == oracle.needs_update({each.id for each in current.values()}, ended, log.now), (number, timeline)


def kinds(log: GroupLog) -> list[NoticeKind]:
    return [notice.kind for notice in log.said]


def test_waits_once_for_the_group_wait_and_takes_along_what_came_meanwhile() -> None:
    log = GroupLog()
    log.put(an_episode("a"), wait=timedelta(seconds=30))
    log.pass_by(20)
    log.put(an_episode("b", at=log.now), wait=timedelta(seconds=30))
    assert log.pass_by(9) == []
    [notice] = log.pass_by(1)
    assert (notice.kind, notice.total, notice.sequence) == (NoticeKind.FIRING, 2, 1)


def test_a_group_wait_that_is_past_is_not_waited_for_again() -> None:
    log = GroupLog(now=START + timedelta(minutes=4))
    log.put(an_episode(at=START))
    assert kinds(log) == []
    log.pass_by(0)
    assert kinds(log) == [NoticeKind.FIRING]


def test_what_is_over_before_anybody_was_told_is_never_told() -> None:
    log = GroupLog()
    episode = an_episode()
    log.put(episode, wait=timedelta(seconds=30))
    log.now += timedelta(seconds=10)
    log.put(over(episode, log.now))
    log.pass_by(3600)
    assert log.said == []
    assert log.decisions[-1].code == "only_resolved"
    assert log.members == {}


def test_a_new_member_waits_for_the_group_interval_unless_it_is_graver() -> None:
    log = GroupLog()
    log.put(an_episode("a", at=START - MINUTE))
    log.pass_by(60)
    log.put(an_episode("b", at=log.now))
    assert log.pass_by(239) == []
    assert [change.values["alert"] for change in log.pass_by(1)[0].changes] == ["cpu-high (b)"]
    log.put(an_episode("c", at=log.now, severity=Severity.PAGE))
    assert [notice.kind for notice in log.pass_by(0)] == [NoticeKind.CHANGED]


def test_the_end_of_all_closes_the_notice_and_a_later_firing_begins_another() -> None:
    log = GroupLog()
    first = an_episode("a", at=START - MINUTE)
    log.put(first)
    log.pass_by(600)
    log.put(over(first, log.now))
    [end] = log.pass_by(0)
    assert (end.kind, end.status, end.mention) == (NoticeKind.RESOLVED, "resolved", "")
    log.put(an_episode("b", at=log.now - MINUTE))
    [begin] = log.pass_by(0)
    assert (begin.kind, begin.sequence) == (NoticeKind.FIRING, 1)
    assert begin.notice != end.notice


def test_a_flap_edits_the_same_notice() -> None:
    log = GroupLog()
    episode = an_episode(at=START - MINUTE)
    log.put(episode)
    log.pass_by(600)
    log.put(over(episode, log.now))
    log.pass_by(120)
    log.put(replace(episode, flaps=1))
    log.pass_by(0)
    first, end, resumed = log.said
    assert first.notice == end.notice == resumed.notice
    assert (resumed.kind, resumed.sequence, resumed.status) == (NoticeKind.CHANGED, 3, "firing")
    assert "fired again" in resumed.changes[0]


def test_a_repeat_interval_is_rounded_up_to_whole_group_intervals() -> None:
    timing = Timing("ops", group_interval=5 * MINUTE, repeat_interval=12 * MINUTE)
    log = GroupLog(timing=timing)
    log.put(an_episode(at=START - MINUTE))
    log.pass_by(0)
    assert log.pass_by(15 * 60 - 1) == []
    [reminder] = log.pass_by(1)
    assert reminder.kind is NoticeKind.REMINDER
    assert log.decisions[-1].code == "repeat_interval"


def test_no_more_reminders_than_asked_for() -> None:
    log = GroupLog(timing=Timing("ops", repeat_interval=10 * MINUTE, reminders=2))
    log.put(an_episode(at=START - MINUTE))
    log.pass_by(5 * 3600)
    assert kinds(log) == [NoticeKind.FIRING, NoticeKind.REMINDER, NoticeKind.REMINDER]
    assert log.group.next_flush is None


def test_the_same_flush_after_a_crash_has_the_same_keys() -> None:
    log = GroupLog()
    log.put(an_episode(at=START - MINUTE))
    before = [draft.key for draft in log.look().drafts]
    log.now += timedelta(seconds=90)
    assert [draft.key for draft in log.look().drafts] == before


def test_a_clock_set_back_delays_neither_the_first_notice_nor_the_end() -> None:
    log = GroupLog()
    episode = an_episode(at=START + timedelta(hours=1))
    log.put(episode)
    assert [notice.kind for notice in log.pass_by(0)] == [NoticeKind.FIRING]
    log.now = START - timedelta(days=1)
    log.put(over(episode, log.now))
    log.touch(log.now)
    assert [notice.kind for notice in log.pass_by(0)] == [NoticeKind.RESOLVED]


def test_ten_thousand_alerts_at_once_make_one_notice_of_fifty() -> None:
    log = GroupLog()
    for number in range(10_000):
        log.put(
            an_episode(f"n{number}", at=START - MINUTE, severity=Severity.PAGE if number == 7_000 else Severity.WARNING)
        )
    [notice] = log.pass_by(0)
    assert (len(notice.alerts), notice.total) == (50, 10_000)
    assert notice.alerts[0].episode == "e-n7000"
