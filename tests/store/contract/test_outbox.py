from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from store import LostClaim, Store, open_store
from store.alerting import Delivery, DeliveryState, NoticeKind
from store.messages import Message, to_json
from tests.store.contract.alerting_values import MINUTE, NOW, RECEIVER, draft

LEASE = 60.0
FIRING, CHANGED, REMINDER, RESOLVED, NOTE = NoticeKind


def keys(deliveries: list[Delivery]) -> list[str]:
    return [f"{one.draft.notice}/{one.draft.sequence}" for one in deliveries]


def claimed(store: Store, at: object = NOW, limit: int = 10) -> list[Delivery]:
    return store.outbox.claim(RECEIVER, at, "me", LEASE, limit)  # type: ignore[arg-type]


def finish(store: Store, *some: Delivery) -> None:
    for one in some:
        store.outbox.sent(one, {"status": 200}, {}, NOW)


def test_a_draft_is_queued_once_by_its_key(store: Store) -> None:
    one = draft("n", 1, FIRING, group="g", episodes=("e1", "e2", "e1"), deadline=NOW + MINUTE, reason="new")
    [made] = store.outbox.add([one, one], NOW)
    assert (made.draft, made.state, made.attempts, made.created_at) == (one, DeliveryState.QUEUED, 0, NOW)
    assert store.outbox.add([one], NOW + MINUTE) == []
    assert store.outbox.deliveries() == store.outbox.deliveries(episode="e2") == [made]
    assert store.outbox.deliveries(episode="e3") == []


def test_a_claim_is_written_before_anything_is_sent(store: Store) -> None:
    store.outbox.add([draft("n", 1)], NOW)
    [one] = claimed(store)
    assert (one.state, one.attempts, one.epoch, one.owner) == (DeliveryState.SENDING, 1, 1, "me")
    assert one.lease_until == NOW + MINUTE
    assert store.outbox.deliveries() == [one]
    assert claimed(store) == []


def test_a_notice_is_told_in_order_and_notices_do_not_wait_for_each_other(store: Store) -> None:
    rows = [draft("a", 1, FIRING), draft("a", 2, RESOLVED), draft("b", 1, FIRING), draft("c", 1, receiver="other")]
    store.outbox.add(rows, NOW)
    first, other = claimed(store)
    assert keys([first, other]) == ["a/1", "b/1"]
    store.outbox.retry(first, NOW + MINUTE, "busy")
    finish(store, other)
    assert claimed(store) == [], "the resolve waits for the firing before it"
    assert store.outbox.next_due(NOW) == NOW, "the other receiver's"
    [first] = claimed(store, NOW + MINUTE)
    store.outbox.dead(first, "gone", NOW + MINUTE)
    assert keys(claimed(store, NOW + MINUTE)) == ["a/2"], "a dead letter holds nothing up"


@pytest.mark.parametrize(
    ("kinds", "sent"),
    [
        ([FIRING, CHANGED, CHANGED], [1, 3]),
        ([FIRING, CHANGED, REMINDER, RESOLVED], [1, 4]),
        ([FIRING, RESOLVED, CHANGED], [1, 2, 3]),
        ([FIRING, CHANGED, FIRING], [1, 2, 3]),
        ([CHANGED, NOTE], [1, 2]),
        ([NOTE, NOTE, RESOLVED], [1, 2, 3]),
        ([REMINDER, CHANGED], [2]),
    ],
)
def test_only_edits_that_a_later_row_says_all_of_are_left_out(
    store: Store, kinds: list[NoticeKind], sent: list[int]
) -> None:
    store.outbox.add([draft("n", place, kind) for place, kind in enumerate(kinds, 1)], NOW)
    store.outbox.add([draft("m", 9, RESOLVED)], NOW)
    told: list[int] = []
    while some := [one for one in claimed(store) if one.draft.notice == "n"]:
        finish(store, *some)
        told += [one.draft.sequence for one in some]
    assert told == sent
    left = {one.draft.sequence for one in store.outbox.deliveries(notice="n", states=[DeliveryState.SUPERSEDED])}
    assert left == set(range(1, len(kinds) + 1)) - set(sent)


