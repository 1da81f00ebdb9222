"""Driving the command line as a user does, and a synthetic world whose every value is known."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.demo.launch import EmbeddedAws
from service.demo.synthetic import SyntheticSource

SERIES = 600
MINUTE, DAY = 60, 86_400
ONLY = ("--only", "inventory", "--only", "metrics", "--only", "backfill")


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
            nothing_left = all("left to bring" in message or "done" in message for message in backfills)
            if nothing_left and all(one["outcome"] == "ok" for one in ended.values()):
                return
        pytest.fail(f"the backfill does not end: {backfills}")


def kill_again_and_again(lamplighter: Lamplighter, chance: random.Random, times: int) -> None:
    """Serve, and kill -9 at some moment of the first seconds; `times` over."""
    for _ in range(times):
        with lamplighter.popen("serve", output=subprocess.DEVNULL) as process:
            time.sleep(chance.uniform(1.5, 5))
            process.kill()


def check_synthetic(lamplighter: Lamplighter, chance: random.Random, sampled: int) -> None:
    """Every point of some series is there once, with its true value, and there is no hole."""
    source = SyntheticSource(SERIES, gaps=True)
    every = lamplighter.json("series", "ls", "--namespace", "Synthetic")
    assert len(every) == SERIES
    for series in chance.sample(every, sampled):
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
