"""From AWS through the store to page, CSV and command line: every value arrives, whatever is killed on the way."""

from __future__ import annotations

import csv
import io
import os
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from collectors.catalogue import shipped
from service.demo.launch import EmbeddedAws, start
from service.demo.world.configuration import configuration_text
from service.demo.world.replay.series import read_file
from tests.service.driving import Lamplighter, check_synthetic, kill_again_and_again, synthetic_config

REPOSITORY = Path(__file__).parents[2]
OURS = REPOSITORY / "tests" / "demo" / "replay_series"
NAMESPACES = sorted({entry.namespace for entry in shipped().entries})
SUMMED_UP: dict[str, Callable[[list[float]], float]] = {
    "Average": lambda values: sum(values) / len(values),
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
}


def real_series() -> Path:
    shared = os.environ.get("LAMPLIGHTER_SHARED")
    return (Path(shared) if shared else REPOSITORY.parent / "shared") / "data" / "cloudwatch"


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lamplighter, Path]]:
    """The real series where they are, else the few of our own; tests/demo/test_replay.py says when they are missing."""
    source = real_series() if real_series().is_dir() else OURS
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
        # Several files may be of one metric: one resource's series must hold just this file's values.
        found = next((one for one in same if holds(lamplighter, one, rows_of(path))), None)
        assert found is not None, f"no series holds what {path.name} holds"
        told = lamplighter.json("series", "get", found["id"], "--from", "-30d")["points"]
        printed = csv.DictReader(io.StringIO(lamplighter.run("series", "get", found["id"], "--from", "-30d")))
        assert [float(row["value"]) for row in printed] == [value for _, value in told]


def rows_of(path: Path) -> list[tuple[int, float]]:
    with path.open(newline="", encoding="utf-8") as text:
        return [
            (int(datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC).timestamp()), float(row["value"]))
            for row in csv.DictReader(text)
        ]


def holds(lamplighter: Lamplighter, series: dict[str, Any], rows: list[tuple[int, float]]) -> bool:
    """Whether a series holds each row with its value and its spacing, and nothing else."""
    told = lamplighter.json("series", "get", series["id"], "--from", "-30d")
    points = [(int(at), float(value)) for at, value in told["points"]]
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
    kill_again_and_again(lamplighter, chance, 5)
    lamplighter.collect_all()
    check_synthetic(lamplighter, chance, 10)
