"""Kinds whose calls end the process that makes them: before the call reaches AWS, or after AWS has answered."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock

from collectors.caller import Caller
from service.shutdown.kinds.base import Act, Kind, Seen


class CrashError(BaseException):
    """What nothing catches: the end of a process, told within one."""


def crash() -> None:
    """End as if the process had been killed."""
    raise CrashError


def kill() -> None:
    """End as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)


def crashing(kinds: Sequence[Kind], at: int, ending: Callable[[], None]) -> list[Kind]:
    """The kinds, of whose calls the one at `at // 2` ends everything: before it where `at` is even, else after it."""
    lock, made = Lock(), [0]

    def of(kind: Kind) -> Kind:
        def perform(caller: Caller, seen: Seen, act: Act) -> None:
            with lock:
                number = made[0]
                made[0] += 1
                if number * 2 == at:
                    ending()
                kind.perform(caller, seen, act)
                if number * 2 + 1 == at:
                    ending()

        return replace(kind, perform=perform)

    return [of(kind) for kind in kinds]
