"""The log of the calls that apps made."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any

from service.demo.slack.wire import Call

_MOST_KEPT = 5000


@dataclass(frozen=True, slots=True)
class Logged:
    """One call as it was answered. `status` 0 means that it got no answer; `elapsed` are monotonic seconds."""

    id: int
    method: str
    channel: str
    status: int
    error: str
    fault: str
    elapsed: float
    params: Mapping[str, Any]


class Calls:
    """The newest calls. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: deque[Logged] = deque(maxlen=_MOST_KEPT)
        self._count = 0

    def add(self, call: Call, channel: str, status: int, error: str, fault: str) -> None:
        """Keep one."""
        with self._lock:
            self._count += 1
            moment = time.monotonic()
            logged = Logged(self._count, call.method, channel, status, error, fault, moment, dict(call.params))
            self._kept.append(logged)

    def reset(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()

    def describe(self, method: str = "") -> list[dict[str, Any]]:
        """What the control API shows, oldest first."""
        with self._lock:
            return [asdict(one) for one in self._kept if method in {"", one.method}]
