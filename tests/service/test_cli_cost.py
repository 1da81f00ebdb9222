"""What the command line says of costs, over a store that was filled by hand."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import lamplighter
from store import open_store
from store.money import CostAnomaly, CostObservation, CostRead, Drift, View

TODAY = datetime.now(UTC).date()
NOW = datetime.now(UTC)
VIEWS = {View.TOTAL: (), View.USAGE: ("Amazon RDS", "APN2-InstanceUsage"), View.PLACE: ("postgres", "prod")}


def ran(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setenv("LAMPLIGHTER_HOME", str(folder))
    monkeypatch.chdir(folder)
    return CliRunner().invoke(lamplighter, ["cost", *arguments], standalone_mode=False)


def filled(folder: Path, *, residual: str = "0") -> None:
    """Sixty days at $1.10, the newest two of them estimated, in each view."""
    with open_store(f"sqlite:///{folder / 'lamplighter.db'}") as store:
        store.migrate()
        start = TODAY - timedelta(days=60)
        for view, keys in VIEWS.items():
            lines = [
                CostObservation(
                    "main",
                    view.value,
                    day,
                    keys,
                    "USD",
                    *[Decimal("1.1000000001")] * 3,
                    NOW,
                    day >= TODAY - timedelta(2),
                )
                for day in (start + timedelta(days=number) for number in range(60))
            ]
            rest = [("USD", "unblended", Decimal(residual))] if view is not View.TOTAL else []
            tied = abs(Decimal(residual)) <= Decimal("0.01")
            store.costs.record(CostRead("main", view.value, start, TODAY, NOW, 1, rest, tied), lines)


def test_before_costs_are_known_each_command_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = ran(tmp_path, monkeypatch, "today")
    assert done.return_value == 3
    assert "lamplighter doctor" in done.output
    assert ran(tmp_path, monkeypatch, "top").return_value == 3
    assert ran(tmp_path, monkeypatch, "forecast").return_value == 3
    assert ran(tmp_path, monkeypatch, "anomalies").return_value == 0


def test_the_month_so_far_is_exact_and_says_how_much_may_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path)
    done = ran(tmp_path, monkeypatch, "today", "--json")
    answer = json.loads(done.output)
    days = TODAY.day - 1
    assert done.return_value == 0
    assert answer["tied_out"]
    if days:
        assert Decimal(answer["month"]["amounts"]["USD"]) == days * Decimal("1.1000000001")
        assert Decimal(answer["month"]["estimated"]["USD"]) == min(days, 2) * Decimal("1.1000000001")
    assert "not known yet" in ran(tmp_path, monkeypatch, "today").output


def test_what_does_not_tie_out_is_loud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path, residual="4.20")
    done = ran(tmp_path, monkeypatch, "today", "--json")
    assert done.return_value == 1
    assert not json.loads(done.output)["tied_out"]
    assert "4.20" in str(json.loads(done.output)["untied"])


def test_what_costs_most_stands_beside_as_many_days_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path)
    start, end = TODAY - timedelta(days=20), TODAY - timedelta(days=10)
    done = ran(tmp_path, monkeypatch, "top", "--by", "component", "--from", str(start), "--to", str(end), "--json")
    [row] = json.loads(done.output)["groups"]
    assert (row["key"], row["amount"], row["before"]) == ("postgres", "11.0000000010", "11.0000000010")
    assert Decimal(row["change"]) == 0
    shown = ran(tmp_path, monkeypatch, "top", "--from", str(start), "--to", str(end))
    assert "Amazon RDS" in shown.output


def test_days_in_the_wrong_order_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = ran(tmp_path, monkeypatch, "top", "--from", "2026-11-02", "--to", "2026-11-01")
    assert "is not before" in str(done.exception)
    assert "is no day" in str(ran(tmp_path, monkeypatch, "top", "--from", "yesterday").exception)


def test_an_unusual_cost_that_goes_on_is_a_warning_with_its_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path)
    sums = {name: Decimal(9) for name in ("actual", "expected", "low", "high", "impact")}
    since = TODAY - timedelta(days=3)
    one = CostAnomaly(
        "a1", "service:Amazon RDS", Drift.JUMP, since, TODAY, "USD", **sums, cause="backups grew", detected_at=NOW
    )
    with open_store(f"sqlite:///{tmp_path / 'lamplighter.db'}") as store:
        store.anomalies.upsert([one])
    done = ran(tmp_path, monkeypatch, "anomalies")
    assert done.return_value == 1
    assert "backups grew" in done.output
    assert date.fromisoformat(json.loads(ran(tmp_path, monkeypatch, "anomalies", "--json").output)[0]["from"]) == since


def test_a_file_is_forecast_without_any_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "\n".join(f"{date(2026, 1, 1) + timedelta(days=number)},2.50" for number in range(90))
    (tmp_path / "days.csv").write_text(f"day,amount\n{rows}\n")
    done = ran(tmp_path, monkeypatch, "forecast", "--csv", "days.csv", "--as-of", "2026-03-10", "--json")
    answer = json.loads(done.output)
    assert answer["month_end"]["total"] == "77.50"
    assert answer["next_month"]["total"] == "75.00"
    assert {"method", "scored_on"} <= set(answer)
    assert not (tmp_path / "lamplighter.db").exists()