def test_an_edit_that_waits_does_not_hold_up_what_supersedes_it(store: Store) -> None:
    store.outbox.add([draft("n", 2, CHANGED)], NOW)
    [edit] = claimed(store)
    store.outbox.retry(edit, NOW + timedelta(hours=1), "busy")
    assert store.outbox.next_due(NOW) == NOW + timedelta(hours=1)
    store.outbox.add([draft("n", 3, RESOLVED)], NOW + MINUTE)
    assert store.outbox.next_due(NOW) == NOW + MINUTE
    assert keys(claimed(store, NOW + MINUTE)) == ["n/3"]


def test_an_edit_that_is_being_sent_is_not_superseded(store: Store) -> None:
    store.outbox.add([draft("n", 1, CHANGED)], NOW)
    [edit] = claimed(store)
    store.outbox.add([draft("n", 2, RESOLVED)], NOW)
    assert claimed(store) == []
    assert claimed(store, NOW + 2 * MINUTE)[0].draft == edit.draft, "its sender died: perhaps it is there, perhaps not"


def test_whoever_lost_its_lease_cannot_write(store: Store) -> None:
    store.outbox.add([draft("n", 1)], NOW)
    [mine] = claimed(store)
    later = NOW + timedelta(seconds=LEASE)
    [theirs] = store.outbox.claim(RECEIVER, later, "they", LEASE)
    assert (theirs.attempts, theirs.epoch) == (2, 2)
    for stale in (
        lambda: store.outbox.sent(mine, {}, {"ts": "1"}, later),
        lambda: store.outbox.retry(mine, later, ""),
        lambda: store.outbox.dead(mine, "", later),
        lambda: store.outbox.release(mine),
        lambda: store.outbox.renew(mine, later, LEASE),
    ):
        with pytest.raises(LostClaim, match="ops/n/1"):
            stale()
    assert store.outbox.deliveries() == [theirs]
    finish(store, theirs)
    with pytest.raises(LostClaim):
        store.outbox.dead(theirs, "", later)


def test_a_lease_that_is_renewed_is_kept(store: Store) -> None:
    store.outbox.add([draft("n", 1)], NOW)
    [mine] = claimed(store)
    store.outbox.renew(mine, NOW + MINUTE, LEASE)
    assert claimed(store, NOW + MINUTE + timedelta(seconds=30)) == []
    finish(store, mine)


def test_a_lease_from_before_the_clock_was_set_back_holds_nothing_up(store: Store) -> None:
    store.outbox.add([draft("n", 1)], NOW - timedelta(days=1))
    claimed(store)
    assert claimed(store, NOW - timedelta(seconds=5)) == [], "another machine's clock may be a little behind"
    assert len(claimed(store, NOW - timedelta(hours=1))) == 1


def test_what_was_not_begun_is_given_back(store: Store) -> None:
    store.outbox.add([draft("n", 1)], NOW)
    [one] = claimed(store)
    store.outbox.release(one)
    [again] = claimed(store)
    assert (again.attempts, again.epoch) == (1, 2)


def test_a_receipt_and_the_notices_reference_are_kept(store: Store) -> None:
    store.outbox.add([draft("n", 1, FIRING), draft("n", 2, RESOLVED)], NOW)
    [first] = claimed(store)
    assert first.ref == {}
    store.outbox.sent(first, {"ok": True}, {"channel": "C1", "ts": "1.2"}, NOW)
    [second] = claimed(store)
    assert second.ref == {"channel": "C1", "ts": "1.2"}
    store.outbox.sent(second, {"ok": True}, {}, NOW + MINUTE)
    newest, oldest = store.outbox.deliveries(receiver=RECEIVER)
    assert (oldest.sent_at, newest.sent_at) == (NOW, NOW + MINUTE)
    assert newest.receipt == {"ok": True}
    assert newest.ref == second.ref


