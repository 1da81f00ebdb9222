"""Commands answer in words and JSON, with exit codes as Nagios has them, and never with a stack trace."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service import cli
from service.cli.answering import parse_moment
from store import Store, open_store
from store.vocabulary import (
    Absent,
    Cursor,
    HealthObservation,
    Resource,
    Series,
    SeriesKey,
    Status,
)

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
HOUR = int(NOW.timestamp()) - 3600
CPU = Series(
    key=SeriesKey("main", "ap-northeast-2", "AWS/EC2", "CPUUtilization", (("InstanceId", "i-1"),), "Average"),
    period=60,
    absent=Absent.UNKNOWN,
    environment="prod",
    component="backend",
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAMPLIGHTER_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LAMPLIGHTER_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def filled(home: Path) -> Path:
    with _store(home) as store:
        store.series.upsert([CPU])
        points = [(HOUR + 60 * n, n / 3) for n in range(60) if n not in {10, 11}]
        cursor = Cursor(CPU.id, HOUR, HOUR + 3600, HOUR, HOUR + 3600)
        store.commit_collection(samples={CPU.id: points}, cursors=[cursor], gaps={}, claim=None)
        instance = Resource("arn:i-1", "ec2:instance", "web-1", "main", "ap-northeast-2", "prod", "backend", "running")
        store.resources.replace("main", "ap-northeast-2", ["ec2:instance"], [instance], NOW)
    return home


def _store(home: Path) -> Store:
    (home / "home").mkdir(exist_ok=True)
    store = open_store(f"sqlite:///{home / 'home' / 'lamplighter.db'}")
    store.migrate()
    return store


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.run(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_series_get_prints_every_point_and_each_gap(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert filled
    code, out, _ = answer(capsys, "series", "get", CPU.id, "--from", str(HOUR), "--to", str(HOUR + 3600), "--json")
    told = json.loads(out)
    assert code == 0
    assert told["series"]["metric"] == "CPUUtilization"
    assert told["points"][:2] == [[HOUR, 0.0], [HOUR + 60, 1 / 3]]
    assert len(told["points"]) == 58
    assert told["gaps"] == [[HOUR + 600, HOUR + 720]]


def test_series_get_prints_csv_whose_values_are_exact(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert filled
    _, out, _ = answer(capsys, "series", "get", CPU.id, "--from", "2026-11-23T02:00", "--to", "2026-11-23T03:00")
    lines = out.splitlines()
    assert lines[0] == "timestamp,value"
    assert lines[2] == "2026-11-23T02:01:00Z,0.3333333333333333"


def test_lists_answer_in_tables_and_json(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert filled
    _, out, _ = answer(capsys, "series", "ls", "--env", "prod")
    assert CPU.id in out
    _, out, _ = answer(capsys, "resources", "ls", "--json")
    assert [one["name"] for one in json.loads(out)] == ["web-1"]
    code, out, err = answer(capsys, "resources", "ls", "--env", "dev")
    assert (code, out) == (1, "")
    assert "lamplighter collect --once" in err


def test_an_unknown_series_is_a_sentence(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert filled
    code, _, err = answer(capsys, "series", "get", "s0")
    assert code == 3
    assert "lamplighter series ls" in err


@pytest.mark.parametrize(
    ("status", "exit_code"), [(Status.OK, 0), (Status.WARN, 1), (Status.CRITICAL, 2), (Status.UNKNOWN, 3)]
)
def test_status_has_the_exit_codes_of_nagios(
    home: Path, capsys: pytest.CaptureFixture[str], status: Status, exit_code: int
) -> None:
    now = datetime.now(UTC)
    seen = HealthObservation("probe:x", "http", "shop", status, "answered", now, "prod", "frontend")
    with _store(home) as store:
        store.health.record([seen])
    (home / "lamplighter.yaml").write_text("environments: {prod: }\ncomponents: {frontend: }")
    code, out, _ = answer(capsys, "status", "--json")
    assert code == exit_code
    assert json.loads(out)["status"] == status.value


def test_status_of_an_empty_store_is_unknown_never_green(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert home
    code, out, _ = answer(capsys, "status")
    assert code == 3
    assert out.startswith("UNKNOWN")


def test_config_validate_lists_the_faults_and_exits_2(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "lamplighter.yaml").write_text("wob: {}\nbill: {monthly_cap: many}")
    code, out, _ = answer(capsys, "config", "validate", "--json")
    assert code == 2
    assert {fault["path"] for fault in json.loads(out)["faults"]} == {"wob", "bill.monthly_cap"}


def test_config_diff_compares_two_files(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "lamplighter.yaml").write_text("bill: {monthly_cap: 10}")
    (home / "old.yaml").write_text("bill: {monthly_cap: 20}")
    code, out, _ = answer(capsys, "config", "diff", "old.yaml")
    assert code == 1
    assert "~ bill.monthly_cap: 20 -> 10" in out


def test_config_diff_without_a_service_that_ran_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert home
    code, _, err = answer(capsys, "config", "diff")
    assert code == 3
    assert "has not loaded a configuration yet" in err


def test_a_backup_comes_back(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, _ = answer(capsys, "backup", "all.backup")
    assert code == 0
    (filled / "lamplighter.yaml").write_text(f"store: {{url: 'sqlite:///{filled}/other.db'}}")
    assert answer(capsys, "restore", "all.backup")[0] == 0
    _, out, _ = answer(capsys, "series", "get", CPU.id, "--from", str(HOUR), "--to", str(HOUR + 3600), "--json")
    assert len(json.loads(out)["points"]) == 58
    code, _, err = answer(capsys, "restore", "all.backup")
    assert code == 3
    assert "--force" in err
    assert answer(capsys, "backup", "all.backup")[0] == 3


def test_mistakes_are_sentences_with_exit_code_3(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert home
    for wrong in (
        ("no-such",),
        ("series", "get"),
        ("series", "get", "s1", "--from", "yesterday"),
        ("status", "--config", "none.yaml"),
        ("status", "--env", "nowhere"),
    ):
        code, _, err = answer(capsys, *wrong)
        assert code == 3, wrong
        assert "Traceback" not in err
        assert err


def test_help_names_every_command_without_importing_boto3_or_flask() -> None:
    program = (
        "import sys; from service.cli import run; run(['--help']);"
        "heavy = {'boto3', 'botocore', 'flask', 'numpy', 'sqlalchemy', 'pandas'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert all(name in ended.stdout for name in ("serve", "demo", "doctor", "backup", "completion"))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = answer(capsys, "completion", shell)
    assert code == 0
    assert "_LAMPLIGHTER_COMPLETE" in out


def test_moments_are_read_as_people_write_them() -> None:
    assert parse_moment("now", NOW) == NOW
    assert parse_moment("-90m", NOW) == datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    assert parse_moment("2026-11-23T12:00+09:00", NOW) == NOW
    assert parse_moment("1795402800", NOW) == NOW
    for wrong in ("", "yesterday", "-3", "1e99", "9" * 40):
        with pytest.raises(ValueError, match="point in time"):
            parse_moment(wrong, NOW)
