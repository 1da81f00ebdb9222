"""A bounded set of threads in which probes run, so that one that hangs holds up no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue

from collectors.config import Probe
from collectors.health.attempts import Attempt
from store.messages import Message

THREADS = 16


@dataclass(frozen=True, slots=True)
class Done:
    """A probe that was made, when it was begun, and how it went."""

    key: str
    begun: datetime
    attempt: Attempt


class Pool:
    """Runs attempts in at most `threads` daemon threads; what is not done in time is handed over at a later time.

    A name that does not resolve can hold a thread far longer than any timeout, for the resolver has its own. Daemon
    threads do not keep the program from ending.
    """

    def __init__(self, make: Callable[[Probe], Attempt], threads: int = THREADS) -> None:
        self._make = make
        self._free = threading.BoundedSemaphore(threads)
        self._threads = threads
        self._running: set[str] = set()
        self._done: SimpleQueue[Done] = SimpleQueue()

    def run(self, probes: dict[str, Probe], now: datetime, seconds: float, stopping: threading.Event) -> list[Done]:
        """Begin the probes that are not still running, and give what is done within `seconds`, older ones too."""
        deadline = time.monotonic() + seconds
        finished = self._harvest(0)
        waiting = [key for key in probes if key not in self._running]
        while (left := deadline - time.monotonic()) > 0 and not stopping.is_set():
            while waiting and self._free.acquire(blocking=False):
                self._begin(waiting.pop(0), probes, now)
            if not self._running and not waiting:
                break
            finished += self._harvest(min(left, 0.2))
        finished += self._harvest(0)
        hung = Attempt(Message("has not come back yet: perhaps its name does not resolve"), made=False)
        full = Message("could not be made: all %(threads)s threads of the probes are busy", threads=self._threads)
        busy = Attempt(full, made=False)
        late = [Done(key, now, hung) for key in probes if key in self._running]
        return finished + late + [Done(key, now, busy) for key in waiting]

    def _begin(self, key: str, probes: dict[str, Probe], now: datetime) -> None:
        self._running.add(key)
        name = f"probe {key}"
        threading.Thread(target=self._work, args=(key, probes[key], now), name=name, daemon=True).start()

    def _work(self, key: str, probe: Probe, now: datetime) -> None:
        try:
            attempt = self._make(probe)
        except Exception as error:  # noqa: BLE001  a fault of ours is unknown, not down, and must not end in silence
            attempt = Attempt(Message("could not be made: %(error)s", error=type(error).__name__), made=False)
        finally:
            self._free.release()
        self._done.put(Done(key, now, attempt))

    def _harvest(self, seconds: float) -> list[Done]:
        """What is done, waiting for the first at most `seconds`."""
        finished: list[Done] = []
        try:
            finished.append(self._done.get(timeout=seconds) if seconds else self._done.get_nowait())
            while True:
                finished.append(self._done.get_nowait())
        except Empty:
            self._running -= {done.key for done in finished}
            return finished
