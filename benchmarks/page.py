"""What the status page costs at 2,000 series: bytes over the wire and server time, over loopback.

Run: python -m benchmarks.page [--environments 24] [--requests 200] [--quick] [--json]

CloudMart's catalogue in as many environments as make 2,000 series, six hours by the minute. The application answers in
this process through Werkzeug's server; the client is http.client on one kept-alive connection. "Cold" reads everything
from the store; "warm" is what most readers get, within three seconds of another; a poll is /live with its ETag.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Thread

from werkzeug.serving import WSGIRequestHandler, make_server

from benchmarks.machine import describe_machine
from benchmarks.report import Report, Table
from dashboards.config import WebSettings
from dashboards.site import MetricFacts, Site
from dashboards.web import create_app
from store import Store, open_store
from store.stack import Component, Environment, Stack
from store.vocabulary import Cursor, HealthObservation, Resource, Series, SeriesKey, Status

NOW = datetime(2026, 11, 23, 18, 4, 9, tzinfo=UTC)
END = int(NOW.timestamp()) // 60 * 60
COMPONENTS = ("frontend", "backend", "postgres", "redis", "network", "storage")
METRICS = 14
"""Metrics of each component, two of them headlines: 24 environments of 6 components make 2,016 series."""


def series_of(environment: str, component: str) -> Iterator[Series]:
    """The series of one component."""
    name = f"cloudmart-{environment}-{component}"
    for metric in range(METRICS):
        key = SeriesKey("1", "ap-northeast-2", f"Load/{component}", f"Metric{metric}", (("Name", name),), "Average")
        yield Series(key, 60, title=f"Metric {metric}", resource_id=name, environment=environment, component=component)


def wobble(series: Series, times: range) -> list[tuple[int, float]]:
    """Values that no other series has, so that nothing compresses better than in life."""
    seed = int(series.id[1:9], 16) % 997
    return [(at, 50 + 20 * math.sin(at / 1800 + seed) + (at // 60 * 7919 + seed) % 37 / 3) for at in times]


def fill(store: Store, environments: list[str], hours: int) -> int:
    """Write the stack; returns how many series it has."""
    places = [(environment, component) for environment in environments for component in COMPONENTS]
    resources = [
        Resource(f"cloudmart-{e}-{c}", "ec2:instance", f"{e}-{c}", "1", "ap-northeast-2", e, c) for e, c in places
    ]
    store.resources.replace("1", "ap-northeast-2", ["ec2:instance"], resources, NOW)
    store.health.record(
        [
            HealthObservation(f"target:{e}/{c}", "target", "Targets", Status.OK, "6 of 6 healthy", NOW, e, c)
            for e, c in places
        ]
    )
    store.jobs.declare([("metrics:main/ap-northeast-2", 300), ("health:main/ap-northeast-2", 60)], NOW)
    total = 0
    for environment, component in places:
        every = list(series_of(environment, component))
        store.series.upsert(every)
        times = range(END - hours * 3600, END, 60)
        samples = {one.id: wobble(one, times) for one in every}
        cursors = [Cursor(one.id, times[0], END, times[0], END) for one in every]
        store.commit_collection(samples=samples, cursors=cursors, gaps={}, claim=None)
        total += len(every)
    store.samples.seal(NOW)
    return total


class Quiet(WSGIRequestHandler):
    """A server that keeps connections and writes no log."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  the name is werkzeug's
        """Say nothing."""


@contextmanager
def served(site: Site) -> Iterator[http.client.HTTPConnection]:
    """A connection to the application."""
    server = make_server(
        "127.0.0.1", 0, create_app(site, WebSettings(), "x" * 40), threaded=True, request_handler=Quiet
    )
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    try:
        yield connection
    finally:
        connection.close()
        server.shutdown()
        server.server_close()


Measured = tuple[float, float, int, str]
"""Milliseconds until the answer was read, milliseconds of CPU (server and client), bytes of the body, ETag."""


def ask(connection: http.client.HTTPConnection, path: str, etag: str = "") -> Measured:
    """Ask once."""
    headers = {"Accept-Encoding": "gzip"} | ({"If-None-Match": etag} if etag else {})
    begun, worked = time.perf_counter(), time.process_time()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    cpu = (time.process_time() - worked) * 1e3
    return (time.perf_counter() - begun) * 1e3, cpu, len(body), answer.headers.get("ETag", "")


def row(name: str, measured: list[Measured]) -> tuple[str, ...]:
    """One row of the table: bytes of the body, milliseconds."""
    times = sorted(each[0] for each in measured)
    cpu = statistics.median(each[1] for each in measured)
    p99 = times[min(int(len(times) * 0.99), len(times) - 1)]
    size = max(each[2] for each in measured)
    return (name, f"{size:,}", f"{statistics.median(times):.1f}", f"{p99:.1f}", f"{cpu:.1f}")


def main() -> int:
    """Fill a store, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environments", type=int, default=24)
    parser.add_argument("--hours", type=int, default=6)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="3 environments of one hour, 20 requests")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of Markdown")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.environments, chosen.hours, chosen.requests = 3, 1, 20
    table = measure(chosen.environments, chosen.hours, chosen.requests)
    report = Report("page", (table,))
    if chosen.json:
        print(json.dumps({"machine": describe_machine().as_json(), **report.as_json()}))
    else:
        print(f"## page\n\n{report.markdown()}")
    return 0


def measure(environments: int, hours: int, requests: int) -> Table:
    """Fill a store and ask for its pages."""
    names = ["prod", *(f"env{at}" for at in range(1, environments))]
    stack = Stack(
        name="CloudMart",
        environments={name: Environment() for name in names},
        components={name: Component() for name in COMPONENTS},
    )
    facts = {
        (f"Load/{component}", f"Metric{metric}"): MetricFacts(f"Metric {metric}", unit="Percent", headline=metric < 2)
        for component in COMPONENTS
        for metric in range(METRICS)
    }
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{Path(folder) / 'store.db'}") as store:
        store.migrate()
        total = fill(store, names, hours)
        still = Site(stack, store, clock=lambda: NOW, metrics=facts)
        ticks = count()
        moving = replace(still, clock=lambda: NOW + timedelta(seconds=4 * next(ticks)))
        rows = []
        for path, name in (("/", "status, all environments"), ("/?env=prod", "status, one environment")):
            with served(moving) as connection:
                ask(connection, path)
                rows.append(row(f"{name}, cold", [ask(connection, path) for _ in range(max(requests // 5, 10))]))
            with served(still) as connection:
                ask(connection, path)
                rows.append(row(f"{name}, warm", [ask(connection, path) for _ in range(requests)]))
        with served(still) as connection:
            *_, etag = ask(connection, "/live")
            rows.append(row("poll, nothing new", [ask(connection, "/live", etag) for _ in range(requests)]))
    title = f"{total:,} series, {environments} environments, {environments * 6} tiles, SQLite"
    return Table(title, ("Request", "bytes, gzipped", "p50 ms", "p99 ms", "CPU p50 ms"), tuple(rows))


if __name__ == "__main__":
    sys.exit(main())
