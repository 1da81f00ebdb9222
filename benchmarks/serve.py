"""Memory and status page of the real `lamplighter serve` at 2,000 series, against the embedded AWS."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import yaml

from benchmarks.report import Progress, Report, Scale, Table, Target, run_alone
from service.demo.launch import EmbeddedAws, start
from service.demo.world.configuration import about, configuration
from store import Store, open_store

MOST_MIB = 250
MOST_KIB = 20
MOST_MS = 20
_ENVIRONMENTS = ("dev", "staging", "prod")
_SERIES_AN_INSTANCE = 22
"""Of EC2, its agent and its volume, about."""
_OWN = 450
"""Series that CloudMart has by itself, about."""
_PATIENCE = 420
_FORGOTTEN = 4.0
"""Seconds after which a page that was drawn is not shared any more, and a little."""
_URL = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass(slots=True)
class Service:
    """A running `lamplighter serve`."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def memory(self) -> tuple[float, float]:
        """Resident MiB now, and the most there ever was."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        now, most = (re.search(rf"{name}:\s+(\d+) kB", status) for name in ("VmRSS", "VmHWM"))
        if now is None or most is None:
            raise RuntimeError("the system does not say how much memory a process has")
        return int(now[1]) / 1024, int(most[1]) / 1024

    def cpu(self) -> float:
        """CPU seconds so far, user and system."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Answers:
    """What a number of requests to one address took: milliseconds each, and bytes of the last body and headers."""

    times: list[float] = field(default_factory=list)
    body: int = 0
    headers: int = 0

    @property
    def p50(self) -> float:
        """The median in milliseconds."""
        return statistics.median(self.times)


