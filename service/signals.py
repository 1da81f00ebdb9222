"""Waiting for signals in the main loop, in place of acting inside a handler."""

from __future__ import annotations

import contextlib
import select
import signal
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_MOST = 64


@dataclass(frozen=True, slots=True)
class Signals:
    """The signals that arrived. CPython's C handler writes their numbers into a socket, in any thread."""

    inbox: socket.socket

    def wait(self, seconds: float) -> list[signal.Signals]:
        """The signals that arrive within `seconds`, in order; returns as soon as there is one."""
        ready, _, _ = select.select([self.inbox], [], [], seconds)
        return [signal.Signals(number) for number in self.inbox.recv(_MOST)] if ready else []


@contextlib.contextmanager
def received(numbers: Sequence[signal.Signals]) -> Iterator[Signals]:
    """Receive these signals in the main thread until the end; afterwards they act as before."""
    inbox, outlet = socket.socketpair()
    with inbox, outlet:
        inbox.setblocking(False)
        outlet.setblocking(False)
        before = {number: signal.signal(number, _leave_it_to_the_loop) for number in numbers}
        earlier = signal.set_wakeup_fd(outlet.fileno(), warn_on_full_buffer=False)
        try:
            yield Signals(inbox)
        finally:
            signal.set_wakeup_fd(earlier)
            for number, handler in before.items():
                signal.signal(number, handler)


def _leave_it_to_the_loop(_number: int, _frame: object) -> None:
    """Without a Python handler the signal's default action would end the process."""
