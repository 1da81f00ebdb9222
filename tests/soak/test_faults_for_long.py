"""Long fault runs, outside `make test`: `make soak`."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from service.demo.launch import EmbeddedAws
from tests.service.driving import Lamplighter, check_synthetic, kill_again_and_again, synthetic_config

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("seed", range(5))
def test_kills_throttles_partial_answers_and_late_points_together(
    tmp_path: Path, synthetic_aws: EmbeddedAws, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  no secret
    control = synthetic_aws.control
    control.fault("throttle", rate=0.05, seed=seed)
    control.fault("partial", rate=0.05, seed=seed)
    control.fault("internal", rate=0.02, seed=seed)
    control.fault("late", seconds=300, rate=0.1, seed=seed)
    lamplighter = Lamplighter(tmp_path, synthetic_aws, synthetic_config(tmp_path))
    kill_again_and_again(lamplighter, chance, 40)
    control.clear_faults()
    lamplighter.collect_all()
    check_synthetic(lamplighter, chance, 60)