def measure(scale: Scale, progress: Progress) -> Report:
    """Start it, let it collect, look at its memory, ask for its page."""
    wanted = 500 if scale == "quick" else 2_000
    first = {"quick": "1h", "standard": "3h", "full": "24h"}[scale]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lamplighter-bench-")))
        aws = stack.enter_context(start("cloudmart"))
        _add_instances(aws, max(0, wanted - _OWN) // _SERIES_AN_INSTANCE)
        begun = time.monotonic()
        service = stack.enter_context(_served(aws, folder, first))
        started = time.monotonic() - begun
        with open_store(f"sqlite:///{folder}/lamplighter.db") as store:
            series, at = _collected(store, service, wanted, progress)
        collected = at - begun
        memory = service.memory()
        progress("asking for the page")
        pages = {path: _asked(service, path, every=1.0, count=8 if scale == "quick" else 30) for path in ("/", "/live")}
        quick = _asked(service, "/", every=0.0, count=60)
        cold = _asked(service, "/", every=_FORGOTTEN, count=3 if scale == "quick" else 12)
        after = service.memory()
    progress(f"{series:,} series", done=True)
    figures = {
        "series": series,
        "first": first,
        "started": started,
        "collected": collected,
        "rss_mib": max(memory[0], after[0]),
        "peak_mib": after[1],
        "page_ms": pages["/"].times,
        "page_bytes": pages["/"].body + pages["/"].headers,
        "live_ms": pages["/live"].times,
        "live_bytes": pages["/live"].body + pages["/live"].headers,
        "warm_ms": quick.times,
        "cold_ms": cold.times,
    }
    shown = {
        "status page, a request a second": pages["/"],
        "its refresh": pages["/live"],
        "status page, at once again": quick,
        "status page, each drawn anew": cold,
    }
    return Report("serve", (_memory_table(figures), _page_table(shown)), _targets(figures, pages["/"]), figures)


def _add_instances(aws: EmbeddedAws, count: int) -> None:
    """More backend instances, over all environments, so that there are as many series as wanted."""
    ec2 = boto3.client("ec2", **aws.client_options())
    image = ec2.describe_instances()["Reservations"][0]["Instances"][0]["ImageId"]
    for place, environment in enumerate(_ENVIRONMENTS):
        share = (count + place) // len(_ENVIRONMENTS)
        if not share:
            continue
        tags = {"Name": f"cloudmart-{environment}-backend", "Environment": environment, "Component": "backend"}
        named = [{"Key": key, "Value": value} for key, value in (tags | {"Project": "cloudmart"}).items()]
        ec2.run_instances(
            ImageId=image,
            InstanceType="t3.large",
            MinCount=share,
            MaxCount=share,
            Monitoring={"Enabled": True},
            TagSpecifications=[{"ResourceType": kind, "Tags": named} for kind in ("instance", "volume")],
        )
    ec2.close()


@contextmanager
def _served(aws: EmbeddedAws, folder: Path, first: str) -> Iterator[Service]:
    """`lamplighter serve` as an operator starts it, stopped with SIGTERM at the end."""
    described = configuration(aws.url, about(aws.url), store_url=f"sqlite:///{folder}/lamplighter.db", port=0)
    described["collect"] = {"metrics": {"first": first, "backfill": first}}
    described["bill"] = {"monthly_cap": None}
    file = folder / "lamplighter.yaml"
    file.write_text(yaml.safe_dump(described, sort_keys=False), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= aws.environment() | {"LAMPLIGHTER_HOME": str(folder)}
    command = [
        str(Path(sys.executable).parent / "lamplighter"),
        "serve",
        "--config",
        str(file),
        "--log-level",
        "warning",
    ]
    log = folder / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, env=environment)
        try:
            yield Service(process, _await_url(process, log), log)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_url(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        found = _URL.search(log.read_text(encoding="utf-8", errors="replace").partition("Lamplighter is at")[2])
        if found:
            return found[0]
        time.sleep(0.05)
    raise RuntimeError(f"lamplighter serve did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


def _collected(store: Store, service: Service, wanted: int, progress: Progress) -> tuple[int, float]:
    """Wait until every series was collected once; their number, and when the last one was (monotonic seconds)."""
    deadline = time.monotonic() + _PATIENCE
    calm_since, before = time.monotonic(), -1
    done = 0
    while time.monotonic() < deadline:
        if service.process.poll() is not None:
            raise RuntimeError(f"lamplighter serve ended:\n{service.log.read_text(encoding='utf-8', errors='replace')}")
        done = sum(1 for cursor in store.cursors.get().values() if cursor.last_success)
        if done != before:
            calm_since, before = time.monotonic(), done
        if done and time.monotonic() - calm_since > 20:  # nothing new came for longer than a request takes
            break
        progress(f"{done:,} of about {wanted:,} series collected")
        time.sleep(1)
    if not done:
        raise RuntimeError(f"nothing was collected within {_PATIENCE} s: {json.dumps(_jobs(store))}")
    return done, calm_since


def _jobs(store: Store) -> dict[str, Any]:
    return {job.name: f"{job.outcome}: {job.message}" for job in store.jobs.all()}


def _asked(service: Service, path: str, *, every: float, count: int) -> Answers:
    """Ask `count` times on one connection, a pause between; a browser would send the same headers."""
    answers = Answers()
    connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=30)
    for number in range(count + 1):
        begun = time.perf_counter()
        connection.request("GET", path, headers={"Accept-Encoding": "gzip", "Accept": "text/html"})
        answer = connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - begun) * 1000
        if answer.status != 200:
            raise RuntimeError(
                f"GET {path}: status {answer.status}:\n{service.log.read_text(encoding='utf-8')[-2000:]}"
            )
        if number:  # the first one opens the connection
            answers.times.append(took)
        answers.body = len(body)
        answers.headers = sum(len(name) + len(value) + 4 for name, value in answer.getheaders())
        time.sleep(every)
    connection.close()
    return answers


def _memory_table(figures: dict[str, Any]) -> Table:
    row = (
        f"{figures['series']:,}",
        f"{figures['rss_mib']:.0f}",
        f"{figures['peak_mib']:.0f}",
        f"{figures['started']:.1f}",
        f"{figures['collected']:.0f}",
    )
    columns = ("Series", "resident MiB", "peak MiB", "s to the page", "s until all were collected")
    notes = (
        "One process: page, jobs, SQLite. CloudMart in three environments, with more instances to make the number.",
        f"The first start brings {figures['first']} of each series.",
    )
    return Table("`lamplighter serve`", columns, (row,), notes)


def _page_table(named: dict[str, Answers]) -> Table:
    rows = tuple(
        (
            name,
            f"{found.body / 1024:.1f}",
            f"{found.headers / 1024:.1f}",
            f"{found.p50:.1f}",
            f"{max(found.times):.1f}",
        )
        for name, found in named.items()
    )
    columns = ("Address", "body KiB, gzipped", "headers KiB", "p50 ms", "slowest ms")
    note = "From the first byte sent to the last one read, on one connection over loopback, while the jobs go on."
    return Table("Pages over the wire", columns, rows, (note,))


def _targets(figures: dict[str, Any], page: Answers) -> tuple[Target, ...]:
    return (
        Target(f"resident memory at {figures['series']:,} series", figures["rss_mib"], " MiB", at_most=MOST_MIB),
        Target("status page over the wire", (page.body + page.headers) / 1024, " KiB", at_most=MOST_KIB),
        Target("status page, server time p50", page.p50, " ms", at_most=MOST_MS),
    )


if __name__ == "__main__":
    sys.exit(run_alone(measure, "serve"))
