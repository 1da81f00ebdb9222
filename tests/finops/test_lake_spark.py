"""The same expressions on Spark give the same totals, to the last digit: `make test-spark`."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from store import Store
from tests.finops.lake_bills import CUR_2_0, brought, text
from tests.finops.lake_spark import answers

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-spark" / "bin" / "python"
LOCAL = "pyspark://?spark.master=local[1]&spark.ui.enabled=false&spark.driver.host=127.0.0.1"


@pytest.mark.soak
@pytest.mark.skipif(not PYTHON.exists(), reason="no local Spark: make test-spark installs one into .venv-spark")
def test_spark_gives_the_same_totals_as_duckdb(tmp_path: Path, sqlite_store: Store) -> None:
    november = {"BillingPeriodStart": "2026-11-01T00:00:00Z", "ChargePeriodStart": "2026-11-02T00:00:00Z"}
    many = [{"BilledCost": f"{number}.{number:09d}", "ServiceName": f"service {number % 7}"} for number in range(500)]
    brought(tmp_path, sqlite_store, text([{"Tags": "NULL"}, {**november, "BilledCost": "1.5E-21"}, *many]))
    rows = [{"line_item_unblended_cost": "0.1", "bill_billing_period_start_date": "2026-09-01"}]
    brought(tmp_path, sqlite_store, text(rows, CUR_2_0))
    paths = [str(tmp_path / "lake" / one.path) for one in sqlite_store.bills.files()]
    done = subprocess.run(
        [PYTHON, ROOT / "tests" / "finops" / "lake_spark.py", LOCAL, *paths],
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == answers("duckdb://", paths)
    assert len(paths) == 3
