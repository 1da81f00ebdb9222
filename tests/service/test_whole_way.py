"""From AWS through the store to page, CSV and command line: every value arrives, whatever is killed on the way."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from collectors.catalogue import shipped
from service.demo.launch import EmbeddedAws, start
from service.demo.synthetic import SyntheticSource
from service.demo.world.configuration import configuration_text
from service.demo.world.replay.series import read_file

REPOSITORY = Path(__file__).parents[2]
OURS = REPOSITORY / "tests" / "demo" / "replay_series"
SERIES = 600
ONLY = ("--only", "inventory", "--only", "metrics", "--only", "backfill")
NAMESPACES = sorted({entry.namespace for entry in shipped().entries})
MINUTE, DAY = 60, 86_400
SUMMED_UP: dict[str, Callable[[list[float]], float]] = {
    "Average": lambda values: sum(values) / len(values),
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
}


def real_series() -> Path:
    shared = os.environ.get("LAMPLIGHTER_SHARED")
    return (Path(shared) if shared else REPOSITORY.parent / "shared") / "data" / "cloudwatch"


class Lamplighter:
    """The command line, as a user runs it, with a home of its own."""

    def __init__(self, folder: Path, aws: EmbeddedAws, config: str) -> None:
        self.file = folder / "lamplighter.yaml"
        self.file.write_text(config)
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LAMPLIGHTER_"))},
            **aws.environment(),
            "LAMPLIGHTER_HOME": str(folder / "home"),
        }

    def popen(self, *arguments: str, output: int = subprocess.PIPE) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "service", *arguments, "--config", str(self.file)]
        return subprocess.Popen(command, env=self.environment, cwd=self.folder, stdout=output, stderr=output, text=True)

    def run(self, *arguments: str) -> str:
        with self.popen(*arguments) as process:
            said, complained = process.communicate(timeout=300)
        assert process.returncode in {0, 1}, complained
        return said

    def json(self, *arguments: str) -> Any:  # noqa: ANN401  JSON
        return json.loads(self.run(*arguments, "--json"))

    def collect_all(self) -> None:
        """Collect until the backfill has nothing left to bring."""
        for _ in range(20):
            ended = {one["job"]: one for one in self.json("collect", "--once", *ONLY)}
            backfills = [one["message"] for name, one in ended.items() if name.startswith("backfill")]
            if all("left to bring" in message or "done" in message for message in backfills):
                return
        pytest.fail(f"the backfill does not end: {backfills}")


@pytest.fixture(scope="module", params=["ours", "real"])
def replayed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Lamplighter, Path]]:
    source = OURS if request.param == "ours" else real_series()
    if not source.is_dir():
        pytest.skip(f"the real series are not at {source} (set LAMPLIGHTER_SHARED)")
    folder = tmp_path_factory.mktemp("replayed")
    with start("cloudmart", replay=source) as aws:
        config = yaml.safe_load(configuration_text(endpoint=aws.url, store_url="", port=0))
        config["collect"]["metrics"]["every"] = "5m"
        read = ("AWS/EC2", "AWS/ApplicationELB", "AWS/RDS")
        config["collect"]["skip"] = [name for name in NAMESPACES if name not in read]
        config["probes"] = []
        lamplighter = Lamplighter(folder, aws, yaml.safe_dump(config))
        lamplighter.collect_all()
        yield lamplighter, source


def test_replayed_series_arrive_with_every_value_equal_to_its_source(replayed: tuple[Lamplighter, Path]) -> None:
    lamplighter, source = replayed
    every = lamplighter.json("series", "ls", "--env", "replay")
    for path in sorted(source.glob("*.csv")):
        meaning = read_file(path).meaning
        same = [one for one in every if (one["namespace"], one["metric"]) == (meaning.namespace, meaning.metric)]
        assert same, f"{path.name} was not discovered"
        rows = rows_of(path)
        # Several files may be of one metric: one resource's series must hold just this file's values.
        matching = [one for one in same if holds(lamplighter, one, rows)]
        assert matching, f"no series holds what {path.name} holds"


def rows_of(path: Path) -> list[tuple[int, float]]:
    with path.open(newline="", encoding="utf-8") as text:
        return [
            (int(datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC).timestamp()), float(row["value"]))
            for row in csv.DictReader(text)
        ]


def holds(lamplighter: Lamplighter, series: dict[str, Any], rows: list[tuple[int, float]]) -> bool:
    """Whether a series, as JSON and as CSV, holds each row with its value and its spacing, and nothing else."""
    told = lamplighter.json("series", "get", series["id"], "--from", "-30d")
    points = [(int(at), float(value)) for at, value in told["points"]]
    printed = csv.DictReader(io.StringIO(lamplighter.run("series", "get", series["id"], "--from", "-30d")))
    assert [float(row["value"]) for row in printed] == [value for _, value in points]
    if not points:
        return False
    # The newest datum may stand in five minutes that are not over yet, and then is not collected yet.
    return any(dict(points) == summed_up(some, points[-1][0], series) for some in (rows, rows[:-1]))


def summed_up(rows: list[tuple[int, float]], newest: int, series: dict[str, Any]) -> dict[int, float]:
    """The rows shifted to end at `newest`, in the series' buckets."""
    shift, step = newest - rows[-1][0], series["period"]
    wanted: dict[int, list[float]] = {}
    for at, value in rows:
        wanted.setdefault((at + shift) // step * step, []).append(value)
    return {at: SUMMED_UP[series["stat"]](values) for at, values in wanted.items()}


def test_kill_9_at_any_moment_leaves_no_hole_and_no_duplicate(tmp_path: Path, synthetic_aws: EmbeddedAws) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # noqa: T201  a failure must be repeatable
    chance = random.Random(seed)  # noqa: S311  no secret
    lamplighter = Lamplighter(tmp_path, synthetic_aws, synthetic_config(tmp_path))
    for _ in range(6):
        with lamplighter.popen("serve", output=subprocess.DEVNULL) as process:
            time.sleep(chance.uniform(1.5, 5))
            process.kill()
    lamplighter.collect_all()
    source = SyntheticSource(SERIES, gaps=True)
    every = lamplighter.json("series", "ls", "--namespace", "Synthetic")
    assert len(every) == SERIES
    for series in chance.sample(every, 12):
        check_against_truth(lamplighter, series, source)


def check_against_truth(lamplighter: Lamplighter, series: dict[str, Any], source: SyntheticSource) -> None:
    number = int(series["dimensions"]["Series"])
    points = lamplighter.json("series", "get", series["id"], "--from", "-2d")["points"]
    times = [at for at, _ in points]
    assert times == sorted(set(times)), "a point stands twice"
    assert times[-1] - times[0] > DAY - 3_600, "a day was to be brought"
    stored = {int(at): value for at, value in points}
    truth = source.truth(number, times[0], times[-1] + MINUTE)
    assert stored.keys() == truth.keys(), "a hole"
    assert all(value == pytest.approx(truth[at], rel=1e-12) for at, value in stored.items())


def synthetic_config(folder: Path) -> str:
    metric = {"metric": "Load", "stats": ["Average"], "kind": "gauge", "unit": "count", "title": {"en": "Load"}}
    group = {
        "namespace": "Synthetic",
        "fixed": True,
        "discover": True,
        "absent": "unknown",
        "metrics": [metric],
    }
    (folder / "mine.yaml").write_text(yaml.safe_dump({"groups": [group]}))
    return yaml.safe_dump(
        {
            "accounts": [{"name": "main", "regions": ["ap-northeast-2"]}],
            "collect": {"catalogue": ["mine.yaml"], "metrics": {"first": "6h", "backfill": "1d"}},
            "web": {"listen": "127.0.0.1:0"},
        }
    )
