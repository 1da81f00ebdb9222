"""From a committed firing to its arrival, one at a time and 1,000 groups at once, beside Debian's Alertmanager 0.25.

Both post to the same webhook receiver, in turns. Alertmanager is unpacked, not installed: `apt-get download` and
`dpkg -x` into the system's folder for temporary files. It keeps its state in memory and writes it at intervals; ours is
on disk before anything is sent.
"""

from __future__ import annotations

import json
import logging
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from alerts.delivery.channels import build_notifiers
from alerts.delivery.courier import Courier
from alerts.delivery.surroundings import Surroundings, http_client
from alerts.routing.dispatcher import Dispatcher
from alerts.routing.router import Router
from benchmarks.alerts_receiver import Receiver, tally
from benchmarks.report import Progress, Report, Scale, Table, Target, ratio, run_alone
from service.alerting import router_of, voices
from service.config import loads
from store import Store, open_store
from store.alerting import Alert, AlertState, Episode, Severity, episode_id, fingerprint

SINGLES = {"quick": 10, "standard": 60, "full": 300}
GROUPS = {"quick": 100, "standard": 1_000, "full": 1_000}
TURNS = 3
_WAIT = 120.0

Send = Callable[[Sequence[str]], None]
"""Lets alerts of these names fire, each a group of its own."""

_OURS = """
stack: {{environments: {{prod: {{}}}}}}
alerts:
  shipped: {{enabled: false}}
  receivers: [{{name: tool, webhook: {{url: "{url}"}}}}]
  route: {{receiver: tool, group_by: [name], group_wait: 0s, group_interval: 1s}}
"""
THEIRS = """
route: {{receiver: tool, group_by: [name], group_wait: 0s, group_interval: 1s}}
receivers: [{{name: tool, webhook_configs: [{{url: "{url}"}}]}}]
"""


@contextmanager
def lamplighter(url: str, folder: Path) -> Iterator[Send]:
    """Store, dispatcher and courier of ours; what fires is committed as the engine commits it."""
    loaded = loads(_OURS.format(url=url), {})
    router, http = router_of(loaded), http_client()
    around = Surroundings(http, lambda _account, _region: None, voices(loaded), lambda: datetime.now(UTC))
    with open_store(f"sqlite:///{folder / 'ours.db'}") as store:
        store.migrate()
        notifiers = build_notifiers(loaded.settings.alerts, around)
        courier = Courier(store, notifiers, around.clock, "benchmark:1", Dispatcher(store, router).flush_due)
        courier.start()
        try:
            yield lambda names: _fire(store, router, courier, names)
        finally:
            courier.stop(10)
            http.clear()


def _fire(store: Store, router: Router, courier: Courier, names: Sequence[str]) -> None:
    now = datetime.now(UTC)
    episodes = [_episode(name, now) for name in names]
    alerts = [episode.alert for episode in episodes]
    placements = [placement for episode in episodes for placement in router.place(episode, now)]
    store.alerts.commit_round(alerts=alerts, episodes=episodes, placements=placements)
    courier.poke()


def _episode(name: str, now: datetime) -> Episode:
    labels = {"name": name, "rule": "high"}
    known = fingerprint("high", labels)
    firing = Alert(
        known, "high", labels, AlertState.FIRING, slot=now, severity=Severity.PAGE, episode=episode_id(known, now),
        active_at=now, fired_at=now, summary={"en": f"{name} is high"},
    )  # fmt: skip
    return Episode(episode_id(known, now), firing, Severity.PAGE, now, now)


@contextmanager
def alertmanager(url: str, folder: Path) -> Iterator[Send]:
    """Debian's Alertmanager as a process of its own."""
    (folder / "theirs.yml").write_text(THEIRS.format(url=url), encoding="utf-8")
    process, address = started(folder)
    try:
        yield lambda names: post(address, names)
    finally:
        process.terminate()
        process.wait(20)


