"""The commands that read AWS: doctor, plan, collect; against the embedded AWS."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from service import cli
from service.demo.launch import EmbeddedAws

CONFIG = {
    "environments": {"dev": None, "staging": None, "prod": None},
    "components": {"frontend": None, "backend": None, "postgres": None, "redis": None},
    "accounts": [{"name": "main", "regions": ["ap-northeast-2"]}],
    "collect": {"skip": ["AWS/EBS", "AWS/EC2", "AWS/RDS", "CWAgent", "AWS/ApplicationELB", "AWS/NATGateway"]},
}


@pytest.fixture
def at_cloudmart(cloudmart: EmbeddedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddedAws:
    for name, value in cloudmart.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LAMPLIGHTER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    write({})
    return cloudmart


def write(changes: dict[str, object], name: str = "lamplighter.yaml") -> None:
    Path(name).write_text(yaml.safe_dump(CONFIG | changes))


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = cli.run(arguments)
    return code, capsys.readouterr().out


@pytest.mark.usefixtures("at_cloudmart")
def test_doctor_finds_nothing_that_blocks(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = answer(capsys, "doctor", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["store"] == []
    assert {"ok", "skipped"} >= {check["verdict"] for check in told["checks"]}


def test_doctor_names_the_blocker_and_exits_2(at_cloudmart: EmbeddedAws, capsys: pytest.CaptureFixture[str]) -> None:
    at_cloudmart.control.fault("deny", service="rds")
    code, out = answer(capsys, "doctor")
    assert code == 2
    assert "rds:DescribeDBInstances" in out
    assert "doctor --iam" in out


@pytest.mark.parametrize("form", ["json", "cloudformation", "terraform"])
@pytest.mark.usefixtures("at_cloudmart")
def test_doctor_prints_the_least_policy(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = answer(capsys, "doctor", "--iam", form)
    assert code == 0
    assert "cloudwatch:GetMetricData" in out
    assert "rds:Delete" not in out


def test_plan_prices_what_is_there_and_keeps_nothing(
    at_cloudmart: EmbeddedAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = answer(capsys, "plan", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["incomplete"] == []
    assert told["series"] == sum(line["series"] for line in told["lines"]) > 50
    assert Decimal(0) < Decimal(told["low"]) <= Decimal(told["high"])
    assert not (tmp_path / "home").exists()
    calls = json.dumps(at_cloudmart.control.meter())
    assert "GetMetricData" not in calls, "a plan reads no metric"


@pytest.mark.usefixtures("at_cloudmart")
def test_plan_against_another_configuration_tells_the_difference(capsys: pytest.CaptureFixture[str]) -> None:
    write({"collect": {**CONFIG["collect"], "metrics": {"every": "10m"}}}, "slower.yaml")  # type: ignore[dict-item]
    code, out = answer(capsys, "plan", "--against", "slower.yaml")
    assert code == 0
    assert "Difference:   +0 series" in out


@pytest.mark.usefixtures("at_cloudmart")
def test_plan_says_when_the_cap_would_cut_back(capsys: pytest.CaptureFixture[str]) -> None:
    write({"bill": {"monthly_cap": 1}})
    code, out = answer(capsys, "plan")
    assert code == 1
    assert "monthly cap" in out.lower()


def test_collect_once_brings_health_and_metrics(at_cloudmart: EmbeddedAws, capsys: pytest.CaptureFixture[str]) -> None:
    assert at_cloudmart.running()
    code, out = answer(capsys, "collect", "--once", "--json")
    assert code == 0, out
    assert {one["outcome"] for one in json.loads(out)} == {"ok"}
    code, out = answer(capsys, "status", "--json")
    assert code == 0
    assert {one["environment"] for one in json.loads(out)["components"]} == {"dev", "staging", "prod"}
    _, out = answer(capsys, "series", "ls", "--namespace", "AWS/CloudFront", "--json")
    assert json.loads(out)
    assert answer(capsys, "collect")[0] == 3


def test_collect_goes_on_where_one_service_is_denied(
    at_cloudmart: EmbeddedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    at_cloudmart.control.fault("deny", service="elasticache")
    code, out = answer(capsys, "collect", "--once", "--only", "inventory")
    assert code == 1
    assert "DescribeCacheClusters" in out
    _, out = answer(capsys, "resources", "ls", "--json")
    types = {one["type"] for one in json.loads(out)}
    assert "rds:db" in types
    assert "elasticache:cluster" not in types
