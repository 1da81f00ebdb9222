"""Whether every point is there and right after an outage, throttles, partial answers and points that come late."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from typing import Any

from benchmarks.collection_world import BEGIN, MINUTE, Ages, Simulation, simulation
from benchmarks.report import Progress, Report, Scale, Table, Target, run_alone

LATE = 600
"""Seconds by which points come late."""
TOLERANCE = 1e-12
"""Relative difference allowed to the truth, which adds up the samples of a minute in another order."""
_HOUR = 60
_SETTLE = 45
"""Minutes after the day in which late points arrive and are read again."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One run: what goes wrong all the time, and the minutes in which Lamplighter does not run at all."""

    name: str
    faults: tuple[dict[str, Any], ...] = ()
    outage: range = range(0)


@dataclass(slots=True)
class Verdict:
    """Every stored point held against the truth. `wrong` differ in value, `invented` have no truth, `missing` lack."""

    wanted: int = 0
    right: int = 0
    missing: int = 0
    wrong: int = 0
    invented: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Right points of all that should or should not be there, in percent."""
        return 100 * self.right / (self.wanted + self.invented) if self.wanted else 0.0

    def judge(self, number: int, truth: dict[int, float], stored: dict[int, float]) -> None:
        """Compare one series."""
        self.wanted += len(truth)
        for at, value in truth.items():
            if at not in stored:
                self.missing += 1
                self._show(f"series {number} lacks {at}")
            elif math.isclose(stored[at], value, rel_tol=TOLERANCE):
                self.right += 1
            else:
                self.wrong += 1
                self._show(f"series {number} has {stored[at]!r} at {at} in place of {value!r}")
        for at in stored.keys() - truth.keys():
            self.invented += 1
            self._show(f"series {number} has {stored[at]!r} at {at}, where there is nothing")

    def _show(self, what: str) -> None:
        if len(self.examples) < 5:
            self.examples.append(what)


def scenarios(minutes: int) -> tuple[Scenario, ...]:
    """Each trouble alone, then all of them together; a quarter of the way in, two hours are lost."""
    throttles = ({"kind": "throttle", "action": "GetMetricData", "rate": 0.05, "seed": 1},)
    late = (
        {"kind": "late", "rate": 0.3, "seconds": LATE, "mode": "hidden", "seed": 2},
        {"kind": "late", "rate": 0.2, "seconds": LATE, "mode": "revised", "seed": 3},
    )
    spoilt = (
        {"kind": "partial", "rate": 0.02, "seed": 4},
        {"kind": "internal", "action": "GetMetricData", "rate": 0.02, "seed": 5},
        {"kind": "html", "action": "GetMetricData", "rate": 0.02, "seed": 6},
    )
    outage = range(minutes // 4, minutes // 4 + 2 * _HOUR)
    return (
        Scenario("nothing goes wrong"),
        Scenario("2-hour outage", outage=outage),
        Scenario("5 % throttles", throttles),
        Scenario("10 minutes late: 30 % hidden, 20 % revised", late),
        Scenario("2-hour outage, 5 % throttles, 10 minutes late", throttles + late, outage),
        Scenario("the same, and 2 % each of partial, internal error, HTML", throttles + late + spoilt, outage),
    )


def measure(scale: Scale, progress: Progress) -> Report:
    """Run each scenario and compare every point."""
    minutes = 5 * _HOUR if scale == "quick" else 24 * _HOUR
    series = {"quick": 20, "standard": 100, "full": 200}[scale]
    chosen = scenarios(minutes)
    if scale != "full":
        chosen = chosen[4:]
    rows: list[tuple[str, ...]] = []
    targets: list[Target] = []
    figures: list[dict[str, Any]] = []
    for scenario in chosen:
        with simulation(series, gaps=True) as running:
            ages = _live(running, scenario, minutes, progress)
            verdict = _judged(running, minutes)
            rows.append(_row(scenario, verdict, running, ages))
            targets.append(Target(f"complete and right: {scenario.name}", verdict.share, " %", at_least=100))
            figures.append(_figures(scenario, verdict, running, ages))
    progress(f"{len(chosen)} scenarios", done=True)
    notes = (
        f"{series} series, {minutes / _HOUR:g} simulated hours; one minute in 37 has no point, and must have none.",
        f"Compared {_SETTLE} minutes after the end, value by value with the truth, to a relative {TOLERANCE:g}.",
        "Outage: Lamplighter does not run. Hidden: not visible for 10 minutes. Revised: a tenth too low for as long.",
        "Age: since the start of the newest stored point's minute, while Lamplighter runs.",
    )
    table = Table("Completeness and correctness", _COLUMNS, tuple(rows), notes)
    return Report("faults", (table,), tuple(targets), {"scenarios": figures})


_COLUMNS = (
    "Scenario",
    "points",
    "right",
    "missing",
    "wrong",
    "invented",
    "throttled",
    "failed calls",
    "runs not ok",
    "age in s",
)


def _live(running: Simulation, scenario: Scenario, minutes: int, progress: Progress) -> Ages:
    """Let the time pass. The troubles end with the day; what follows lets late points arrive."""
    ages = Ages(running, most=50)
    for fault in scenario.faults:
        running.aws.control.call("POST", "faults", dict(fault))
    for number in range(minutes + _SETTLE + 1):
        if number == minutes:
            for fault in running.aws.control.call("GET", "faults"):
                if fault["kind"] != "late":
                    running.aws.control.call("DELETE", f"faults/{fault['id']}")
        running.minute(running=number not in scenario.outage)
        if 0 < number <= minutes and number not in scenario.outage:
            ages.look()
        running.clock.now += MINUTE
        progress(f"{scenario.name}: minute {number} of {minutes + _SETTLE}")
    return ages


def _judged(running: Simulation, minutes: int) -> Verdict:
    start = int(BEGIN.timestamp())
    end = start + 60 * minutes
    verdict = Verdict()
    for number, name in enumerate(running.ids):
        stored = running.store.samples.read([name], start, end).get(name)
        truth = running.source.truth(number, start, end)
        verdict.judge(number, truth, dict(stored.pairs()) if stored else {})
    return verdict


def _counts(running: Simulation) -> dict[str, int]:
    totals = running.aws.control.meter()["totals"]
    return {name: int(totals[name]) for name in ("calls", "throttled", "failed")}


def _not_ok(running: Simulation) -> int:
    return sum(count for outcome, count in running.outcomes.items() if not outcome.endswith(" ok"))


def _row(scenario: Scenario, verdict: Verdict, running: Simulation, ages: Ages) -> tuple[str, ...]:
    counts = _counts(running)
    return (
        scenario.name,
        f"{verdict.wanted:,}",
        f"{verdict.right:,}",
        f"{verdict.missing:,}",
        f"{verdict.wrong:,}",
        f"{verdict.invented:,}",
        f"{counts['throttled']:,}",
        f"{counts['failed']:,}",
        f"{_not_ok(running):,}",
        f"{ages.percentile(50):.0f} / {ages.percentile(99):.0f}",
    )


def _figures(scenario: Scenario, verdict: Verdict, running: Simulation, ages: Ages) -> dict[str, Any]:
    return {
        "scenario": scenario.name,
        "points": verdict.wanted,
        "right": verdict.right,
        "missing": verdict.missing,
        "wrong": verdict.wrong,
        "invented": verdict.invented,
        "examples": verdict.examples,
        "outcomes": dict(running.outcomes),
        "problems": dict(running.problems.most_common(5)),
        "age_p50": ages.percentile(50),
        "age_p99": ages.percentile(99),
        **_counts(running),
    }


if __name__ == "__main__":
    sys.exit(run_alone(measure, "faults"))
