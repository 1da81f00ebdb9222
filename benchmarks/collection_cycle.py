"""CPU and memory of collecting, beside a bare boto3 loop that asks for the same metrics and keeps nothing.

Each variant runs in a child process of its own with an embedded AWS of its own, several rounds, one after the other.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import boto3

from benchmarks.collection_world import BEGIN, MINUTE, STATISTIC, cpu_seconds, peak_mib, simulation
from benchmarks.report import Progress, Report, Scale, Table, Target, ratio, run_alone
from service.demo.launch import ControlClient, start
from service.demo.synthetic import SyntheticSource

VARIANTS = ("bare boto3 loop", "Lamplighter")
MOST_CPU = 1.5
EVERY = 5
"""Minutes in a cycle: within them each series is polled once."""
_WINDOW = 35
"""Minutes that Lamplighter asks for by default: five that are new, and thirty again for late points."""
_QUERIES = 500
_COLUMNS = (
    "Way of collecting",
    "CPU ms a cycle",
    "x loop",
    "wall ms a cycle",
    "peak MiB",
    "x loop",
    "requests a cycle",
    "points a cycle",
)


class Variant(Protocol):
    """One way of collecting: `minute` does what is due at an instant."""

    control: ControlClient

    def minute(self, now: datetime) -> None:
        """Do what is due now."""
        ...


class BareLoop:
    """Asks for 500 series at a time, merges the pages, forgets them."""

    def __init__(self, control: ControlClient, client: Any, source: SyntheticSource) -> None:  # noqa: ANN401  boto3 has no types
        self.control = control
        self._client = client
        queries = [_query(source, number) for number in range(source.count)]
        self._batches = [queries[first : first + _QUERIES] for first in range(0, len(queries), _QUERIES)]

    def minute(self, now: datetime) -> None:
        """Ask for every series in the first minute of a cycle."""
        if (now - BEGIN) // MINUTE % EVERY:
            return
        for batch in self._batches:
            merged: dict[str, list[tuple[int, float]]] = {}
            pages = self._client.get_paginator("get_metric_data").paginate(
                MetricDataQueries=batch, StartTime=now - _WINDOW * MINUTE, EndTime=now, ScanBy="TimestampAscending"
            )
            for page in pages:
                for result in page["MetricDataResults"]:
                    times = [int(moment.timestamp()) for moment in result["Timestamps"]]
                    merged.setdefault(result["Id"], []).extend(zip(times, result["Values"], strict=True))


def measure(scale: Scale, progress: Progress) -> Report:
    """Run the variants in turn and compare the medians."""
    series, cycles, rounds = {"quick": (500, 2, 1), "standard": (2_000, 6, 3), "full": (2_000, 12, 7)}[scale]
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in VARIANTS}
    for number in range(rounds):
        for name in VARIANTS:
            progress(f"round {number + 1} of {rounds}: {name}")
            runs[name].append(_child(name, series, cycles))
    progress(f"{rounds} rounds of {cycles} cycles of {series:,} series", done=True)
    middle = {name: _medians(found) for name, found in runs.items()}
    bare, ours = (middle[name] for name in VARIANTS)
    notes = (
        f"{series:,} series; a cycle of {EVERY} minutes polls each once, {_WINDOW} points each.",
        f"Medians of {rounds} interleaved rounds of {cycles} cycles after two to warm up.",
        "CPU: user and system time of the process, without that of the embedded AWS, imports and start.",
        "The loop keeps nothing. Lamplighter plans, claims the job, checks every value, and writes to SQLite.",
        "The hourly sealing of the head is not in it.",
    )
    table = Table("A collection cycle", _COLUMNS, tuple(_row(name, middle[name], bare) for name in VARIANTS), notes)
    target = Target("CPU of a cycle beside a bare boto3 loop", ours["cpu"] / bare["cpu"], " x", at_most=MOST_CPU)
    return Report("cycle", (table,), (target,), {"runs": runs})


def _row(name: str, found: dict[str, float], bare: dict[str, float]) -> tuple[str, ...]:
    return (
        name,
        f"{found['cpu'] * 1000:,.0f}",
        ratio(found["cpu"], bare["cpu"]),
        f"{found['wall'] * 1000:,.0f}",
        f"{found['peak_mib']:.0f}",
        ratio(found["peak_mib"], bare["peak_mib"]),
        f"{found['requests']:.1f}",
        f"{found['points']:,.0f}",
    )


def _medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def _child(name: str, series: int, cycles: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.collection_cycle", "--variant", name]
    command += ["--series", str(series), "--cycles", str(cycles)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return dict(json.loads(answer))


def _query(source: SyntheticSource, number: int) -> dict[str, Any]:
    metric = source.metric(number)
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    described = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
    return {"Id": f"q{number}", "MetricStat": {"Metric": described, "Period": 60, "Stat": STATISTIC}}


@contextmanager
def _bare(series: int) -> Iterator[Variant]:
    with start(f"synthetic:{series}") as aws:
        client = boto3.client("cloudwatch", **aws.client_options())
        yield BareLoop(aws.control, client, SyntheticSource(series))
        client.close()


class _Ours:
    def __init__(self, running: Any) -> None:  # noqa: ANN401
        self.control = running.aws.control
        self._running = running

    def minute(self, now: datetime) -> None:
        self._running.clock.now = now
        self._running.run_due()


@contextmanager
def _ours(series: int) -> Iterator[Variant]:
    with simulation(series, jobs=["metrics"]) as running:
        yield _Ours(running)


def run_variant(name: str, series: int, cycles: int) -> dict[str, float]:
    """Measure one variant in this process: two cycles to warm up, then `cycles` of them. Figures are per cycle."""
    with (_ours if name == VARIANTS[1] else _bare)(series) as variant:
        for minute in range(2 * EVERY):
            _pass(variant, minute)
        variant.control.reset_meter()
        cpu = wall = 0.0
        for minute in range(2 * EVERY, (2 + cycles) * EVERY):
            used, took = _pass(variant, minute)
            cpu, wall = cpu + used, wall + took
        totals = variant.control.meter()["totals"]
        per_cycle = {"cpu": cpu, "wall": wall, "requests": totals["calls"], "points": totals["points"]}
        return {key: value / cycles for key, value in per_cycle.items()} | {"peak_mib": peak_mib()}


def _pass(variant: Variant, minute: int) -> tuple[float, float]:
    """Let one minute pass; the seconds of CPU and of the wall clock that it took."""
    now = BEGIN + minute * MINUTE
    variant.control.freeze(now.astimezone(UTC).timestamp())
    cpu, begun = cpu_seconds(), time.monotonic()
    variant.minute(now)
    return cpu_seconds() - cpu, time.monotonic() - begun


def _as_child() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--variant", choices=VARIANTS, required=True)
    parser.add_argument("--series", type=int, required=True)
    parser.add_argument("--cycles", type=int, required=True)
    wish = parser.parse_args()
    print(json.dumps(run_variant(wish.variant, wish.series, wish.cycles)))
    return 0


if __name__ == "__main__":
    sys.exit(_as_child() if "--variant" in sys.argv else run_alone(measure, "cycle"))
