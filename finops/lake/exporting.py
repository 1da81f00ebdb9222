"""Writes costs as a FOCUS 1.2 file: imported bills, or what Cost Explorer told of a month that no bill covers."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from finops.lake import staging
from finops.lake.columns import FOCUS, LAKE, Column, Kind
from finops.lake.errors import LakeError
from finops.lake.filling import FILLED
from finops.lake.reading import identifier, quoted
from store.messages import Message
from store.money import CostObservation, View

if TYPE_CHECKING:
    from store import Store
ISSUER = "x_InvoiceIssuerName"
EXPORTED = (*FOCUS, Column(ISSUER, since=""), Column("x_UsageType", since=""))
"""The columns of the file."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: its rows, the periods of bills, and the periods that only Cost Explorer told of."""

    rows: int
    from_bills: tuple[str, ...]
    from_cost_explorer: tuple[str, ...]


def export_focus(store: Store, folder: Path, target: Path, period: str | None) -> Exported:
    """Write a month (2026-10), or all that are known, to a .csv or .parquet file: whole or not at all.

    Raises:
        LakeError: nothing is known of the period, or the file's name has another ending.
        LakeNotInstalled: the extra `lake` is missing.
    """
    if target.suffix not in {".csv", ".parquet"}:
        raise LakeError(Message("%(file)s: name a file that ends with .csv or .parquet", file=str(target)))
    bills = [one for one in store.bills.files() if period in {None, one.period}]
    covered = {one.period for one in bills}
    told = _told(store, period, covered)
    if not bills and not told:
        raise LakeError(
            Message(
                "no cost is known of %(period)s: import a bill, or let Cost Explorer be read first",
                period=period or "any month",
            )
        )
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".lamplighter-export-") as scratch:
        parts = [folder / one.path for one in bills]
        connection = staging.connect(Path(scratch))
        try:
            if told:
                parts.append(_as_parquet(told, Path(scratch)))
            count = _write(connection, parts, Path(scratch) / target.name)
        finally:
            connection.close()
        draft = Path(scratch) / target.name
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(target)
    return Exported(count, tuple(sorted(covered)), tuple(sorted({f"{one.day:%Y-%m}" for one in told})))


def _write(connection: Any, parts: Sequence[Path], target: Path) -> int:  # noqa: ANN401  DuckDB is an extra
    csv = target.suffix == ".csv"
    filled = ", ".join(f"{_filled(one.name)} AS {identifier(one.name)}" for one in EXPORTED)
    shown = ", ".join(f"{_shown(one.name, one.kind, csv=csv)} AS {identifier(one.name)}" for one in EXPORTED)
    files = ", ".join(quoted(str(part)) for part in parts)
    query = f"SELECT {shown} FROM (SELECT {filled} FROM read_parquet([{files}], union_by_name=true))"  # noqa: S608  quoted
    form = "FORMAT csv, HEADER true" if csv else "FORMAT parquet, COMPRESSION zstd"
    return int(connection.execute(f"COPY ({query}) TO {quoted(str(target))} ({form})").fetchall()[0][0])


def _filled(name: str) -> str:
    return FILLED.get(name, identifier(name.removeprefix("x_")) if name == ISSUER else identifier(name))


def _shown(name: str, kind: Kind, *, csv: bool) -> str:
    """How a value is written: times in ISO 8601 with Z, decimals without idle zeros, tags as JSON."""
    column = identifier(name)
    if kind is Kind.TAGS:
        return f"CAST(to_json(coalesce({column}, MAP {{}})) AS VARCHAR)"
    if not csv:
        return column
    if kind is Kind.TIME:
        return f"strftime({column}, '%Y-%m-%dT%H:%M:%SZ')"
    if kind in {Kind.MONEY, Kind.NUMBER}:
        text = f"CAST({column} AS VARCHAR)"
        return f"regexp_replace({text}, '(\\.\\d+?)0*$', '\\1')"
    return column


def _told(store: Store, period: str | None, covered: Iterable[str]) -> list[CostObservation]:
    """What Cost Explorer told of the months that no bill covers."""
    span = store.costs.span(View.USAGE.value)
    if span is None:
        return []
    lines = store.costs.lines(*span, view=View.USAGE.value)
    months = set(covered)
    return [one for one in lines if f"{one.day:%Y-%m}" not in months and period in {None, f"{one.day:%Y-%m}"}]


def _as_parquet(lines: Sequence[CostObservation], scratch: Path) -> Path:
    """Observations of Cost Explorer as rows of the lake: what it does not tell stays empty."""
    import pyarrow as pa  # noqa: PLC0415  of the extra `lake`
    import pyarrow.parquet as pq  # noqa: PLC0415  the same

    kinds = {
        Kind.TEXT: pa.string(),
        Kind.TIME: pa.timestamp("us"),
        Kind.DAY: pa.date32(),
        Kind.MONEY: pa.decimal128(38, 18),
        Kind.NUMBER: pa.decimal128(38, 18),
        Kind.TAGS: pa.map_(pa.string(), pa.string()),
    }
    schema = pa.schema([(column.name, kinds[column.kind]) for column in LAKE])
    target = scratch / f"{uuid4().hex}.parquet"
    pq.write_table(pa.Table.from_pylist([_row(one) for one in lines], schema=schema), target)
    return target


def _row(one: CostObservation) -> dict[str, Any]:
    service, usage_type = one.keys
    month = one.day.replace(day=1)
    return {
        "BilledCost": one.unblended,
        "EffectiveCost": one.amortized,
        "BillingAccountId": one.account,
        "SubAccountId": one.account,
        "BillingCurrency": one.currency,
        "BillingPeriodStart": _midnight(month),
        "ChargePeriodStart": _midnight(one.day),
        "ChargePeriodEnd": _midnight(one.day + timedelta(days=1)),
        "ChargeCategory": "Tax" if service == "Tax" else "Usage",
        "ChargeDescription": usage_type,
        "ProviderName": "AWS",
        "ServiceName": service,
        "ConsumedQuantity": one.usage if one.unit else None,
        "ConsumedUnit": one.unit or None,
        "x_Day": one.day,
        "x_UsageType": usage_type,
    }


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  the lake's times are UTC without saying so
