"""One TCP connection under a deadline."""

from __future__ import annotations

from collectors.config import Probe
from collectors.health.attempts import Attempt
from collectors.health.wire import Deadline, connect, in_words
from store.messages import Message


def probe_tcp(probe: Probe) -> Attempt:
    """Connect to the probe's HOST:PORT and hang up. Never raises for what the other side does."""
    deadline = Deadline.after(probe.timeout.total_seconds())
    host, _, port = (probe.tcp or "").rpartition(":")
    try:
        sock = connect(host.strip("[]"), int(port), deadline)
    except OSError as error:
        return Attempt(probe.tcp or "", in_words(error, deadline).message)
    sock.close()
    latency = deadline.elapsed_ms()
    told = Message("%(address)s took a connection in %(ms)s ms", address=probe.tcp or "", ms=f"{latency:.0f}")
    return Attempt(told, latency=latency)
