"""What a kill -9 or a 429 loses: firings and resolves that were acknowledged, beside Debian's Alertmanager 0.25.

Each side takes 20 alerts, each a group of its own, and is killed the moment it has acknowledged them; then it is
started again on the same disk. Nobody repeats what was acknowledged: a sender that repeats itself would hide the loss.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import structlog

from benchmarks.alerts_delivery import THEIRS, lamplighter, post, started
from benchmarks.alerts_receiver import Receiver, tally
from benchmarks.report import Progress, Report, Scale, Table, Target, run_alone
from store import open_store
from store.alerting import AlertState

NAMES = [f"alert-{number}" for number in range(20)]
SECONDS = {"quick": 8.0, "standard": 25.0, "full": 25.0}
"""How long after a new start is waited for what is owed, beyond the lease of a sender that may still live."""
LEASE = 30.0
SCENES = ("killed while firing", "killed while resolving", "killed while retrying", "answered by 429")


class Side(Protocol):
    """One of the two, as a process."""

    def fire(self) -> None:
        """Let all fire; returns once that is acknowledged."""

    def resolve(self) -> None:
        """Let all end; returns once that is acknowledged."""

    def kill(self) -> None:
        """SIGKILL."""

    def stop(self) -> None:
        """End in peace."""


class Ours:
    """Store, dispatcher and courier in a child; a line on its output acknowledges what was committed."""

    def __init__(self, url: str, folder: Path) -> None:
        command = [sys.executable, "-m", "benchmarks.alerts_losses", "child", url, str(folder)]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._heard()

    def _heard(self) -> None:
        if self._child.stdout is None or not self._child.stdout.readline():
            raise RuntimeError("the child ended")

    def _say(self, word: str) -> None:
        if self._child.stdin is not None:
            self._child.stdin.write(f"{word}\n")
            self._child.stdin.flush()
        self._heard()

    def fire(self) -> None:
        """Commit the firings."""
        self._say("fire")

    def resolve(self) -> None:
        """Commit the ends."""
        self._say("resolve")

    def kill(self) -> None:
        """SIGKILL."""
        self._child.kill()
        self._ended()

    def stop(self) -> None:
        """SIGTERM is enough: what matters was counted."""
        self._child.terminate()
        self._ended()

    def _ended(self) -> None:
        self._child.wait(20)
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()


class Theirs:
    """Alertmanager, whose answer to a POST acknowledges."""

    def __init__(self, url: str, folder: Path) -> None:
        (folder / "theirs.yml").write_text(THEIRS.format(url=url), encoding="utf-8")
        self._process, self._address = started(folder)

    def fire(self) -> None:
        """Post the firings."""
        post(self._address, NAMES)

    def resolve(self) -> None:
        """Post the ends."""
        post(self._address, NAMES, ends=datetime.now(UTC) - timedelta(seconds=1))

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait(20)

    def stop(self) -> None:
        """SIGTERM."""
        self._process.terminate()
        self._process.wait(20)


SIDES: dict[str, Callable[[str, Path], Side]] = {"Lamplighter": Ours, "Alertmanager": Theirs}


@dataclass(frozen=True, slots=True)
class Found:
    """What was counted in a scene: of 20."""

    lost: int
    duplicated: int
    resolves_missing: int | None


def measure(scale: Scale, progress: Progress) -> Report:
    """Every scene on both sides, in turns."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    found: dict[tuple[str, str], Found] = {}
    for scene in SCENES:
        for name, start in SIDES.items():
            progress(f"{scene}: {name}")
            with tempfile.TemporaryDirectory() as folder, _receiving() as receiver:
                found[scene, name] = _play(scene, start, receiver, Path(folder), SECONDS[scale] + LEASE)
    progress("done", done=True)
    return _report(found)


@contextmanager
def _receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()


def _play(scene: str, start: Callable[[str, Path], Side], receiver: Receiver, folder: Path, seconds: float) -> Found:
    side = start(receiver.url, folder)
    status = "firing"
    if scene == "killed while retrying":
        receiver.answer(503)
        side.fire()
        receiver.wait_refused(1, 20)
    elif scene == "answered by 429":
        receiver.answer(429, wait=1)
        side.fire()
        receiver.wait_refused(len(NAMES), 3)
    else:
        side.fire()
    if scene == "killed while resolving":
        receiver.wait(NAMES, 30)
        side.resolve()
        status = "resolved"
    if scene != "answered by 429":
        side.kill()
        receiver.answer(200)
        side = start(receiver.url, folder)
    else:
        receiver.answer(200)
    receiver.wait(NAMES, seconds, status)
    time.sleep(1)  # a second copy would come now
    receiver.drain()
    side.stop()
    firing, resolved = (tally(receiver.arrivals, NAMES, one) for one in ("firing", "resolved"))
    missing = resolved.lost if status == "resolved" else None
    return Found(firing.lost, firing.unmatched + resolved.unmatched, missing)


def _report(found: dict[tuple[str, str], Found]) -> Report:
    rows = [
        (
            scene,
            name,
            str(one.lost),
            str(one.duplicated),
            "" if one.resolves_missing is None else str(one.resolves_missing),
        )
        for (scene, name), one in found.items()
    ]
    ours = [one for (_, name), one in found.items() if name == "Lamplighter"]
    notes = ("Duplicated: what a receiver that de-duplicates by the sender's key, where it has one, still has twice.",)
    columns = ("", "", "firings lost", "duplicated", "resolves missing")
    targets = (
        Target("firings lost", sum(one.lost for one in ours), at_most=0),
        Target("notices duplicated", sum(one.duplicated for one in ours), at_most=0),
        Target("resolves missing", sum(one.resolves_missing or 0 for one in ours), at_most=0),
    )
    table = Table(f"Of {len(NAMES)} alerts that were acknowledged", columns, tuple(rows), notes)
    plain: dict[str, Any] = {
        f"{scene}/{name}": [one.lost, one.duplicated, one.resolves_missing] for (scene, name), one in found.items()
    }
    return Report("alerts_losses", (table,), targets, plain)


def _child(url: str, folder: Path) -> None:
    """Serve until killed: `fire` and `resolve` on standard input, each acknowledged once it is committed."""
    # Nothing else may stand on standard output: the log would be taken for an acknowledgement.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with lamplighter(url, folder) as send, open_store(f"sqlite:///{folder / 'ours.db'}") as store:
        print("ready", flush=True)
        for line in sys.stdin:
            if line.strip() == "fire":
                send(NAMES)
            else:
                now = datetime.now(UTC)
                ended = [
                    replace(
                        one,
                        resolved_at=now,
                        resolved_noticed_at=now,
                        alert=replace(one.alert, state=AlertState.INACTIVE),
                    )
                    for one in store.alerts.episodes(open_only=True)
                ]
                store.alerts.commit_round(alerts=[one.alert for one in ended], episodes=ended)
            print(json.dumps("committed"), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        _child(sys.argv[2], Path(sys.argv[3]))
    else:
        sys.exit(run_alone(measure, "alerts_losses"))
