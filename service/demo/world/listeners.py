"""TCP ports that stand for the databases and caches: open while these are available, refused while they are not."""

from __future__ import annotations

import contextlib
import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread

HOST = "127.0.0.1"
_LOOK_EVERY = 0.5


@dataclass(slots=True)
class Door:
    """One port. It stays bound, and so reserved, whether it listens or not."""

    environment: str
    component: str
    socket: socket.socket
    listening: bool = False

    @property
    def port(self) -> int:
        """Its number."""
        return int(self.socket.getsockname()[1])

    def set(self, *, listening: bool) -> None:
        """Open it or shut it: after shutdown(2), Linux refuses connections until the next listen(2)."""
        if listening and not self.listening:
            self.socket.listen()
        elif self.listening and not listening:
            self.socket.shutdown(socket.SHUT_RDWR)
        self.listening = listening


def reserve(environment: str, component: str) -> Door:
    """Bind an ephemeral port of the loopback interface."""
    with socket.socket() as scout:
        # A port that was bound by number outlives shutdown(2); one that the system picked would be given back.
        scout.bind((HOST, 0))
        port = scout.getsockname()[1]
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((HOST, port))
    bound.setblocking(False)
    return Door(environment, component, bound)


@dataclass(slots=True)
class Doors:
    """All ports of the world and the thread that minds them. `open_now(environment, component)` decides."""

    open_now: Callable[[str, str], bool]
    doors: list[Door] = field(default_factory=list)
    _ended: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def ports(self) -> dict[str, dict[str, int]]:
        """Port by environment and component."""
        found: dict[str, dict[str, int]] = {}
        for door in self.doors:
            found.setdefault(door.environment, {})[door.component] = door.port
        return found

    def open(self, environments: tuple[str, ...], components: tuple[str, ...]) -> None:
        """Reserve the ports and begin to mind them."""
        self.doors = [reserve(environment, component) for environment in environments for component in components]
        self.mind()
        self._thread = Thread(target=self._serve, name="demo-doors", daemon=True)
        self._thread.start()

    def mind(self) -> None:
        """Open and shut each as its resource is now."""
        for door in self.doors:
            door.set(listening=self.open_now(door.environment, door.component))

    def close(self) -> None:
        """Give all ports back."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        for door in self.doors:
            door.socket.close()

    def _serve(self) -> None:
        """Accept whoever knocks, and let go at once: a probe only wants to know whether somebody is there."""
        while not self._ended.is_set():
            with selectors.DefaultSelector() as waiting:
                for door in self.doors:
                    if door.listening:
                        waiting.register(door.socket, selectors.EVENT_READ, door)
                if not waiting.get_map():
                    self._ended.wait(_LOOK_EVERY)
                for key, _ in waiting.select(_LOOK_EVERY) if waiting.get_map() else ():
                    with contextlib.suppress(OSError):  # the caller may be gone again already
                        key.data.socket.accept()[0].close()
            self.mind()
