"""A webhook receiver in a process of its own: `python -m benchmarks.alerts_receiver`.

It tells its port on the first line of standard output, then each request as a line of JSON with the time of its arrival
(the system's monotonic clock, which all processes share). A PUT sets how it answers: `{"status": …, "wait": …}`.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, cast


@dataclass(slots=True)
class Answers:
    """How requests are answered: status, and the Retry-After of a status that has one."""

    status: int = 200
    wait: int = 0

    def lines(self) -> bytes:
        """The answer."""
        retry = f"Retry-After: {self.wait}\r\n" if self.wait else ""
        return f"HTTP/1.1 {self.status} X\r\n{retry}Content-Length: 0\r\n\r\n".encode()


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request. `at` is of the monotonic clock; `key` empty where the sender has none."""

    at: float
    taken: bool
    key: str
    statuses: dict[str, str]
    """Of each alert, by its label `name`: firing or resolved."""


class Receiver:
    """The process and what it told."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "benchmarks.alerts_receiver"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._lines = cast("IO[str]", self._process.stdout)
        self.url = f"http://127.0.0.1:{int(self._lines.readline())}/"
        self.arrivals: list[Arrival] = []
        self._queue: SimpleQueue[str] = SimpleQueue()
        Thread(target=self._pump, daemon=True).start()

    def _pump(self) -> None:
        for line in self._lines:
            self._queue.put(line)

    def answer(self, status: int, wait: int = 0) -> None:
        """Answer so from now on."""
        body = json.dumps({"status": status, "wait": wait}).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url, body, method="PUT"), timeout=10):  # noqa: S310  ours
            pass

    def wait(self, names: Iterable[str], seconds: float, status: str = "firing", least: int | None = None) -> bool:
        """Until all of the names (or `least` of them) were taken with this status; False when they were not in time."""
        names, until = set(names), time.monotonic() + seconds
        wanted = len(names) if least is None else least
        have = len(names & self.taken(status).keys())
        while have < wanted:
            try:
                line = self._queue.get(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                return False
            arrival = self._add(line)
            if arrival.taken and any(one == status for one in arrival.statuses.values()):
                have = len(names & self.taken(status).keys())
        return True

    def wait_refused(self, least: int, seconds: float) -> bool:
        """Until so many requests were refused."""
        until = time.monotonic() + seconds
        while sum(not one.taken for one in self.arrivals) < least:
            try:
                self._add(self._queue.get(timeout=max(0.0, until - time.monotonic())))
            except Empty:
                return False
        return True

    def drain(self) -> None:
        """Read what has come by now."""
        while not self._queue.empty():
            self._add(self._queue.get())

    def _add(self, line: str) -> Arrival:
        arrival = Arrival(**json.loads(line))
        self.arrivals.append(arrival)
        return arrival

    def taken(self, status: str) -> dict[str, float]:
        """When each name was first taken with this status."""
        found: dict[str, float] = {}
        for one in self.arrivals:
            for name, said in one.statuses.items():
                if one.taken and said == status:
                    found.setdefault(name, one.at)
        return found

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(10)
        cast("IO[str]", self._process.stdin).close()
        self._lines.close()


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of notices. `again`: taken more than once; `unmatched`: those without a key that was seen before."""

    lost: int
    again: int
    unmatched: int


def tally(arrivals: Iterable[Arrival], names: Iterable[str], status: str) -> Tally:
    """Count what was taken of these names in this status."""
    times: Counter[str] = Counter()
    keys: set[tuple[str, str]] = set()
    unmatched = 0
    for one in arrivals:
        for name, said in one.statuses.items():
            if not one.taken or said != status:
                continue
            seen = bool(one.key) and (name, one.key) in keys
            unmatched += times[name] > 0 and not seen
            times[name] += 1
            keys.add((name, one.key))
    return Tally(sum(not times[name] for name in names), sum(count - 1 for count in times.values()), unmatched)


@dataclass(slots=True)
class _Conversation(asyncio.Protocol):
    """One connection: requests with a Content-Length, one after the other."""

    answers: Answers
    read: bytes = b""
    transport: asyncio.Transport | None = field(default=None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.read += data
        while b"\r\n\r\n" in self.read:
            top, _, rest = self.read.partition(b"\r\n\r\n")
            first, *lines = top.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            length = int(headers.get("content-length", 0))
            if len(rest) < length:
                return
            self.read = rest[length:]
            self._take(first, headers, rest[:length])

    def _take(self, first: str, headers: dict[str, str], body: bytes) -> None:
        if self.transport is None:
            return
        if first.startswith("PUT "):
            wish = json.loads(body)
            self.answers.status, self.answers.wait = wish["status"], wish["wait"]
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            self.transport.close()
            return
        at = time.monotonic()
        self.transport.write(self.answers.lines())
        said = json.loads(body)
        statuses = {
            alert["labels"]["name"]: alert.get("status") or ("resolved" if alert["resolved_at"] else "firing")
            for alert in said["alerts"]
        }
        taken, key = self.answers.status < 300, headers.get("idempotency-key", "")
        sys.stdout.write(json.dumps({"at": at, "taken": taken, "key": key, "statuses": statuses}) + "\n")
        sys.stdout.flush()


async def _serve() -> None:
    answers = Answers()
    server = await asyncio.get_running_loop().create_server(lambda: _Conversation(answers), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    asyncio.get_running_loop().add_reader(sys.stdin, server.close)  # the pipe ends with whoever started this
    await server.serve_forever()


if __name__ == "__main__":
    with suppress(asyncio.CancelledError):
        asyncio.run(_serve())