def started(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Alertmanager with `theirs.yml` of a folder, its state in the same; the process, and its address."""
    port = free_port()
    program = fetched()
    # Debian's build reads its templates from /usr/share: they are laid over it for this process alone.
    share = Path(program).parents[1] / "share"
    over = f'mount -t overlay overlay -o lowerdir={share}:/usr/share /usr/share && exec "$0" "$@"'
    unshare = shutil.which("unshare") or "unshare"
    command = [unshare, "--mount", "--map-root-user", "/bin/sh", "-c", over]
    command += [program, f"--config.file={folder / 'theirs.yml'}", f"--storage.path={folder / 'theirs'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=", "--log.level=error"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await_ready(f"http://127.0.0.1:{port}/-/ready")
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process, f"http://127.0.0.1:{port}"


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def fetched(package: str = "prometheus-alertmanager") -> str:
    """The path of a Debian package's program of the same name, downloaded once."""
    cache = Path(tempfile.gettempdir()) / f"lamplighter-{package.removeprefix('prometheus-')}"
    program = cache / "usr" / "bin" / package
    if not program.exists():
        cache.mkdir(exist_ok=True)
        apt, dpkg = shutil.which("apt-get") or "apt-get", shutil.which("dpkg") or "dpkg"
        subprocess.run([apt, "download", package], cwd=cache, check=True, capture_output=True)
        found = next(cache.glob(f"{package}_*.deb"))
        subprocess.run([dpkg, "-x", str(found), str(cache)], check=True)
    return str(program)


def await_ready(url: str) -> None:
    """Until a server answers; OSError when it does not within 20 seconds."""
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  our own child
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def post(address: str, names: Sequence[str], ends: datetime | None = None) -> None:
    """Tell Alertmanager that alerts fire; or, with an end that is past, that they do not any more."""
    until = (ends or datetime.now(UTC) + timedelta(hours=1)).isoformat()
    body = [{"labels": {"alertname": "high", "name": name}, "endsAt": until} for name in names]
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/api/v2/alerts", json.dumps(body).encode(), headers)  # noqa: S310  ours
    with urllib.request.urlopen(request, timeout=30):  # noqa: S310  the same
        pass


def measure(scale: Scale, progress: Progress) -> Report:
    """One at a time, then many at once; the two in turns."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    singles: dict[str, list[float]] = {"Lamplighter": [], "Alertmanager": []}
    many: dict[str, list[float]] = {"Lamplighter": [], "Alertmanager": []}
    twice = dict.fromkeys(singles, 0)
    for turn in range(TURNS):
        for name, start in (("Lamplighter", lamplighter), ("Alertmanager", alertmanager)):
            progress(f"turn {turn + 1} of {TURNS}: {name}")
            receiver = Receiver()
            with tempfile.TemporaryDirectory() as folder, start(receiver.url, Path(folder)) as send:
                singles[name] += [_one(receiver, send, f"one-{number}") for number in range(SINGLES[scale])]
                many[name].append(_all(receiver, send, [f"many-{number}" for number in range(GROUPS[scale])]))
                receiver.drain()
                twice[name] += tally(receiver.arrivals, (), "firing").again
            receiver.close()
    progress("done", done=True)
    return _report(scale, singles, many, twice)


def _one(receiver: Receiver, send: Send, name: str) -> float:
    return _all(receiver, send, [name])


def _all(receiver: Receiver, send: Send, names: list[str]) -> float:
    """Seconds until the last of them was there."""
    begun = time.monotonic()
    send(names)
    if not receiver.wait(names, _WAIT):
        raise TimeoutError(f"not all of {len(names)} arrived")
    arrived = receiver.taken("firing")
    return max(arrived[name] for name in names) - begun


def _report(
    scale: Scale, singles: dict[str, list[float]], many: dict[str, list[float]], twice: dict[str, int]
) -> Report:
    rows = []
    for name, times in singles.items():
        p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
        all_at_once = statistics.median(many[name])
        rows.append((name, f"{p50 * 1e3:.1f}", f"{p99 * 1e3:.1f}", f"{all_at_once:.2f}", str(twice[name])))
    ours, theirs = (statistics.median(many[name]) for name in many)
    columns = ("", "one, p50 ms", "one, p99 ms", f"{GROUPS[scale]:,} groups, s", "repeated")
    notes = (
        f"Many groups at once: {ratio(ours, theirs)} of Alertmanager's time.",
        "Ours commits each attempt and each receipt to disk; Alertmanager 0.25 keeps alerts in memory.",
        f"{TURNS} turns; the receiver answers at once and is the same for both; group_wait 0 s.",
    )
    table = Table("From a committed firing to its arrival", columns, tuple(rows), notes)
    worst = statistics.quantiles(singles["Lamplighter"], n=100)[98]
    targets = (
        Target("firing to arrival, p99 beyond group_wait", worst, " s", at_most=2),
        Target("notices repeated", twice["Lamplighter"], at_most=0),
    )
    figures = {"singles": singles, "many": many, "repeated": twice}
    return Report("alerts_delivery", (table,), targets, figures)


if __name__ == "__main__":
    sys.exit(run_alone(measure, "alerts_delivery"))