def test_why_it_failed_is_kept_for_any_language(store: Store) -> None:
    store.outbox.add([draft("n", 1)], NOW)
    error = Message("%(channel)s is archived", channel="#ops")
    [one] = claimed(store)
    store.outbox.retry(one, NOW, error)
    [one] = claimed(store)
    assert to_json(one.error) == to_json(error)
    store.outbox.dead(one, error, NOW)
    [dead] = store.outbox.deliveries(states=[DeliveryState.DEAD])
    assert to_json(dead.error) == to_json(error)


def test_what_waits_is_counted_and_when_it_is_due(store: Store) -> None:
    assert (store.outbox.waiting(), store.outbox.next_due(NOW), store.outbox.is_idle()) == ({}, None, True)
    store.outbox.add([draft("n", 1), draft("m", 1)], NOW)
    store.outbox.add([draft("o", 1, receiver="other")], NOW + MINUTE)
    assert store.outbox.waiting() == {RECEIVER: (2, NOW), "other": (1, NOW + MINUTE)}
    one, two = claimed(store)
    finish(store, one)
    assert store.outbox.waiting()[RECEIVER] == (1, NOW)
    assert store.outbox.next_due(NOW) == NOW + MINUTE, "the other's row, or the lease"
    finish(store, two, *store.outbox.claim("other", NOW + MINUTE, "me", LEASE))
    assert store.outbox.is_idle()


def test_two_senders_never_hold_the_same_row(store_url: str) -> None:
    with open_store(store_url) as first, open_store(store_url) as second:
        first.outbox.add([draft(f"n{number}", place, FIRING) for number in range(10) for place in (1, 2)], NOW)
        start = threading.Barrier(2)
        held: dict[str, list[str]] = {"one": [], "two": []}

        def take(store: Store, name: str) -> None:
            start.wait()
            while some := store.outbox.claim(RECEIVER, NOW, name, LEASE, 2):
                held[name] += keys(some)
                finish(store, *some)

        threads = [threading.Thread(target=take, args=each) for each in ((first, "one"), (second, "two"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        while some := claimed(first):  # one may have found nothing while the other held the rest
            held["one"] += keys(some)
            finish(first, *some)
        everything = held["one"] + held["two"]
        assert len(everything) == len(set(everything)) == 20
        assert {one.attempts for one in first.outbox.deliveries()} == {1}
        sent = sorted(first.outbox.deliveries(), key=lambda one: one.id)
        assert {one.state for one in sent} == {DeliveryState.SENT}


def test_an_edit_is_claimed_or_superseded_never_both(store_url: str) -> None:
    with open_store(store_url) as first, open_store(store_url) as second:
        for number in range(8):
            notice = f"n{number}"
            first.outbox.add([draft(notice, 1, CHANGED)], NOW)
            start = threading.Barrier(2)
            told: list[Delivery] = []

            def send(start: threading.Barrier = start, told: list[Delivery] = told) -> None:
                start.wait()
                told += claimed(first)

            def add(start: threading.Barrier = start, notice: str = notice, told: list[Delivery] = told) -> None:
                start.wait()
                second.outbox.add([draft(notice, 2, RESOLVED)], NOW)
                told += claimed(second)

            threads = [threading.Thread(target=send), threading.Thread(target=add)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            finish(first, *told)
            finish(first, *(rest := claimed(first)))
            # Two threads write down what they claimed in whichever order they come to it.
            sequences = sorted(one.draft.sequence for one in [*told, *rest])
            states = {one.draft.sequence: one.state for one in first.outbox.deliveries(notice=notice)}
            assert sequences in ([1, 2], [2])
            assert states[2] is DeliveryState.SENT
            assert states[1] is (DeliveryState.SENT if 1 in sequences else DeliveryState.SUPERSEDED)


def test_a_thousand_wait_and_are_taken_oldest_first(store: Store) -> None:
    store.outbox.add([draft(f"n{number}", 1, FIRING) for number in range(1000)], NOW)
    assert keys(claimed(store, limit=3)) == ["n0/1", "n1/1", "n2/1"]
    assert store.outbox.waiting() == {RECEIVER: (1000, NOW)}
