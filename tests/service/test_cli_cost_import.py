"""`lamplighter cost import`, `total` and `export`: JSON of exact decimals, sentences for people, exit codes."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest

from service import cli
from service.demo.launch import EmbeddedAws
from tests.finops.lake_bills import text

PERIOD = ("--from", "2026-10-01", "--to", "2026-11-01")


@pytest.fixture
def bill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAMPLIGHTER_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LAMPLIGHTER_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "bill.csv"
    path.write_bytes(text([{"BilledCost": "17.876543210988"}, {"BilledCost": "0.123456789012", "Tags": "NULL"}]))
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.run(("cost", *arguments))
    said = capsys.readouterr()
    return code, said.out, said.err


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:  # noqa: ANN401  JSON
    code, out, err = run(capsys, *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def test_import_tells_rows_periods_currencies_and_exact_cost(bill: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "import", str(bill))
    assert {name: told[name] for name in ("rows", "periods", "currencies", "billed_cost", "changed")} == {
        "rows": 2,
        "periods": ["2026-10"],
        "currencies": ["USD"],
        "billed_cost": {"AWS": "18.00"},
        "changed": True,
    }
    again = answer(capsys, "import", str(bill))
    assert (again["changed"], again["billed_cost"]) == (False, {"AWS": "18.00"})


def test_total_prints_exact_decimals_by_group(bill: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer(capsys, "import", str(bill))
    told = answer(capsys, "total", *PERIOD, "--basis", "billed", "--by", "tag:Team")
    assert (told["total"], told["currency"], told["from"], told["to"]) == ("18.00", "USD", "2026-10-01", "2026-11-01")
    assert {group["key"]: group["amount"] for group in told["groups"]} == {
        "web": "17.876543210988",
        "": "0.123456789012",
    }
    assert sum(Decimal(group["amount"]) for group in told["groups"]) == Decimal(told["total"])


def test_several_currencies_have_no_total_but_totals(bill: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bill.write_bytes(text([{}, {"BillingCurrency": "KRW", "BilledCost": "1300"}]))
    assert answer(capsys, "import", str(bill))["billed_cost"] == {"AWS": {"KRW": "1300.00", "USD": "1.00"}}
    told = answer(capsys, "total", *PERIOD, "--basis", "billed")
    assert (told["total"], told["currency"]) == (None, None)
    assert told["totals"] == {"KRW": "1300.00", "USD": "1.00"}


def test_a_broken_file_is_a_sentence_and_changes_nothing(bill: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bill.write_bytes(bill.read_bytes()[:-70])
    code, out, err = run(capsys, "import", str(bill))
    assert (code, out) == (3, "")
    assert "line 3" in err
    assert "Traceback" not in err
    assert run(capsys, "total", *PERIOD, "--basis", "billed")[0] == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "missing.csv"), "missing.csv"),
        (("total", "--from", "2026-11-01", "--to", "2026-10-01"), "not before"),
        (("total", *PERIOD, "--by", "colour"), "tag:KEY"),
        (("export", "--period", "October"), "no month"),
        (("export", "--output", "out.xlsx"), ".parquet"),
    ],
)
def test_a_mistake_is_a_sentence(
    bill: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert bill
    code, _, err = run(capsys, *arguments)
    assert code == 3
    assert said in err


def test_export_writes_what_was_imported(bill: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer(capsys, "import", str(bill))
    told = answer(capsys, "export", "--focus", "1.2", "--output", "out.csv")
    assert told == {"file": "out.csv", "focus": "1.2", "rows": 2, "bills": ["2026-10"], "cost_explorer": []}
    code, out, _ = run(capsys, "export")
    assert (code, out) == (0, (bill.parent / "out.csv").read_text())


@pytest.mark.demo
def test_bills_come_from_s3(
    bill: Path, capsys: pytest.CaptureFixture[str], embedded_aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in embedded_aws.environment().items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", **embedded_aws.client_options())
    client.create_bucket(Bucket="exports", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    client.upload_file(str(bill), "exports", "october/part-1.csv")
    client.put_object(Bucket="exports", Key="october/part-2.csv", Body=text([{"BilledCost": "2"}]))
    assert answer(capsys, "import", "s3://exports/october/")["billed_cost"] == {"AWS": "20.00"}
    code, _, err = run(capsys, "import", "s3://exports/nothing.csv")
    assert code == 3
    assert "s3:GetObject" in err
