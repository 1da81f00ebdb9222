"""Random work on groups and the outbox, with crashes in between: what must hold, holds after every step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from store import LostClaim, open_store
from store.alerting import Delivery, DeliveryState, Episode, NoticeKind, Told
from tests.store.contract.alerting_values import GROUP, NOW, RECEIVER, episode, firing_round, resolved, telling

LEASE = 30
SECONDS = st.sampled_from([1, 20, 31])
NUMBERS = st.integers(0, 1)


class Crash(Exception):
    """The process died here."""


@contextmanager
def perhaps_crashing() -> Iterator[None]:
    """What was not committed is gone; the program goes on as a restarted one would."""
    with pytest.raises(Crash):
        yield


class Telling(RuleBasedStateMachine):
    """One group, two alerts, two senders that die and come back."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.url = f"sqlite:///{Path(self.folder.name) / 'store.db'}"
        self.store = open_store(self.url)
        self.store.migrate()
        self.now: datetime = NOW
        self.known: dict[int, Episode] = {}
        self.firings = 0
        self.held: list[Delivery] = []
        self.heard: list[tuple[str, int]] = []

    @initialize()
    def begin(self) -> None:
        assert self.store.outbox.is_idle()

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(number=NUMBERS, twice=st.booleans(), flushed=st.sampled_from([True, True, False]))
    def changes(self, number: int, twice: bool, flushed: bool) -> None:  # noqa: FBT001  hypothesis passes by name
        if number in self.known and self.known[number].is_open:
            self._resolve(number, twice)
        else:
            self.firings += 1
            one = replace(episode(number), id=f"e{number}-{self.firings}", fired_at=self.now, noticed_at=self.now)
            self.known[number] = one
            for _ in range(1 + twice):
                self.store.alerts.commit_round(**firing_round(one, due=self.now))
        if flushed:
            self.flushes(crashes=False)

    def _resolve(self, number: int, twice: bool) -> None:  # noqa: FBT001  the same
        self.known[number] = resolved(self.known[number], self.now)
        for _ in range(1 + twice):
            self.store.alerts.commit_round(episodes=[self.known[number]])

    @rule(crashes=st.booleans())
    def flushes(self, crashes: bool) -> None:  # noqa: FBT001  the same
        if crashes and GROUP in self.store.notices.due(self.now):
            with perhaps_crashing():
                self.store.notices.flush(GROUP, self.now, self._dies)
        else:
            self.store.notices.flush(GROUP, self.now, telling(self.now))

    def _dies(self, *_: object) -> None:
        raise Crash

    @rule(limit=st.sampled_from([1, 5]), owner=st.sampled_from(["one", "two"]), at_once=st.booleans())
    def claims(self, limit: int, owner: str, at_once: bool) -> None:  # noqa: FBT001  the same
        some = self.store.outbox.claim(RECEIVER, self.now, owner, LEASE, limit)
        self.held += some
        if at_once:  # the last is there first: whoever claims two of a notice tells them in the wrong order
            for _ in some:
                self.sender_goes_on("sent", len(self.held) - 1)

    @rule(
        outcome=st.sampled_from(["sent", "sent", "sent", "retry", "dead", "release", "renew", "die"]),
        which=st.integers(0, 9),
    )
    def sender_goes_on(self, outcome: str, which: int) -> None:
        if not self.held:
            return
        one = self.held.pop(which % len(self.held))
        outbox = self.store.outbox
        try:
            if outcome == "sent":
                outbox.sent(one, {"ok": True}, {"ts": "1"}, self.now)
                self.heard.append((one.draft.notice, one.draft.sequence))
            elif outcome == "retry":
                outbox.retry(one, self.now + timedelta(seconds=20), "busy")
            elif outcome == "dead":
                outbox.dead(one, "gone", self.now)
            elif outcome == "release":
                outbox.release(one)
            elif outcome == "renew":
                outbox.renew(one, self.now, LEASE)
                self.held.append(one)
        except LostClaim:
            [row] = [each for each in self._rows() if each.id == one.id]
            assert row.epoch > one.epoch, "a claim is lost only to another"

    @rule()
    def restarts(self) -> None:
        self.store.close()
        self.store = open_store(self.url)

    def _rows(self) -> list[Delivery]:
        return self.store.outbox.deliveries(limit=10_000)

    @invariant()
    def notices_were_heard_in_order_and_once(self) -> None:
        last: dict[str, int] = {}
        for notice, sequence in self.heard:
            assert sequence > last.get(notice, 0)
            last[notice] = sequence

    @invariant()
    def keys_and_numbers_are_unique(self) -> None:
        rows = self._rows()
        assert len({one.draft.key for one in rows}) == len({one.id for one in rows}) == len(rows)

    @invariant()
    def only_edits_are_ever_left_out(self) -> None:
        for one in self._rows():
            if one.state is DeliveryState.SUPERSEDED:
                assert one.draft.kind in (NoticeKind.CHANGED, NoticeKind.REMINDER)
                assert any(
                    each.draft.notice == one.draft.notice and each.draft.sequence > one.draft.sequence
                    for each in self._rows()
                )

    @invariant()
    def whoever_counts_as_told_has_a_row_that_tells(self) -> None:
        for member in self.store.notices.members(GROUP):
            rows = self.store.outbox.deliveries(episode=member.episode.id)
            assert bool(rows) == (member.told is not Told.NOTHING)

    @invariant()
    def next_due_says_when_a_claim_finds_something(self) -> None:
        due = self.store.outbox.next_due(self.now)
        assert (due is None) == self.store.outbox.is_idle()
        if due is not None and due > self.now:
            assert self.store.outbox.claim(RECEIVER, self.now, "three", LEASE) == []

    def teardown(self) -> None:
        """Let everything come to its end: nothing is owed, each told firing was followed by one resolve."""
        try:
            self._finish()
        finally:
            self.store.close()
            self.folder.cleanup()

    def _finish(self) -> None:
        for number in self.known:
            self._resolve(number, False)
        while self.store.notices.due(self.now):
            self.store.notices.flush(GROUP, self.now, telling(self.now))
        while not self.store.outbox.is_idle():
            due = self.store.outbox.next_due(self.now)
            assert due is not None
            self.now = due
            some = self.store.outbox.claim(RECEIVER, self.now, "last", LEASE)
            assert some, "what is due can be claimed"
            for one in some:
                self.store.outbox.sent(one, {}, {}, self.now)
        assert self.store.notices.obligations(self.now + timedelta(days=1)) == []
        kinds: dict[str, list[str]] = {}
        for one in reversed(self._rows()):
            kinds.setdefault(one.draft.notice, []).append(one.draft.kind)
        for said in kinds.values():
            assert (said[0], said[-1]) == ("firing", "resolved")
            assert said.count("firing") == said.count("resolved") == 1


TestTelling = Telling.TestCase
TestTelling.settings = settings(
    max_examples=10, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
