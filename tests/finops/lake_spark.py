"""Asks the same expressions of the bills in a folder on an engine: `python lake_spark.py URL FILE…` prints the answers.

Runs in the environment of the engine, which may have no more than Ibis: see `make test-spark`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

from finops.lake.engine import connected, opened, rows
from finops.lake.queries import rolled_up, service_by_day, totals
from store.money import Basis


def answers(url: str, paths: Sequence[str]) -> list[str]:
    """Every answer as sorted text, amounts with all their digits."""
    start, end = date(2026, 10, 1), date(2026, 12, 1)
    found: list[dict[str, Any]] = []
    with connected(url) as connection:
        for table in opened(connection, paths):
            for basis in Basis:
                for by in ("", "service", "component", "tag:Team"):
                    found += rows(totals(table, start, end, basis, by))
            found += rows(service_by_day(table)) + rows(rolled_up(table))
    return sorted(json.dumps(row, default=str, sort_keys=True) for row in found)


if __name__ == "__main__":
    print(json.dumps(answers(sys.argv[1], sys.argv[2:])))  # noqa: T201  that is what it is for
