"""Random lives of a group: what is told as firing is told as resolved exactly once, whatever comes between."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, note, settings
from hypothesis import strategies as st

from alerts.routing.config import EscalationStep
from alerts.routing.mute import Mute
from alerts.routing.timing import Timing
from store.alerting import Episode, NoticeKind, Severity, Told
from tests.alerts.routing.group_log import GroupLog, again, an_episode, over

NAMES = ("a", "b", "c")
MERGE = timedelta(minutes=10)
"""As the engine has it: what fires again within it is the same episode."""

timings = st.builds(
    Timing,
    receiver=st.just("ops"),
    group_wait=st.sampled_from([timedelta(0), timedelta(seconds=30)]),
    group_interval=st.sampled_from([timedelta(0), timedelta(minutes=5), timedelta(minutes=7)]),
    repeat_interval=st.sampled_from([timedelta(minutes=8), timedelta(hours=4)]),
    reminders=st.sampled_from([None, 0, 2]),
    escalate=st.sampled_from([(), (EscalationStep(after=timedelta(minutes=15), receiver="boss"),)]),
)
acts = st.one_of(
    st.tuples(st.sampled_from(["fire", "end", "rise", "mute", "unmute", "ack", "unack"]), st.sampled_from(NAMES)),
    st.tuples(st.just("wait"), st.sampled_from([1, 20, 60, 200, 400, 1000, 4000])),
)


class Life:
    """One group through random acts; every look at it is held against what must always be true."""

    def __init__(self, timing: Timing) -> None:
        self.log = GroupLog(timing=timing)
        self.number = 0
        self.looked = True
        self.current: dict[str, str] = {}
        self.episodes: dict[str, Episode] = {}

    def act(self, what: str, which: str | int) -> None:
        if isinstance(which, int):
            self.wait(timedelta(seconds=which))
            return
        getattr(self, what)(which)
        self.wait(timedelta(0))

    def fire(self, name: str) -> None:
        known = self.episodes.get(self.current.get(name, ""))
        if known is not None and known.is_open:
            return
        if known is not None and self.log.now - known.resolved_at <= MERGE:
            self._put(again(known))
            return
        self.number += 1
        episode = an_episode(f"{name}{self.number}", at=self.log.now)
        self.current[name] = episode.id
        self._put(episode)

    def end(self, name: str) -> None:
        if (known := self._open(name)) is not None:
            self._put(over(known, self.log.now))

    def rise(self, name: str) -> None:
        if (known := self._open(name)) is not None:
            self._put(replace(known, severity=Severity.PAGE))

    def mute(self, name: str) -> None:
        if (known := self._open(name)) is not None:
            self.log.around.muted[known.id] = Mute("silenced", "quiet", since=self.log.now)
            self.log.touch(self.log.now)

    def unmute(self, name: str) -> None:
        self.log.around.muted.pop(self.current.get(name, ""), None)
        self.log.touch(self.log.now)

    def ack(self, name: str) -> None:
        if (known := self._open(name)) is not None:
            acknowledged = {"acknowledged_at": self.log.now, "acknowledged_severity": known.severity}
            self._put(replace(known, acknowledged_by="minji", **acknowledged))

    def unack(self, name: str) -> None:
        if (known := self._open(name)) is not None:
            self._put(replace(known, acknowledged_by="", acknowledged_at=None, acknowledged_severity=None))

    def wait(self, length: timedelta) -> None:
        until = self.log.now + length
        while (due := self.log.group.next_flush) is not None and due <= until:
            self._stays_silent_before(due)
            self.log.now = max(self.log.now, due)
            self.look()
        self._stays_silent_before(until)
        self.log.now = until

    def look(self) -> None:
        muted = set(self.log.around.muted)
        before = {name: member.told for name, member in self.log.members.items()}
        flush = self.log.flush()
        note(f"{self.log.now:%H:%M:%S} {flush.decision.code} {dict(flush.told)}")
        self.looked = True
        assert flush.next_flush is None or flush.next_flush > self.log.now
        newly = {name for name, told in flush.told.items() if told is Told.FIRING and before[name] is not Told.FIRING}
        assert not newly & muted, "what is muted was told"
        assert not self.log.look().drafts, "the same moment says the same twice"

    def _stays_silent_before(self, moment: datetime) -> None:
        """The next look is exact: the clock alone brings nothing before it."""
        if moment <= self.log.now or not self.looked:
            return
        kept, self.log.now = self.log.now, moment - timedelta(seconds=1)
        if self.log.now >= kept:
            assert not self.log.look().drafts, "something was due before the next look"
        self.log.now = kept

    def _open(self, name: str) -> Episode | None:
        known = self.episodes.get(self.current.get(name, ""))
        return known if known is not None and known.is_open else None

    def _put(self, episode: Episode) -> None:
        self.episodes[episode.id] = episode
        self.looked = False
        self.log.put(episode, wait=self.log.timing.group_wait)


def beliefs(life: Life) -> dict[str, list[str]]:
    """What the receiver came to believe of each episode, one entry per change of it."""
    believed: dict[str, list[str]] = {}
    for notice in life.log.said:
        for alert in notice.alerts:
            state = "resolved" if alert.state == "resolved" else "firing"
            seen = believed.setdefault(alert.episode, [])
            if not seen or seen[-1] != state:
                seen.append(state)
    return believed


@given(timings, st.lists(acts, max_size=30))
@settings(max_examples=200, deadline=None)
def test_whoever_was_told_firing_is_told_resolved_exactly_once(timing: Timing, steps: list[tuple[str, str]]) -> None:
    life = Life(timing)
    for what, which in steps:
        life.act(what, which)
    for name in NAMES:  # mutes stay: an end is told all the same
        life.act("end", name)
    life.wait(timedelta(days=2))

    for episode, seen in beliefs(life).items():
        firings = len(seen) // 2
        assert seen == ["firing", "resolved"] * firings, (episode, seen)
    assert life.log.members == {}
    assert life.log.group.notice is None
    assert life.log.group.next_flush is None


@given(timings, st.lists(acts, max_size=30))
@settings(max_examples=100, deadline=None)
def test_a_notice_begins_once_goes_on_in_order_and_ends(timing: Timing, steps: list[tuple[str, str]]) -> None:
    life = Life(timing)
    for what, which in steps:
        life.act(what, which)
    for name in NAMES:
        life.act("end", name)
    life.wait(timedelta(days=2))

    assert len({draft.key for draft in life.log.drafts}) == len(life.log.drafts)
    said: dict[str, list[tuple[NoticeKind, int]]] = {}
    for notice in life.log.said:
        said.setdefault(notice.notice, []).append((notice.kind, notice.sequence))
        assert not (notice.kind is NoticeKind.RESOLVED and notice.mention)
    for parts in said.values():
        assert [sequence for _, sequence in parts] == list(range(1, len(parts) + 1))
        assert [kind for kind, _ in parts].count(NoticeKind.FIRING) == 1
        assert parts[0][0] is NoticeKind.FIRING
        assert parts[-1][0] is NoticeKind.RESOLVED


@given(timings.map(lambda timing: replace(timing, send_resolved=False)), st.lists(acts, max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_receiver_that_wants_no_end_hears_none_and_is_owed_none(timing: Timing, steps: list[tuple[str, str]]) -> None:
    life = Life(timing)
    for what, which in steps:
        life.act(what, which)
    for name in NAMES:
        life.act("end", name)
    life.wait(timedelta(days=2))

    assert not [notice for notice in life.log.said if notice.kind is NoticeKind.RESOLVED]
    assert life.log.members == {}
