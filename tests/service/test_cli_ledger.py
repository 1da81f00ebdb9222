"""What `lamplighter cost ledger` says."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import lamplighter
from store import open_store
from store.money import LedgerEntry, Saving, SavingState

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def ran(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setenv("LAMPLIGHTER_HOME", str(folder))
    monkeypatch.chdir(folder)
    return CliRunner().invoke(lamplighter, ["cost", "ledger", *arguments], standalone_mode=False)


def filled(folder: Path) -> None:
    common = {"kind": "shutdown", "subject": "dev", "recorded_at": NOW, "environment": "dev"}
    entries = [
        LedgerEntry("a", date(2026, 10, 5), currency="USD", expected=Decimal("1.50"), billed=Decimal("1.25"), **common),  # type: ignore[arg-type]
        LedgerEntry("b", date(2026, 10, 6), currency="USD", expected=Decimal("1.50"), **common),  # type: ignore[arg-type]
        LedgerEntry("c", date(2026, 10, 6), currency="KRW", expected=Decimal(900), **common),  # type: ignore[arg-type]
    ]
    one = Saving(
        "idle:db", "idle", "A database that nobody uses", Decimal(30), "USD", "low", "low", (), "", "", NOW, NOW,
        state=SavingState.VERIFIED, decided_at=NOW, verified=Decimal("12.34"), verified_to=date(2026, 11, 1),
    )  # fmt: skip
    with open_store(f"sqlite:///{folder / 'lamplighter.db'}") as store:
        store.migrate()
        store.ledger.record(entries)
        store.savings.put([one])


def test_expected_stands_beside_what_the_bill_bears_out_by_currency(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path)
    done = ran(tmp_path, monkeypatch, "--from", "2026-10-01", "--to", "2026-11-01")
    assert "3.00 USD was to be saved. The bill is final for 1.50 of that and bears out 1.25 USD." in done.output
    assert "900.00 KRW was to be saved. The bill is final for 0.00 of that" in done.output
    assert "A database that nobody uses: verified: 12.34 USD saved by the bill up to 2026-10-31" in done.output
    answer = json.loads(ran(tmp_path, monkeypatch, "--from", "2026-10-01", "--to", "2026-11-01", "--json").output)
    assert answer["totals"]["USD"] == {"expected": "3.00", "known": "1.50", "billed": "1.25"}
    assert [one["billed"] for one in answer["entries"]] == ["1.25", None, None]
    assert answer["savings"][0]["verified"] == "12.34"


def test_days_in_the_wrong_order_are_refused_and_an_empty_ledger_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path)
    done = ran(tmp_path, monkeypatch, "--from", "2026-11-02", "--to", "2026-11-02")
    assert "is not before" in str(done.exception)
    assert "Nothing was to be saved" in ran(tmp_path, monkeypatch, "--from", "2026-01-01", "--to", "2026-01-02").output
