from __future__ import annotations

import pytest

from benchmarks.collection_faults import Verdict, scenarios
from benchmarks.report import Report, Table, Target


def judged(truth: dict[int, float], stored: dict[int, float]) -> Verdict:
    verdict = Verdict()
    verdict.judge(0, truth, stored)
    return verdict


def test_all_points_there_and_right_is_everything() -> None:
    assert judged({0: 1.5, 60: 2.5}, {0: 1.5, 60: 2.5}).share == 100


@pytest.mark.parametrize(
    ("stored", "fault"),
    [({0: 1.5}, "missing"), ({0: 1.5, 60: 2.5000001}, "wrong"), ({0: 1.5, 60: 2.5, 120: 0.0}, "invented")],
)
def test_one_point_that_lacks_differs_or_is_made_up_is_less_than_everything(
    stored: dict[int, float], fault: str
) -> None:
    verdict = judged({0: 1.5, 60: 2.5}, stored)
    assert getattr(verdict, fault) == 1
    assert verdict.share < 100
    assert len(verdict.examples) == 1


def test_nothing_to_compare_is_no_success() -> None:
    assert Verdict().share == 0


def test_the_outage_lasts_two_hours_and_leaves_time_to_recover() -> None:
    everything = scenarios(1440)[-1]
    assert len(everything.outage) == 120
    assert everything.outage.stop < 1440
    assert {fault["kind"] for fault in everything.faults} == {"throttle", "late", "partial", "internal", "html"}


def test_a_target_is_met_at_its_bound_and_missed_beyond() -> None:
    assert Target("bill", 0.25, at_most=0.25).met
    assert not Target("bill", 0.26, at_most=0.25).met
    assert Target("complete", 100, at_least=100).met
    assert not Target("complete", 99.999, at_least=100).met


def test_a_missed_target_is_told_in_the_markdown() -> None:
    table = Table("Speed", ("What", "ms"), (("page", "30"),))
    text = Report("page", (table,), (Target("page", 30, " ms", at_most=20),)).markdown()
    assert "| page |" in text
    assert "- **MISSED**: page: 30 ms (at most 20 ms)" in text
