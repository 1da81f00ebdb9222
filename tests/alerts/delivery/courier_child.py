"""A process that owes notices, delivers them, and kills itself at a point: `courier_child STORE HOOK POINT COUNT`.

It owes 4 notices, each a firing and a resolve. What it owes is queued anew at each start, as the engine decides anew
what a crash kept from being committed. Points, each the COUNT-th time:

    queueing   in the transaction that queues, before it commits
    queued     after that commit, before anything is sent
    claimed    once a row is marked as being sent, before the call
    called     while the call is under way: the receiver has it, the answer is not there
    answered   the answer is there and not recorded
    recording  in the transaction that records it, before it commits
    full       no kill: from the COUNT-th claim on the disk is full for two seconds
    never      it ends by itself
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from alerts.delivery.courier import Courier
from alerts.delivery.surroundings import http_client
from alerts.delivery.webhook import WebhookNotifier
from alerts.notice import Notice, Sent
from service.identity import is_dead, owner
from store import Store, open_store
from store.alerting import Delivery, NoticeKind
from tests.alerts.delivery.notices import draft, voice

NOTICES = 4


class Crash:
    """Kills this process the COUNT-th time that its point is reached."""

    def __init__(self, point: str, count: int) -> None:
        self.point, self._left = point, count

    def at(self, point: str) -> None:
        if point == self.point:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class CrashingOutbox:
    """The store's outbox, with points to crash at within its transactions."""

    def __init__(self, store: Store, crash: Crash) -> None:
        self._outbox, self._database, self._crash = store.outbox, store.database, crash

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  any part of it
        return getattr(self._outbox, name)

    def claim(self, *arguments: Any) -> list[Delivery]:  # noqa: ANN401  as the outbox
        if self._crash.point == "full":
            fill_disk()
            self._crash.point = "never"
        return self._outbox.claim(*arguments)

    def add(self, *arguments: Any) -> list[Delivery]:  # noqa: ANN401  as the outbox
        with self._within("queueing"):
            return self._outbox.add(*arguments)

    def sent(self, *arguments: Any) -> None:  # noqa: ANN401  as the outbox
        with self._within("recording"):
            self._outbox.sent(*arguments)

    @contextmanager
    def _within(self, point: str) -> Iterator[None]:
        """Reaches the point when everything of the transaction is written and nothing is committed."""
        writing = self._database.writing

        @contextmanager
        def until_the_end() -> Iterator[Any]:
            with writing() as connection:
                yield connection
                self._crash.at(point)

        self._database.writing = until_the_end  # type: ignore[method-assign]
        try:
            yield
        finally:
            self._database.writing = writing  # type: ignore[method-assign]


class CrashingNotifier:
    """A webhook, with points to crash at around its call."""

    receiver = "tool"

    def __init__(self, hook: str, crash: Crash) -> None:
        self._http = http_client()
        self._inner = WebhookNotifier("tool", self._http, hook, voice("en"), lambda: datetime.now(UTC), timeout=5)
        self._crash = crash

    def send(self, delivery: Delivery, notice: Notice) -> Sent:
        self._crash.at("claimed")
        if self._crash.point == "called":
            threading.Timer(0.15, self._crash.at, ["called"]).start()
        sent = self._inner.send(delivery, notice)
        self._crash.at("answered")
        return sent

    def close(self) -> None:
        self._http.clear()


def fill_disk() -> None:
    """Let no file grow any more, as on a full disk; after two seconds there is room again."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    threading.Timer(2, resource.setrlimit, [resource.RLIMIT_FSIZE, (hard, hard)]).start()


def main() -> None:
    url, hook, point, count = sys.argv[1:]
    crash = Crash(point, int(count))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open_store(url) as store:
        store.outbox = CrashingOutbox(store, crash)  # type: ignore[assignment]
        names = [f"n{number}" for number in range(NOTICES)]
        for sequence, kind in enumerate((NoticeKind.FIRING, NoticeKind.RESOLVED)):
            for name in names:
                store.outbox.add([draft(kind, name=name, sequence=sequence)], datetime.now(UTC))
                crash.at("queued")
        courier = Courier(
            store,
            {"tool": CrashingNotifier(hook, crash)},
            lambda: datetime.now(UTC),
            owner(),
            lambda _now: 0,
            is_dead=is_dead,
            chance=lambda: 0.1,
        )
        courier.start()
        while not store.outbox.is_idle():
            time.sleep(0.05)
        courier.stop(5)


if __name__ == "__main__":
    main()
