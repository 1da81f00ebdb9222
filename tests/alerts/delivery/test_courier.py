"""The courier on both stores, with real HTTP receivers: order, retries, outages, dead letters."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.delivery.channels import build_notifiers
from alerts.delivery.config import DeliveryConfig
from alerts.delivery.courier import Courier
from alerts.delivery.surroundings import http_client
from alerts.notice import Notice, Notifier, Sent
from store import Store
from store.alerting import Delivery, DeliveryState, NoticeKind
from store.errors import StoreUnavailable
from tests.alerts.delivery.notices import draft, surroundings, voice
from tests.alerts.delivery.receiving import RESET_AFTER_EFFECT, Answer, Receiver, busy, receiving, refused

FIRING, CHANGED, REMINDER, RESOLVED = NoticeKind.FIRING, NoticeKind.CHANGED, NoticeKind.REMINDER, NoticeKind.RESOLVED


def now() -> datetime:
    return datetime.now(UTC)


def until(holds: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def states(store: Store) -> dict[str, DeliveryState]:
    return {one.draft.key: one.state for one in store.outbox.deliveries(limit=1000)}


@contextmanager
def delivering(store: Store, servers: Mapping[str, Receiver], **options: Any) -> Iterator[Courier]:  # noqa: ANN401  of Courier
    receivers = [{"name": name, "webhook": {"url": one.url, "timeout": 1}} for name, one in servers.items()]
    config = DeliveryConfig.model_validate({"receivers": receivers})
    http = http_client()
    values: dict[str, Any] = {
        "clock": now,
        "owner": "here:1",
        "dispatcher_flush": lambda _now: 0,
        "fallback_of": config.fallback_of,
        "voices": [voice("en"), voice("ko")],
        "chance": lambda: 0.1,
        **options,
    }
    notifiers: dict[str, Notifier] = values.pop("notifiers", None) or build_notifiers(config, surroundings(http))
    courier = Courier(store, notifiers, **values)
    courier.start()
    try:
        yield courier
    finally:
        assert courier.stop(10) == []
        http.clear()


@pytest.fixture
def tool() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def other() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


def test_a_notice_is_told_in_order_and_recorded_with_its_receipt(store: Store, tool: Receiver) -> None:
    kinds = [FIRING, RESOLVED]
    store.outbox.add([draft(kind, sequence=place) for place, kind in enumerate(kinds)], now())
    with delivering(store, {"tool": tool}):
        until(store.outbox.is_idle)
    assert tool.statuses() == ["firing", "resolved"]
    for row in store.outbox.deliveries():
        assert (row.state, row.attempts, row.receipt["status"]) == (DeliveryState.SENT, 1, 200)
        assert row.sent_at is not None


def test_an_unsent_edit_is_superseded_and_a_firing_or_resolve_never(store: Store, tool: Receiver) -> None:
    kinds = [FIRING, CHANGED, REMINDER, CHANGED, RESOLVED]
    store.outbox.add([draft(kind, sequence=place) for place, kind in enumerate(kinds)], now())
    with delivering(store, {"tool": tool}):
        until(store.outbox.is_idle)
    assert [request.json()["kind"] for request in tool.requests] == ["firing", "resolved"]
    assert [states(store)[f"tool/n1/{place}"] for place in (1, 2, 3)] == [DeliveryState.SUPERSEDED] * 3


def test_the_outage_of_one_channel_delays_no_other(store: Store, tool: Receiver, other: Receiver) -> None:
    tool.otherwise = Answer(delay=30)
    for number in range(20):
        rows = [draft(receiver=name, name=f"n{number}") for name in ("tool", "other")]
        store.outbox.add(rows, now())
    with delivering(store, {"tool": tool, "other": other}):
        began = time.monotonic()
        other.wait(20)
        assert time.monotonic() - began < 5
        tool.otherwise = Answer()


def test_retry_after_stops_only_its_own_lane_and_is_no_failure(store: Store, tool: Receiver, other: Receiver) -> None:
    tool.plan.append(busy("2"))
    rows = [draft(receiver=name, name=f"n{number}") for name in ("tool", "other") for number in range(3)]
    store.outbox.add(rows, now())
    with delivering(store, {"tool": tool, "other": other}, give_up_after=timedelta(0)):
        other.wait(3)
        assert len(tool.requests) == 1, "nothing else is sent to a channel that asks to wait"
        until(store.outbox.is_idle)
    assert tool.requests[1].at - tool.requests[0].at >= 2
    assert {one.state for one in store.outbox.deliveries()} == {DeliveryState.SENT}
    assert dict(tool.arrived) == {f"tool/n{number}/0": 1 for number in range(3)}


def test_what_failed_is_tried_again_under_its_key_until_it_arrives(store: Store, tool: Receiver) -> None:
    tool.plan.extend([refused(500), refused(503), RESET_AFTER_EFFECT])
    store.outbox.add([draft()], now())
    with delivering(store, {"tool": tool}):
        until(store.outbox.is_idle)
    (row,) = store.outbox.deliveries()
    assert (row.state, row.attempts) == (DeliveryState.SENT, 4)
    assert {request.key for request in tool.requests} == {"tool/n1/0"}
    assert tool.arrived["tool/n1/0"] == 2, "an answer that was lost: the receiver knows it by its key"


def test_a_notice_that_always_fails_holds_up_no_other(store: Store, tool: Receiver) -> None:
    class Picky:
        receiver = "tool"
        sent: list[str] = []  # noqa: RUF012  a test's own

        def send(self, delivery: Delivery, notice: Notice) -> Sent:
            del delivery
            if notice.notice == "n0":
                raise RuntimeError("a fault of ours")
            self.sent.append(notice.notice)
            return Sent({"status": 1})

        def close(self) -> None:
            pass

    store.outbox.add([draft(name=f"n{number}") for number in range(30)], now())
    with delivering(store, {"tool": tool}, notifiers={"tool": Picky()}):
        until(lambda: len(Picky.sent) == 29)
    assert "fault of Lamplighter" in str(store.outbox.deliveries(notice="n0")[0].error)


def test_a_refusal_is_told_through_another_channel_once_an_hour(store: Store, tool: Receiver, other: Receiver) -> None:
    tool.otherwise = refused(410)
    store.outbox.add([draft(name=f"n{number}") for number in range(5)], now())
    with delivering(store, {"tool": tool, "other": other}):
        until(store.outbox.is_idle)
    assert 1 <= len(other.requests) <= 2, "two only where the hour has just turned"
    letter = other.requests[0].json()
    assert letter["kind"] == "note"
    for word in ("tool", "HTTP 410", "correct url", "Not told: Firing (Page): backend"):
        assert word in letter["text"]
    dead = [row for row in store.outbox.deliveries(receiver="tool") if row.state is DeliveryState.DEAD]
    assert len(dead) == 5
    events = store.events.between(now() - timedelta(minutes=1), now() + timedelta(minutes=1), kinds=["delivery.dead"])
    assert {event.detail["told"] for event in events} == {"other"}
    assert len(events) == 5


def test_dead_letters_make_no_circle(store: Store, tool: Receiver, other: Receiver) -> None:
    tool.otherwise = other.otherwise = refused(410)
    store.outbox.add([draft()], now())
    with delivering(store, {"tool": tool, "other": other}):
        until(store.outbox.is_idle)
    assert len(tool.requests) == len(other.requests) == 1
    assert set(states(store).values()) == {DeliveryState.DEAD}
    events = store.events.between(now() - timedelta(minutes=1), now() + timedelta(minutes=1), kinds=["delivery.dead"])
    assert {event.detail["told"] for event in events} == {"other", None}


def test_what_time_ran_out_for_is_a_dead_letter_too(store: Store, tool: Receiver, other: Receiver) -> None:
    tool.otherwise = refused(503)
    store.outbox.add([draft(), draft(RESOLVED, sequence=1)], now() - timedelta(hours=25))
    with delivering(store, {"tool": tool, "other": other}):
        until(lambda: states(store)["tool/n1/0"] is DeliveryState.DEAD)
        until(lambda: len(other.requests) >= 2)
        assert states(store)["tool/n1/1"] is not DeliveryState.DEAD, "a resolve is tried for a week"
        tool.otherwise = Answer()
        until(lambda: states(store)["tool/n1/1"] is DeliveryState.SENT)
    titles = {request.json()["title"] for request in other.requests}
    assert titles == {
        "Lamplighter cannot reach tool: a notice was lost",
        "Lamplighter has not reached tool for long: notices wait",
    }


def test_what_is_owed_to_a_receiver_that_was_removed_is_told(store: Store, other: Receiver) -> None:
    store.outbox.add([draft(receiver="removed")], now() - timedelta(minutes=6))
    store.outbox.add([draft(receiver="new", name="n2")], now())
    with delivering(store, {"other": other}, fallback_of=lambda _name: "other"):
        other.wait(1)
        until(lambda: states(store)["removed/n1/0"] is DeliveryState.DEAD)
    assert "no receiver removed any more" in other.requests[0].json()["text"]
    assert states(store)["new/n2/0"] is DeliveryState.QUEUED, "another worker may know it already"


def test_a_payload_that_cannot_be_read_is_a_dead_letter(store: Store, tool: Receiver, other: Receiver) -> None:
    broken = draft()
    object.__setattr__(broken, "payload", {"what": "ever"})
    store.outbox.add([broken, draft(name="n2")], now())
    with delivering(store, {"tool": tool, "other": other}):
        until(store.outbox.is_idle)
    assert states(store)["tool/n1/0"] is DeliveryState.DEAD
    assert states(store)["tool/n2/0"] is DeliveryState.SENT
    assert "cannot be read" in other.requests[0].json()["text"]


def test_a_slow_call_keeps_its_row(store: Store, tool: Receiver) -> None:
    tool.otherwise = Answer(delay=0.9)
    store.outbox.add([draft()], now())
    with delivering(store, {"tool": tool}, owner="here:1", lease_seconds=2.5, notifiers=slowly(tool, 4)):
        until(lambda: DeliveryState.SENDING in states(store).values())
        with delivering(store, {"tool": tool}, owner="there:2", lease_seconds=2.5):
            until(store.outbox.is_idle)
    (row,) = store.outbox.deliveries()
    assert row.attempts == 1
    assert row.epoch == 1


def slowly(_tool: Receiver, seconds: float) -> dict[str, Notifier]:
    class Slow:
        receiver = "tool"

        def send(self, delivery: Delivery, notice: Notice) -> Sent:
            del delivery, notice
            time.sleep(seconds)
            return Sent({"status": 1})

        def close(self) -> None:
            pass

    return {"tool": Slow()}


def test_the_row_of_a_dead_sender_is_free_at_once_and_looked_for_first(store: Store, tool: Receiver) -> None:
    store.outbox.add([draft()], now())
    store.outbox.claim("tool", now(), "gone:9", 3600)
    with delivering(store, {"tool": tool}, is_dead=lambda owner: owner == "gone:9"):
        until(store.outbox.is_idle, 5)
    assert tool.requests[0].headers["x-lamplighter-attempt"] == "2"


def test_the_row_of_a_sender_that_may_live_waits_for_its_lease(store: Store, tool: Receiver) -> None:
    store.outbox.add([draft()], now())
    store.outbox.claim("tool", now(), "elsewhere:9", 3)
    with delivering(store, {"tool": tool}):
        time.sleep(1.5)
        assert tool.requests == []
        until(store.outbox.is_idle)


def test_a_poke_brings_the_dispatcher_at_once(store: Store, tool: Receiver) -> None:
    flushed: list[datetime] = []

    def flush(at: datetime) -> int:
        flushed.append(at)
        if len(flushed) == 2:
            store.outbox.add([draft()], at)
        return 1

    with delivering(store, {"tool": tool}, dispatcher_flush=flush) as courier:
        until(lambda: len(flushed) == 1)
        time.sleep(0.1)
        began = time.monotonic()
        courier.poke()
        tool.wait(1)
        assert time.monotonic() - began < 0.5


def test_a_dispatcher_that_fails_does_not_keep_the_outbox(store: Store, tool: Receiver) -> None:
    def flush(_at: datetime) -> int:
        raise RuntimeError("a fault of ours")

    store.outbox.add([draft()], now())
    with delivering(store, {"tool": tool}, dispatcher_flush=flush):
        until(store.outbox.is_idle)


def test_lanes_wait_for_a_store_that_is_away_and_send_nothing_twice(store: Store, tool: Receiver) -> None:
    """The store goes away after the call was made, and comes back: the answer is recorded then."""
    outbox = store.outbox
    away = {"now": False, "seen": 0}

    class Moody:
        """The outbox of a store that is away for a while; the real one in everything else."""

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401  any part of it
            if away["now"]:
                away["seen"] += 1
                raise StoreUnavailable("The database is away.")
            return getattr(outbox, name)

    tool.otherwise = Answer(delay=0.3)
    store.outbox.add([draft(name=f"n{number}") for number in range(3)], now())
    store.outbox = Moody()  # type: ignore[assignment]
    with delivering(store, {"tool": tool}):
        tool.wait(1)
        away["now"] = True
        until(lambda: away["seen"] > 3)
        away["now"] = False
        until(outbox.is_idle)
    assert dict(tool.arrived) == {f"tool/n{number}/0": 1 for number in range(3)}


def test_stopping_ends_what_is_sent_and_begins_nothing_more(store: Store, tool: Receiver) -> None:
    tool.otherwise = Answer(delay=0.5)
    store.outbox.add([draft(name=f"n{number}") for number in range(10)], now())
    with delivering(store, {"tool": tool}):
        tool.wait(1)
    sent = [row for row in store.outbox.deliveries() if row.state is DeliveryState.SENT]
    left = [row for row in store.outbox.deliveries() if row.state is DeliveryState.QUEUED]
    assert len(sent) == len(tool.requests)
    assert len(sent) + len(left) == 10
    assert {row.attempts for row in left} == {0}, "given back as if never taken"


def test_a_lane_keeps_the_distance_that_its_channel_asks_for(store: Store, tool: Receiver) -> None:
    class Measured:
        receiver, spacing = "tool", 0.3

        def __init__(self) -> None:
            self.at: list[float] = []

        def send(self, delivery: Delivery, notice: Notice) -> Sent:
            del delivery, notice
            self.at.append(time.monotonic())
            return Sent({"status": 1})

        def close(self) -> None:
            pass

    notifier = Measured()
    store.outbox.add([draft(name=f"n{number}") for number in range(4)], now())
    with delivering(store, {"tool": tool}, notifiers={"tool": notifier}):
        until(store.outbox.is_idle)
    gaps = [after - before for before, after in zip(notifier.at, notifier.at[1:], strict=False)]
    assert min(gaps) >= 0.3
    assert max(gaps) < 1
