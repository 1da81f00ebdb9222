"""Cost Explorer that is not enabled, or refuses a call: what the collector keeps, `cost today` and the doctor say."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from service import cli
from service.demo.launch import EmbeddedAws

CONFIG = {
    "environments": {"prod": None},
    "components": {"backend": None},
    "accounts": [{"name": "main", "regions": ["ap-northeast-2"]}],
}


@pytest.fixture
def aws(cloudmart: EmbeddedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddedAws:
    for name, value in cloudmart.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LAMPLIGHTER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("lamplighter.yaml").write_text(yaml.safe_dump(CONFIG))
    return cloudmart


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = cli.run(arguments)
    return code, " ".join(capsys.readouterr().out.split())


def test_where_it_is_not_enabled_everybody_says_so_with_the_remedy(
    aws: EmbeddedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.control.money(enabled=False)
    code, said = answer(capsys, "collect", "--once", "--only", "costs")
    assert code == 2
    assert "not switched on" in said
    code, said = answer(capsys, "cost", "today")
    assert code == 3
    assert "not switched on" in said
    assert "within 24 hours" in said
    code, said = answer(capsys, "doctor")
    assert code == 2
    assert "Switch Cost Explorer on, or collect.costs off." in said


def test_the_doctor_tells_of_a_priced_call_what_came_of_it_last(
    aws: EmbeddedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = answer(capsys, "doctor")
    assert code == 0
    assert (
        "ce:GetAnomalies: not tried by itself: each try costs $0.01; `lamplighter serve` has not asked it yet" in said
    )
    aws.control.fault("deny", service="ce", action="GetAnomalies")
    assert answer(capsys, "collect", "--once", "--only", "costs")[0] == 1
    aws.control.clear_faults()
    aws.control.reset_meter()
    code, said = answer(capsys, "doctor")
    assert code == 2
    assert "DENIED ce:GetAnomalies: AWS refused it when costs were last read" in said
    assert "Allow ce:GetAnomalies on *" in said
    assert "ok ce:GetCostForecast: AWS's own forecast: answered when it was last asked" in said
    paid = [row for row in aws.control.meter()["rows"] if row["service"] == "ce"]
    assert [row["action"] for row in paid] == ["GetCostAndUsage"], "the doctor pays for one call alone"
