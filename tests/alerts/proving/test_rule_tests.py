from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from alerts.errors import RuleInvalid
from alerts.proving.rule_tests import FileResult, run_file

RULES = """
    rules:
      - id: cpu-high
        kind: metric
        metric: {namespace: AWS/EC2, name: CPUUtilization, stat: Average}
        condition: {op: ">", threshold: 50}
        period: 1m
        datapoints: {m: 1, n: 1}
        missing: missing
        for: 1m
        keep_firing_for: 1m
        severity: page
    interval: 1m
"""
STORY = """
    tests:
      - name: holds one minute, then fires
        series:
          - dimensions: {InstanceId: i-1}
            values: "75 85 70 70 10x5 _x3"
        expect:
          - {rule: cpu-high, dimensions: {InstanceId: i-1}, states: "STATES"}
"""


def run(folder: Path, text: str) -> FileResult:
    file = folder / "rules_test.yaml"
    file.write_text(dedent(text), encoding="utf-8")
    return run_file(file)


def test_the_story_of_the_issue_holds(tmp_path: Path) -> None:
    assert run(tmp_path, RULES + STORY.replace("STATES", "PFFFR-------N")).holds


def test_a_question_mark_matches_anything(tmp_path: Path) -> None:
    assert run(tmp_path, RULES + STORY.replace("STATES", "P?FFR-------?")).holds


def test_a_difference_is_marked_below_its_first_letter_and_says_why(tmp_path: Path) -> None:
    result = run(tmp_path, RULES + STORY.replace("STATES", "PFFFRR------N"))

    assert not result.holds
    name, expected, got, mark, total = result.lines()
    assert name == "holds one minute, then fires: cpu-high {InstanceId=i-1}"
    assert expected.index("PFFFRR") == got.index("PFFFR-")
    assert mark.index("^") == expected.index("RR") + 1
    assert "t=5m" in mark
    assert "1 failed" in total


@pytest.mark.parametrize("states", ["PFFFR-------", "PFFFR-------N-"])
def test_another_length_is_a_difference(tmp_path: Path, states: str) -> None:
    assert not run(tmp_path, RULES + STORY.replace("STATES", states)).holds


def test_rules_of_a_file_are_found_beside_it(tmp_path: Path) -> None:
    (tmp_path / "cpu.yaml").write_text(dedent(RULES).replace("interval: 1m\n", ""), encoding="utf-8")

    assert run(tmp_path, "    rule_files: [cpu.yaml]\n" + STORY.replace("STATES", "PFFFR-------N")).holds


def test_rules_that_are_not_enabled_yet_are_tested(tmp_path: Path) -> None:
    off = RULES.replace("severity: page", "enabled: false")

    assert run(tmp_path, off + STORY.replace("STATES", "PFFFR-------N")).holds


def test_what_comes_and_goes_is_told_as_the_rule_has_it_unless_flapping_is_asked_for(tmp_path: Path) -> None:
    plain = RULES.replace("for: 1m", "for: 0s")
    story = STORY.replace("75 85 70 70 10x5 _x3", "75 10 75 10 75 10 75 10 10")

    assert run(tmp_path, plain + story.replace("STATES", "F-F-F-F--")).holds
    assert run(tmp_path, plain + "    flapping: true\n" + story.replace("STATES", "F-F-F-FRR")).holds


def test_several_rules_series_and_kinds_in_one_story(tmp_path: Path) -> None:
    text = """
        rules:
          - {id: cpu, kind: metric, metric: {namespace: AWS/EC2, name: CPU, stat: Average},
             condition: {op: ">", threshold: 50}}
          - {id: slow, kind: metric, metric: {namespace: AWS/EC2, name: CPU, stat: Average}, period: 2m,
             condition: {op: ">", threshold: 50}, environments: [prod]}
          - {id: site, kind: health, failures: 2}
          - {id: both, kind: composite, when: {all: [cpu, site]}, by: []}
        interval: 1m
        tests:
          - series:
              - {dimensions: {InstanceId: i-1}, environment: prod, values: "10 80x3"}
              - {dimensions: {InstanceId: i-2}, values: 10x3}
            health:
              - {check: probe, statuses: "ok criticalx2"}
            expect:
              - {rule: cpu, dimensions: {InstanceId: i-1}, states: "-FFFF"}
              - {rule: slow, dimensions: {InstanceId: i-1}, states: "--FFF"}
              - {rule: site, labels: {check: probe}, states: "--FFF"}
              - {rule: both, states: "--FFF"}
              - {rule: cpu, dimensions: {InstanceId: i-2}, states: "-----"}
    """
    result = run(tmp_path, text)

    assert result.holds, "\n".join(result.lines())


def test_a_broken_file_tells_every_fault_with_its_path(tmp_path: Path) -> None:
    text = """
        rules:
          - {id: a, kind: metrics}
          - {id: b, kind: metric, metric: {namespace: AWS/EC2, name: CPU}, condition: {op: "~", threshold: 1}}
        interval: 5
        tests:
          - seris: 1
            series:
              - {values: "75 stale"}
            expect:
              - {rule: a, states: "FX"}
    """
    with pytest.raises(RuleInvalid) as caught:
        run(tmp_path, text)

    assert {path for path, _, _ in caught.value.faults} >= {
        "interval",
        "tests[0].seris",
        "tests[0].series[0].values",
        "tests[0].expect[0].states",
        "rules[0].kind",
        "rules[1].metric.stat",
        "rules[1].condition.op",
    }


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (("rule: cpu-high", "rule: cpu-hihg"), "tests[0].expect[0].rule"),
        (("values:", "metric: Other\n            values:"), "tests[0].series[0]"),
        (("rules:", "rulez:"), "rulez"),
        (("tests:", "tests: ["), "rules_test.yaml"),
    ],
)
def test_what_does_not_fit_together_is_a_fault(tmp_path: Path, change: tuple[str, str], path: str) -> None:
    with pytest.raises(RuleInvalid) as caught:
        run(tmp_path, (RULES + STORY.replace("STATES", "P")).replace(*change, 1))

    assert path in {fault[0] for fault in caught.value.faults}


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(RuleInvalid, match="cannot be read"):
        run_file(tmp_path / "nothing.yaml")
