"""kill -9 of a real process at each point where a notice could be lost or told twice; on SQLite and PostgreSQL."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from store import Store, open_store
from store.alerting import DeliveryState
from tests.alerts.delivery.courier_child import NOTICES
from tests.alerts.delivery.receiving import Answer, Receiver, receiving, refused

ROOT = Path(__file__).parents[3]
EXPECTED = {f"tool/n{number}/{sequence}" for number in range(NOTICES) for sequence in (0, 1)}


def run(url: str, server: Receiver, point: str, count: int) -> tuple[int, str]:
    command = [sys.executable, "-m", "tests.alerts.delivery.courier_child", url, server.url, point, str(count)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def check(store: Store, server: Receiver) -> None:
    """Nothing lost; nothing twice for whoever goes by the key; each notice in order."""
    assert set(server.arrived) == EXPECTED
    rows = store.outbox.deliveries()
    assert {row.draft.key for row in rows} == EXPECTED
    assert {row.state for row in rows} == {DeliveryState.SENT}
    for number in range(NOTICES):
        first = [request.key for request in server.requests if request.key.startswith(f"tool/n{number}/")]
        assert list(dict.fromkeys(first)) == [f"tool/n{number}/0", f"tool/n{number}/1"], "a resolve before its firing"


@pytest.mark.parametrize(
    ("point", "counts", "repeated"),
    [
        ("queueing", (6,), 0),
        ("queued", (7,), 0),
        ("claimed", (1, 6), 0),
        ("called", (1,), 1),
        ("answered", (1, 6), 2),
        ("recording", (5,), 1),
    ],
)
def test_kill_9_loses_nothing_and_tells_nothing_twice(
    store_url: str, point: str, counts: tuple[int, ...], repeated: int
) -> None:
    with receiving() as server, open_store(store_url) as store:
        server.plan.extend([refused(503)] if point != "called" else [Answer(delay=1)])
        for count in counts:
            code, said = run(store_url, server, point, count)
            assert code == -signal.SIGKILL, said
        code, said = run(store_url, server, "never", 0)
        assert code == 0, said
        check(store, server)
        twice = sum(server.arrived.values()) - len(EXPECTED)
        assert twice <= repeated, "only what was sent and not recorded may be repeated, under its key"
        for request in server.requests:
            if server.arrived[request.key] > 1 and request is not first_of(server, request.key):
                assert int(request.headers["x-lamplighter-attempt"]) > 1, "the second says that it may be one"


def first_of(server: Receiver, key: str) -> object:
    return next(request for request in server.requests if request.key == key)


def test_a_full_disk_holds_everything_up_and_loses_nothing(sqlite_store: Store) -> None:
    with receiving() as server:
        code, said = run(f"sqlite:///{sqlite_store.database.path}", server, "full", 1)
        assert code == 0, said
        assert "store_unavailable" in said, "it says so"
        check(sqlite_store, server)
        assert sum(server.arrived.values()) == len(EXPECTED)
