"""The clock of the embedded AWS: the machine's own, shifted or frozen on demand so that a day can be simulated."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True, slots=True)
class _Setting:
    """`frozen` wins over `offset`. `skipped` sums up the forward jumps, so that rate limits refill through them."""

    frozen: float | None = None
    offset: float = 0.0
    skipped: float = 0.0


class DemoClock:
    """Tells the time of the embedded AWS, in epoch seconds. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._setting = _Setting()

    def __call__(self) -> float:
        """Now."""
        setting = self._setting
        return time.time() + setting.offset if setting.frozen is None else setting.frozen

    def elapsed(self) -> float:
        """Seconds that never run backwards: real time plus the forward jumps of the clock, for token buckets."""
        return time.monotonic() + self._setting.skipped

    def freeze(self, at: float) -> None:
        """Stand still at an instant."""
        self._set(frozen=at, offset=0.0)

    def shift(self, offset: float) -> None:
        """Run on, `offset` seconds away from the machine's clock."""
        self._set(frozen=None, offset=offset)

    def advance(self, seconds: float) -> None:
        """Jump forward from where it is, frozen or running."""
        setting = self._setting
        if setting.frozen is None:
            self._set(frozen=None, offset=setting.offset + seconds)
        else:
            self._set(frozen=setting.frozen + seconds, offset=0.0)

    def reset(self) -> None:
        """Follow the machine's clock again."""
        self._set(frozen=None, offset=0.0)

    def describe(self) -> dict[str, float | bool]:
        """What the control API shows."""
        setting = self._setting
        return {"now": self(), "frozen": setting.frozen is not None, "offset": self() - time.time()}

    def _set(self, frozen: float | None, offset: float) -> None:
        with self._lock:
            before = self()
            after = time.time() + offset if frozen is None else frozen
            self._setting = _Setting(frozen, offset, self._setting.skipped + max(0.0, after - before))
