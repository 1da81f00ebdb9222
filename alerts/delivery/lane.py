"""One receiver's lane: it claims rows of the outbox, sends them one after the other, and records how it went."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

import structlog

from alerts.delivery.letters import Trouble, dead_event, dead_letter, is_letter, late_letter
from alerts.delivery.office import LATE, Office
from alerts.delivery.retry import Again, deadline, decide
from alerts.errors import Busy, DeliveryError, Refused, Unreachable
from alerts.notice import Notice, Notifier, Sent
from alerts.notice_json import from_json
from store.alerting import Delivery, NoticeKind
from store.errors import LostClaim, StoreError
from store.messages import Message, Sentence

_log = structlog.get_logger(__name__)

BATCH = 16
"""Rows claimed at once, each of another notice. Those that are not begun are given back."""
_IDLE_SECONDS = 30.0
_STORE_SECONDS = 1.0
_KEPT = 1000


class Lane:
    """Sends to one receiver from one thread. Whatever this channel does, no other lane notices."""

    def __init__(self, name: str, notifier: Notifier, office: Office) -> None:
        self.name, self.notifier, self._office = name, notifier, office
        self._spacing = float(getattr(notifier, "spacing", 0.0))
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"deliver-{name}", daemon=True)
        self._held: dict[int, Delivery] = {}
        self._leases: dict[int, datetime] = {}
        self._holding = threading.Lock()
        self._failures = 0
        self._not_before = 0.0
        self._waited: dict[int, timedelta] = {}
        self._told_late = ""

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def poke(self) -> None:
        """Look for rows at once."""
        self._wake.set()

    def stop(self) -> None:
        """Begin nothing more; what is being sent is ended."""
        self._stopping.set()
        self._wake.set()

    def join(self, seconds: float) -> bool:
        """Wait for the thread to end; whether it has."""
        if self._thread.ident is not None:
            self._thread.join(max(0.0, seconds))
        return not self._thread.is_alive()

    def renew(self, now: datetime) -> None:
        """Hold what is being sent for another lease. Called from another thread while a call is slow."""
        with self._holding:
            held = list(self._held.values())
        for delivery in held:
            try:
                self._office.store.outbox.renew(delivery, now, self._office.lease_seconds)
            except LostClaim:  # settled since the lines above, or taken over
                self._leases.pop(delivery.id, None)
            else:
                self._leases[delivery.id] = now + timedelta(seconds=self._office.lease_seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                found = self._work()
            except StoreError as error:
                _log.warning("delivery.store_unavailable", receiver=self.name, problem=str(error))
                self._stopping.wait(_STORE_SECONDS)
                continue
            except Exception:  # noqa: BLE001  the lane must go on whatever happened in it
                _log.exception("delivery.lane_failed", receiver=self.name)
                self._stopping.wait(_STORE_SECONDS)
                continue
            if not found:
                self._wake.wait(_IDLE_SECONDS)

    def _work(self) -> bool:
        """Send what may be sent now; whether there was any."""
        if (pause := self._not_before - monotonic()) > 0 and self._stopping.wait(pause):
            return False
        office = self._office
        claimed = office.store.outbox.claim(self.name, office.clock(), office.owner, office.lease_seconds, BATCH)
        with self._holding:
            self._held = {delivery.id: delivery for delivery in claimed}
            self._leases = {delivery.id: delivery.lease_until for delivery in claimed if delivery.lease_until}
        try:
            for place, delivery in enumerate(claimed):
                if self._stopping.is_set() or self._not_before > monotonic() + self._spacing:
                    self._give_back(claimed[place:])
                    break
                self._stopping.wait(max(0.0, self._not_before - monotonic()))
                if self._is_ours(delivery):
                    self._deliver(delivery)
                with self._holding:
                    self._held.pop(delivery.id, None)
        finally:
            with self._holding:
                self._held = {}
        return bool(claimed)

    def _is_ours(self, delivery: Delivery) -> bool:
        """Whether nobody can have taken the row; its lease may have ended while store or machine stood still."""
        until = self._leases.get(delivery.id)
        return until is not None and self._office.clock() < until

    def _give_back(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            self._record(delivery, lambda one=delivery: self._office.store.outbox.release(one))  # type: ignore[misc]

    def _deliver(self, delivery: Delivery) -> None:
        """Send one row and record how it went."""
        notice, outcome = self._send(delivery)
        now = self._office.clock()
        if isinstance(outcome, Sent):
            self._failures = 0
            self._waited.pop(delivery.id, None)
            self._not_before = monotonic() + self._spacing
            outbox = self._office.store.outbox
            self._record(delivery, lambda: outbox.sent(delivery, outcome.receipt, outcome.ref, now))
            _log.info("delivery.sent", receiver=self.name, key=delivery.draft.key, attempts=delivery.attempts)
        else:
            self._failed(delivery, notice, outcome, now)

    def _send(self, delivery: Delivery) -> tuple[Notice | None, Sent | DeliveryError]:
        try:
            notice = from_json(delivery.draft.payload)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            said = f"{type(error).__name__}: {error}"
            return None, Refused(Message("its content cannot be read (%(error)s)", error=said))
        try:
            return notice, self.notifier.send(delivery, notice)
        except DeliveryError as error:
            return notice, error
        except Exception as error:  # noqa: BLE001  a notifier's fault must not end the lane or lose the row
            _log.exception("delivery.notifier_crashed", receiver=self.name, key=delivery.draft.key)
            words = Message("%(error)s. This is a fault of Lamplighter; see its log.", error=type(error).__name__)
            return notice, Unreachable(words, ambiguous=True)

    def _failed(self, delivery: Delivery, notice: Notice | None, error: DeliveryError, now: datetime) -> None:
        office, said = self._office, sentence_of(error)
        self._failures += not isinstance(error, Busy | Refused)
        until = deadline(delivery, office.give_up_after, self._waited.get(delivery.id, timedelta(0)))
        verdict = decide(error, delivery, now, until=until, failures=self._failures, share=office.chance())
        _log.warning("delivery.failed", receiver=self.name, key=delivery.draft.key, problem=str(error))
        trouble = Trouble(delivery, notice, said, now)
        if isinstance(verdict, Again):
            self._not_before = monotonic() + verdict.pause
            if isinstance(error, Busy):
                self._wait_longer(delivery, verdict.pause)
            self._record(delivery, lambda: office.store.outbox.retry(delivery, verdict.at, said))
            if now - delivery.created_at >= LATE:
                self._tell_late(trouble)
        else:
            self._waited.pop(delivery.id, None)
            if verdict.expired:
                trouble = replace(trouble, error=Message("time ran out; last: %(error)s", error=said))
            self._record(delivery, lambda: self._bury(trouble))

    def _wait_longer(self, delivery: Delivery, seconds: float) -> None:
        """What a channel asked us to wait is not held against the delivery."""
        if len(self._waited) >= _KEPT:
            self._waited.clear()
        self._waited[delivery.id] = self._waited.get(delivery.id, timedelta(0)) + timedelta(seconds=seconds)

    def _bury(self, trouble: Trouble) -> None:
        """Tell of it first, then give it up: killed between the two, it is told of again under the same key."""
        office, delivery, now = self._office, trouble.delivery, trouble.at
        to = None if is_letter(delivery.draft) else office.fallback_of(self.name)
        if to is not None:
            office.store.outbox.add([dead_letter(trouble, to, office.voices)], now)
        office.store.events.add(dead_event(trouble, to))
        office.store.outbox.dead(delivery, trouble.error, now)
        _log.error("delivery.dead", receiver=self.name, key=delivery.draft.key, problem=str(trouble.error), told=to)
        if to is not None:
            office.poke(to)

    def _tell_late(self, trouble: Trouble) -> None:
        office, draft, now = self._office, trouble.delivery.draft, trouble.at
        hour = f"{now:%Y%m%d%H}"
        to = office.fallback_of(self.name)
        if to is None or draft.kind is NoticeKind.NOTE or self._told_late == hour:
            return
        try:
            office.store.outbox.add([late_letter(trouble, to, office.voices)], now)
        except StoreError as problem:
            _log.warning("delivery.store_unavailable", receiver=self.name, problem=str(problem))
            return
        self._told_late = hour
        office.poke(to)

    def _record(self, delivery: Delivery, write: Callable[[], None]) -> None:
        """Write how it went, however long the store is away. A row that was taken over is its new owner's to record."""
        while True:
            try:
                write()
            except LostClaim:
                _log.warning("delivery.lost_claim", receiver=self.name, key=delivery.draft.key)
            except StoreError as error:
                _log.warning("delivery.not_recorded", receiver=self.name, key=delivery.draft.key, problem=str(error))
                if not self._stopping.wait(_STORE_SECONDS):
                    continue
            return


def sentence_of(error: DeliveryError) -> Sentence:
    """What an error says, still translatable where it was made so."""
    said = error.args[0] if error.args else ""
    return said if isinstance(said, Message) else str(error)
