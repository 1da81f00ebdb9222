"""A night that is broken off at a call, and goes on: asleep, then awake exactly as before, and the record true."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from store.power import Condition, StepState
from tests.shutdown.crashing import CrashError, crash, crashing
from tests.shutdown.nights import EVENING, MORNING, Night

ROOT = Path(__file__).parents[2]
CALLS = 8
"""Suspend, resize, stop twice; start twice, resize, resume."""


def furnished(night: Night) -> str:
    night.group("dev-backend", (1, 2, 4))
    alone = night.instance("dev-tools")
    night.database("dev-postgres")
    night.inventory()
    night.round(EVENING - timedelta(minutes=1))
    return alone


def go_on(night: Night, start: datetime) -> Condition:
    """Rounds each two minutes from a moment on, until nothing more is to be done; what dev is then."""
    for number in range(8):
        told = night.round(start + timedelta(minutes=2 * number))
    return told.condition


def check(night: Night, alone: str) -> None:
    """Awake, exactly as it was, and no step that claims what did not happen."""
    assert night.sizes("dev-backend") == (1, 2, 4)
    assert night.state_of(alone) == "running"
    described = night.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=["dev-backend"])
    assert described["AutoScalingGroups"][0]["SuspendedProcesses"] == []
    assert night.store.power.saved("dev") == {}
    assert {step.state for step in night.store.power.steps("dev")} == {StepState.CONFIRMED}


@pytest.mark.parametrize("at", [0, 1, 3, 4, 6])
def test_a_stop_that_was_broken_off_is_brought_to_its_end(night: Night, at: int) -> None:
    alone = furnished(night)
    whole = night.around
    night.around = replace(whole, kinds=crashing(whole.kinds, at, crash))
    with pytest.raises(CrashError):
        go_on(night, EVENING)
    night.around = whole
    assert go_on(night, night.now + timedelta(minutes=2)) is Condition.STOPPED
    assert night.sizes("dev-backend") == (0, 0, 0)
    assert go_on(night, MORNING) is Condition.RUNNING
    check(night, alone)


@pytest.mark.soak
@pytest.mark.parametrize("start", [EVENING, MORNING])
def test_kill_9_before_and_after_each_call(night: Night, tmp_path: Path, start: datetime) -> None:
    """A process is really killed at each call in turn, and another one goes on."""
    alone = furnished(night)
    if start == MORNING:
        assert go_on(night, EVENING) is Condition.STOPPED
    now, killed, url = start, 0, f"sqlite:///{tmp_path / 'store.db'}"
    for at in [0, 1] * CALLS:
        # At the first call still to be made: before it, which the next round makes, and after it.
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.shutdown.killed_round",
                url,
                "ap-northeast-2",
                now.isoformat(),
                str(at),
            ],
            cwd=ROOT,
            env={**os.environ, **night.embedded.environment()},
            check=False,
        )
        assert done.returncode in {0, -signal.SIGKILL}
        killed += done.returncode != 0
        now += timedelta(minutes=20)
    assert killed >= CALLS // 2
    if start == EVENING:
        assert go_on(night, now) is Condition.STOPPED
    assert go_on(night, max(now, MORNING)) is Condition.RUNNING
    check(night, alone)
