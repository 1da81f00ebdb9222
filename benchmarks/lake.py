"""Imported bills: rows a second and memory of an import, and service by day beside plain DuckDB SQL and pandas.

20 million rows as FOCUS has them (a month of 31 days, 40 services), written by DuckDB with a fixed seed; `--quick` has
one million. Each measurement is a process of its own, so that the memory is its own; the best of three counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.report import Progress, Report, Scale, Table, Target, ratio, run_alone

ROWS = {"quick": 1_000_000, "standard": 20_000_000, "full": 20_000_000}
REPEATS = 3

_MAKE = """
SELECT CAST(round(random() * 10, 9) AS DECIMAL(18, 9)) AS BilledCost,
  CAST(round(random() * 9, 9) AS DECIMAL(18, 9)) AS EffectiveCost,
  'USD' AS BillingCurrency, TIMESTAMP '2026-10-01' AS BillingPeriodStart, TIMESTAMP '2026-11-01' AS BillingPeriodEnd,
  TIMESTAMP '2026-10-01' + to_days(CAST(i % 31 AS INTEGER)) AS ChargePeriodStart, 'Usage' AS ChargeCategory,
  'AWS' AS ProviderName, 'Service ' || (i * 7 % 40) AS ServiceName, 'ap-northeast-' || (i % 4) AS RegionId,
  'account-' || (i % 12) AS SubAccountId, 'resource-' || (i % 50000) AS ResourceId,
  CASE i % 3 WHEN 0 THEN '{"Component":"backend","Team":"a"}' WHEN 1 THEN '{"Component":"frontend"}' END AS Tags
FROM range(ROWS) t(i)
"""

_WAYS = {
    "lake": """
from finops.lake.engine import connected, opened, rows
from finops.lake.queries import service_by_day
def ask():
    with connected() as connection:
        return [row for table in opened(connection, paths) for row in rows(service_by_day(table))]
""",
    "DuckDB SQL": """
import duckdb
def ask():
    return duckdb.connect().execute(
        "SELECT x_Day, BillingCurrency, ServiceName, sum(BilledCost) FROM read_parquet(?) GROUP BY ALL", [paths]
    ).fetchall()
""",
    "pandas": """
import pandas as pd
def ask():
    frame = pd.read_parquet(paths[0], columns=["x_Day", "BillingCurrency", "ServiceName", "BilledCost"])
    frame["BilledCost"] = frame["BilledCost"].astype(float)
    return frame.groupby(["x_Day", "BillingCurrency", "ServiceName"])["BilledCost"].sum().reset_index().values.tolist()
""",
}
_ASK = """
import json, resource, sys, time
paths = sys.argv[1:]
{way}
spent = []
for _ in range({repeats}):
    begun = time.perf_counter()
    found = ask()
    spent.append(time.perf_counter() - begun)
print(json.dumps([min(spent), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, len(found)]))
"""
_IMPORT = """
import json, resource, sys, time
from datetime import datetime, UTC
from pathlib import Path
from finops.lake.importing import Lake, import_bills
from store import open_store
folder, bill = Path(sys.argv[1]), Path(sys.argv[2])
with open_store(f"sqlite:///{folder / 'store.db'}") as store:
    store.migrate()
    begun = time.perf_counter()
    lake = Lake(folder / "lake", store.bills, {"x_Component": "Component", "x_Environment": "Environment"})
    found = import_bills(lake, [(bill.name, bill)], datetime.now(UTC))
    spent = time.perf_counter() - begun
    begun = time.perf_counter()
    rolled = store.bills.rolled(datetime(2026, 10, 1).date(), datetime(2026, 11, 1).date())
    read = time.perf_counter() - begun
print(json.dumps([spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, found.rows, len(rolled), read]))
"""


def measure(scale: Scale, progress: Progress) -> Report:
    """Import the month, then ask it in each way."""
    import duckdb  # noqa: PLC0415  an extra

    count = ROWS[scale]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bill = folder / "bill.parquet"
        progress("making the bill")
        maker = duckdb.connect()
        maker.execute("SELECT setseed(0.4)")
        maker.execute(f"COPY ({_MAKE.replace('ROWS', str(count))}) TO '{bill}' (FORMAT parquet)")
        maker.close()
        progress("importing")
        spent, memory, rows, rolled, read = _run(_IMPORT, [str(folder), str(bill)])
        paths = [str(path) for path in (folder / "lake").glob("*/*/*.parquet")]
        size = sum(Path(path).stat().st_size for path in paths)
        asked = {}
        for way, code in _WAYS.items():
            progress(f"asking with {way}")
            asked[way] = _run(_ASK.format(way=code, repeats=REPEATS), paths)
    progress("done", done=True)
    if rows != count or len({found for _, _, found in asked.values()}) != 1:
        raise ValueError((rows, asked))
    imported = Table(
        f"Import of {count:,} FOCUS rows from Parquet",
        ("", "seconds", "rows a second", "memory MiB", "bytes a row kept", "roll-ups", "reading them, s"),
        (
            (
                "import",
                f"{spent:.1f}",
                f"{rows / spent:,.0f}",
                f"{memory:,.0f}",
                f"{size / rows:.1f}",
                f"{rolled:,}",
                f"{read:.2f}",
            ),
        ),
        ("The whole way: digest, check of every value, Parquet, flush to the disk, roll-ups, manifest.",),
    )
    plain = asked["DuckDB SQL"][0]
    lines = tuple(
        (way, f"{seconds:.2f}", ratio(seconds, plain), f"{count / seconds:,.0f}", f"{used:,.0f}")
        for way, (seconds, used, _) in asked.items()
    )
    notes = (f"Best of {REPEATS}, each way a process of its own; pandas adds up floats, the others exact decimals.",)
    query = Table("Service by day", ("", "seconds", "beside SQL", "rows a second", "memory MiB"), lines, notes)
    target = Target("service by day beside plain DuckDB SQL", asked["lake"][0] / plain, " x", at_most=1.5)
    figures: dict[str, Any] = {"import": [spent, memory, rows, rolled, read], "asked": asked}
    return Report("lake", (imported, query), (target,), figures)


def _run(code: str, arguments: list[str]) -> list[Any]:
    done = subprocess.run([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return list(json.loads(done.stdout))


if __name__ == "__main__":
    sys.exit(run_alone(measure, "lake"))
