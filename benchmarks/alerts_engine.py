"""CPU of a round of the alert engine: 1,000 rules that name a dimension to the letter, ten series each, on SQLite."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from alerts.engine.engine import Engine
from alerts.rules.config import RulesConfig, Shipped
from alerts.rules.files import parse_rules
from alerts.rules.loading import load_rules
from benchmarks.report import Progress, Report, Scale, Table, Target, run_alone
from store import Store, open_store
from store.stack import Stack
from store.vocabulary import Cursor, Series, SeriesKey

RULES = {"quick": 50, "standard": 1_000, "full": 1_000}
EACH, WARM, BACK = 10, 5, 15
"""Series a rule; warm rounds; minutes collected before the first one."""
START = 1_764_000_000 // 3600 * 3600


def measure(scale: Scale, progress: Progress) -> Report:
    """The first round, then rounds of one new minute each."""
    count, stack = RULES[scale], Stack.model_validate({"environments": {"prod": None}, "components": {"web": None}})
    placed, faults = parse_rules([_rule(number) for number in range(count)])
    if faults:
        raise ValueError(faults[0])
    config = RulesConfig(shipped=Shipped(enabled=False)).model_copy(update={"rules": [rule for _, rule in placed]})
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{Path(folder) / 'engine.db'}") as store:
        store.migrate()
        series = [_series(number, one) for number in range(count) for one in range(EACH)]
        store.series.upsert(series)
        _collect(store, series, 0, BACK)
        engine = Engine(store, load_rules(config, stack), stack, lambda _episode, _now: [])
        spent, evaluations = [], []
        for turn in range(WARM + 1):
            progress(f"round {turn}")
            if turn:
                _collect(store, series, BACK + turn - 1, 1)
            now = datetime.fromtimestamp(START + 60 * (BACK + turn) + 30, UTC)
            begun = time.process_time()
            done = engine.round(now)
            spent.append(time.process_time() - begun)
            evaluations.append(done.evaluations)
            if done.faults or not done.evaluations:
                raise ValueError(done)
    progress("done", done=True)
    warm = statistics.median(spent[1:])
    rows = (
        ("first", f"{spent[0]:.2f}", f"{evaluations[0]:,}", f"{evaluations[0] / spent[0]:,.0f}"),
        ("warm, median", f"{warm:.2f}", f"{evaluations[-1]:,}", f"{sum(evaluations[1:]) / sum(spent[1:]):,.0f}"),
    )
    title = f"A round of {count:,} rules over {count * EACH:,} series"
    table = Table(title, ("Round", "CPU s", "evaluations", "evaluations a CPU second"), rows)
    target = Target("CPU of a warm round", warm, " s", at_most=5)
    return Report("alerts_engine", (table,), (target,), {"cpu_seconds": spent, "evaluations": evaluations})


def _rule(number: int) -> dict[str, object]:
    return {
        "id": f"cpu-{number}",
        "kind": "metric",
        "metric": {"namespace": "Bench", "name": "CPU", "stat": "Average", "dimensions": {"Service": f"s-{number}"}},
        "condition": {"op": ">", "threshold": 50},
        "severity": "page",
    }


def _series(number: int, one: int) -> Series:
    dimensions = (("Instance", f"i-{one}"), ("Service", f"s-{number}"))
    key = SeriesKey("1", "r", "Bench", "CPU", dimensions, "Average")
    return Series(key, 60, environment="prod", component="web")


def _collect(store: Store, series: list[Series], first: int, minutes: int) -> None:
    points = [(START + 60 * minute, 10.0) for minute in range(first, first + minutes)]
    to = START + 60 * (first + minutes)
    store.commit_collection(
        samples={one.id: points for one in series},
        cursors=[Cursor(one.id, START, to, START, to + 60, last_success=to) for one in series],
        gaps={},
        claim=None,
    )


if __name__ == "__main__":
    sys.exit(run_alone(measure, "alerts_engine"))
