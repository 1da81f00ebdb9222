"""Follows the state of the embedded AWS and keeps how it changed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock

from botocore.exceptions import BotoCoreError, ClientError

from service.demo.world.history import History
from service.demo.world.state import Snapshot

_LOG = logging.getLogger(__name__)
LOOK_EVERY = 30.0
"""Seconds after which the state is read again unasked. Changes by calls that we know are seen at once."""


class Observer:
    """Keeps a History. A change is dated by the call that made it, so that what was already shown stays as it was."""

    def __init__(self) -> None:
        self._history = History.of(Snapshot())
        self._describe: Callable[[], Snapshot] | None = None
        self._marks: list[float] = []
        self._looked = float("-inf")
        self._reading = Lock()

    def begin(self, describe: Callable[[], Snapshot], now: float) -> None:
        """Take the state of now as how it always was, and follow it from here on."""
        self._history = History.of(describe())
        self._looked = now
        self._marks.clear()
        self._describe = describe

    def mark(self, now: float) -> None:
        """Something has just changed."""
        self._marks.append(now)

    def seen(self) -> History:
        """What is known, without looking."""
        return self._history

    def history(self, now: float) -> History:
        """What is known, after a look where one is due. Never call it while answering what a look asks for."""
        # While another thread looks, what is known will do, unless something is known to have changed.
        if self._describe is not None and self._due(now) and self._reading.acquire(blocking=bool(self._marks)):
            try:
                if self._due(now):
                    self._look(self._describe, now)
            finally:
                self._reading.release()
        return self._history

    def _due(self, now: float) -> bool:
        # A clock that was set back makes a look due too.
        return bool(self._marks) or not self._looked <= now < self._looked + LOOK_EVERY

    def _look(self, describe: Callable[[], Snapshot], now: float) -> None:
        marks = list(self._marks)
        try:
            state = describe()
            self._history = self._history.followed_by(state, min(marks, default=now))
        except (BotoCoreError, ClientError, LookupError) as failure:
            # Faults may be in force on purpose: go on with what is known and look again later.
            _LOG.warning("the world could not look at its resources: %s", failure)
        finally:
            self._looked = now
            # A mark that came while we looked asks for another look.
            del self._marks[: len(marks)]
