"""The courier: a lane for each receiver, a dispatcher that fills the outbox, and a keeper of leases."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

import structlog

from alerts.delivery.lane import Lane
from alerts.delivery.office import LEASE_SECONDS, Office
from alerts.errors import Refused
from alerts.notice import Notice, Notifier, Sent, Voice
from store.alerting import Delivery, DeliveryState
from store.errors import LostClaim, StoreError
from store.messages import Message

if TYPE_CHECKING:
    from store import Store

_log = structlog.get_logger(__name__)

GIVE_UP_AFTER = timedelta(hours=24)
ORPHANED_AFTER = timedelta(minutes=5)
"""How old a row for an unknown receiver must be: another worker may already have the configuration that names it."""
_POLL_SECONDS = 1.0
_KEEP_SECONDS = 2.0


class Courier:
    """Delivers what the outbox owes. Nothing runs before `start`."""

    def __init__(  # noqa: PLR0913  everything that it works with, handed in once
        self,
        store: Store,
        notifiers: Mapping[str, Notifier],
        clock: Callable[[], datetime],
        owner: str,
        dispatcher_flush: Callable[[datetime], int],
        *,
        fallback_of: Callable[[str], str | None] = lambda _name: None,
        voices: Sequence[Voice] = (),
        is_dead: Callable[[str], bool] = lambda _owner: False,
        give_up_after: timedelta = GIVE_UP_AFTER,
        chance: Callable[[], float] = random.random,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        """Put it together.

        Args:
            store: Where the outbox is.
            notifiers: The channel of each receiver, by its name.
            clock: The time now, aware.
            owner: The name of this process in claims.
            dispatcher_flush: `Dispatcher.flush_due`: looks at the groups that are due; returns how many there were.
            fallback_of: Who is told that a receiver cannot be reached (`DeliveryConfig.fallback_of`).
            voices: The languages that such a letter is written in.
            is_dead: Whether the owner of a claim is known to be gone: its rows are free at once.
            give_up_after: How long a delivery without a deadline of its own is tried.
            chance: Numbers in [0, 1) for the jitter.
            lease_seconds: How long a claim lasts unless renewed.
        """
        self._office = Office(
            store, clock, owner, fallback_of, voices, give_up_after, chance, self._poke_lane, lease_seconds
        )
        self._flush, self._is_dead = dispatcher_flush, is_dead
        self._lanes = {name: Lane(name, notifier, self._office) for name, notifier in notifiers.items()}
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._threads = [
            threading.Thread(target=self._dispatch, name="dispatch", daemon=True),
            threading.Thread(target=self._keep, name="keep-leases", daemon=True),
        ]

    def start(self) -> None:
        """Begin to deliver."""
        for lane in self._lanes.values():
            lane.start()
        for thread in self._threads:
            thread.start()

    def poke(self) -> None:
        """Look at what is due at once: something was committed, or somebody clicked."""
        self._wake.set()

    def stop(self, grace: float) -> list[str]:
        """Begin nothing more, let what is under way end, and wait at most `grace` seconds.

        Returns the receivers whose call has not ended: their rows stay claimed until the lease ends, and are then sent
        by whoever looks first whether they are there.
        """
        until = monotonic() + grace
        self._stopping.set()
        self._wake.set()
        lanes = list(self._lanes.values())
        for lane in lanes:
            lane.stop()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, until - monotonic()))
        ended = {lane.name: lane.join(until - monotonic()) for lane in lanes}
        for lane in lanes:
            if ended[lane.name]:
                lane.notifier.close()
        return sorted(name for name, has_ended in ended.items() if not has_ended)

    def _poke_lane(self, name: str) -> None:
        if lane := self._lanes.get(name):
            lane.poke()

    def _dispatch(self) -> None:
        """Look at the groups that are due, then wake the lanes that something waits for."""
        while not self._stopping.is_set():
            self._wake.clear()
            self._guarded("dispatch", self._flush_and_wake)
            self._wake.wait(_POLL_SECONDS)

    def _flush_and_wake(self) -> None:
        now = self._office.clock()
        try:
            self._flush(now)
        finally:  # what is in the outbox must go out, whatever is wrong with the groups
            for name, (_, oldest) in self._office.store.outbox.waiting().items():
                if name in self._lanes:
                    self._lanes[name].poke()
                elif now - oldest >= ORPHANED_AFTER and not self._stopping.is_set():
                    self._lanes[name] = lane = Lane(name, Gone(name), self._office)
                    lane.start()

    def _keep(self) -> None:
        """Hold the leases of slow calls, and free the rows of senders that are no more."""
        while True:
            self._guarded("keep", self._free_the_dead)
            self._guarded("keep", self._renew)
            if self._stopping.wait(_KEEP_SECONDS):
                return

    def _renew(self) -> None:
        now = self._office.clock()
        for lane in list(self._lanes.values()):
            lane.renew(now)

    def _free_the_dead(self) -> None:
        """A row whose sender was killed is free at once; its attempt counts, for it may have reached the channel."""
        outbox, now = self._office.store.outbox, self._office.clock()
        for delivery in outbox.deliveries(states=[DeliveryState.SENDING], limit=1000):
            if delivery.owner in {"", self._office.owner} or not self._is_dead(delivery.owner):
                continue
            try:
                outbox.retry(delivery, now, Message("its sender ended before the answer was recorded"))
            except LostClaim:
                continue
            _log.info("delivery.freed", receiver=delivery.draft.receiver, key=delivery.draft.key)
            self._poke_lane(delivery.draft.receiver)

    def _guarded(self, what: str, act: Callable[[], None]) -> None:
        try:
            act()
        except StoreError as error:
            _log.warning("delivery.store_unavailable", part=what, problem=str(error))
        except Exception:  # noqa: BLE001  the threads must go on whatever happened in them
            _log.exception("delivery.failed", part=what)


class Gone:
    """Stands in for a receiver that the configuration no longer has: what is owed to it is told to the fallback."""

    def __init__(self, receiver: str) -> None:
        self.receiver = receiver

    def send(self, delivery: Delivery, notice: Notice) -> Sent:
        """Refuse."""
        del delivery, notice
        raise Refused(
            Message(
                "the configuration has no receiver %(receiver)s any more: add it again, or route to another one",
                receiver=self.receiver,
            )
        )

    def close(self) -> None:
        """Nothing is held."""
