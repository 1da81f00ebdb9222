"""A configuration of alerts that cannot work is refused at the start: every fault at once, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.service.test_faults import command

BAD = """
accounts: [{name: main, regions: [ap-northeast-2]}]
alerts:
  shipped: {enabled: false}
  receivers: [{name: tool, webhook: {url: "http://127.0.0.1:9/x"}}]
  route: {receiver: tool, routes: [{match: ["severity=page"], receiver: nowhere}]}
  rules:
    - {id: not-collected, kind: metric, metric: {namespace: AWS/Nope, name: Nothing, stat: Average},
       condition: {op: ">", threshold: 1}}
    - {id: not-kept, kind: metric, metric: {namespace: AWS/EC2, name: CPUUtilization, stat: p13},
       condition: {op: ">", threshold: 1}}
    - {id: bad-template, kind: health, summary: "{{ value | nonsense }}"}
"""


@pytest.mark.parametrize("words", [("config", "validate", "bad.yaml"), ("serve", "--config", "bad.yaml")])
def test_every_fault_is_told_at_once_with_its_place(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "bad.yaml").write_text(BAD)
    code, said = command(tmp_path, *words)
    assert code in {2, 3}, said
    for part in ("AWS/Nope", "p13", "nowhere", "alerts.rules.0", "alerts.rules.1", "alerts.rules.2", "alerts.route"):
        assert part in said, said
