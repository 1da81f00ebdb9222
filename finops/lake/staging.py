"""Reads files into the lake's columns: measures and checks every row first, then writes them to a scratch folder."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finops.lake import cur
from finops.lake.columns import LAKE, Kind
from finops.lake.errors import BadBill, LakeNotInstalled
from finops.lake.formats import Format
from finops.lake.reading import MACROS, Raw, identifier, quoted
from finops.lake.sources import Source, not_utf8
from store.messages import Message

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_DIGITS = 38
_SCALES = (12, 18, 24, 30)
_TIMES = "TIMESTAMPTZ '1970-01-01 00:00:00+00' AND TIMESTAMPTZ '9999-12-01 00:00:00+00'"
_FLOATS = ("DOUBLE", "FLOAT")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a file holds: its rows, those without a billed cost, and per kind of number the digits around the point.

    `exact` are the digits behind the point that text and decimals have; `rounded` those of floats, which may be cut.
    """

    rows: int
    without_cost: int
    digits: Mapping[Kind, int]
    exact: Mapping[Kind, int]
    rounded: Mapping[Kind, int]


def connect(scratch: Path) -> DuckDBPyConnection:
    """A DuckDB in memory that spills to the scratch folder.

    Raises:
        LakeNotInstalled: there is no DuckDB.
    """
    try:
        import duckdb  # noqa: PLC0415  of the extra `lake`
        import pyarrow  # noqa: F401, ICN001, PLC0415  the same; a missing one is told now
    except ImportError:
        raise LakeNotInstalled from None
    connection = duckdb.connect(config={"temp_directory": str(scratch / "spill"), "preserve_insertion_order": "false"})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")  # it would stand in the middle of what --json prints
    for macro in MACROS:
        connection.execute(macro)
    return connection


def raw_of(connection: DuckDBPyConnection, source: Source, known: Format) -> Raw:
    """The columns of a source, with DuckDB's types of a Parquet file."""
    raw = Raw(source, known.taken)
    if not source.parquet:
        return raw
    described = _asked(connection, raw, f"DESCRIBE SELECT * FROM {raw.relation()}")  # noqa: S608  quoted
    return replace(raw, types={str(row[0]): str(row[1]) for row in described})


def measure(connection: DuckDBPyConnection, raw: Raw) -> Measured:
    """Read all of a file once.

    Raises:
        BadBill: a row is broken, an amount is no number, a time is none, or a currency is missing; names the line.
    """
    numbers, times = _numbers(raw), _times(raw)
    currency = "line_item_currency_code" if cur.COST in raw.taken else "BillingCurrency"
    cost = cur.COST if cur.COST in raw.taken else "BilledCost"
    checks = [_is_no_number(raw, name) for name in numbers]
    checks += [_is_no_time(raw, name, needed=needed) for name, needed in times.items()]
    checks.append(f"{raw.text(currency)} IS NULL")
    asked = ["count(*)", f"count({raw.text(cost)})", *(f"count(*) FILTER ({check})" for check in checks)]
    for name in numbers:
        direct = raw.type_of(name).startswith("DECIMAL")
        asked += (
            ["NULL", "NULL"] if direct else [f"max(lake_{what}({raw.text(name)}))" for what in ("decimals", "digits")]
        )
    query = f"SELECT {', '.join(asked)} FROM {raw.relation()}"  # noqa: S608  names and literals are quoted
    rows, costs, *rest = _asked(connection, raw, query)[0]
    for name, check, bad in zip((*numbers, *times, currency), checks, rest, strict=False):
        if bad:
            raise _bad_value(connection, raw, name, check)
    digits, exact, rounded = _room(raw, numbers, rest[len(checks) :])
    return Measured(rows, rows - costs, digits, exact, rounded)


def _room(raw: Raw, numbers: Mapping[str, Kind], found: Sequence[int | None]) -> tuple[dict[Kind, int], ...]:
    digits: dict[Kind, int] = {Kind.MONEY: 1, Kind.NUMBER: 1}
    exact, rounded = {Kind.MONEY: 0, Kind.NUMBER: 0}, {Kind.MONEY: 0, Kind.NUMBER: 0}
    for place, (name, kind) in enumerate(numbers.items()):
        behind, before = found[2 * place] or 0, found[2 * place + 1] or 1
        if raw.type_of(name).startswith("DECIMAL"):
            width, behind = (int(number) for number in re.findall(r"\d+", raw.type_of(name)))
            before = width - behind if width < _DIGITS else 1
        into = rounded if raw.type_of(name) in _FLOATS else exact
        into[kind], digits[kind] = max(into[kind], behind), max(digits[kind], before)
    return digits, exact, rounded


def scales(measured: Sequence[Measured]) -> dict[Kind, int]:
    """How many digits behind the point hold every amount to the last one, with room before it for the sum of all.

    Raises:
        BadBill: 38 digits are not enough.
    """
    found: dict[Kind, int] = {}
    rows = sum(one.rows for one in measured)
    for kind, named in ((Kind.MONEY, "costs"), (Kind.NUMBER, "quantities")):
        room = _DIGITS - len(str(rows)) - max((one.digits[kind] for one in measured), default=1)
        exact = max((one.exact[kind] for one in measured), default=0)
        if exact > room:
            if kind is Kind.NUMBER:
                exact = max(room, 0)
            else:
                raise BadBill(
                    Message(
                        "the %(what)s have up to %(before)s digits before the point and %(digits)s behind it: 38 "
                        "digits in all can be kept exactly. Round them before importing",
                        what=named,
                        before=max(one.digits[kind] for one in measured),
                        digits=exact,
                    )
                )
        wish = max(exact, min(room, max((one.rounded[kind] for one in measured), default=0)))
        found[kind] = next((scale for scale in _SCALES if wish <= scale <= room), wish)
    return found


def stage(
    connection: DuckDBPyConnection, raw: Raw, expressions: Mapping[str, str], tags: Mapping[str, str], target: Path
) -> None:
    """Write a file's rows in the lake's columns. `tags` maps `x_Component`, `x_Environment` to the tag that says it."""
    chosen = ", ".join(f"{expression} AS {identifier(name)}" for name, expression in expressions.items())
    ours = {
        "x_Day": "CAST(ChargePeriodStart AS DATE)",
        "x_Period": "strftime(BillingPeriodStart, '%Y-%m')",
        **{name: tag_expression(tag) for name, tag in tags.items()},
    }
    columns = ", ".join(f"{ours.get(one.name, identifier(one.name))} AS {identifier(one.name)}" for one in LAKE)
    query = f"SELECT {columns} FROM (SELECT {chosen} FROM {raw.relation()})"  # noqa: S608  names and literals are quoted
    _asked(connection, raw, f"COPY ({query}) TO {quoted(str(target))} (FORMAT parquet, COMPRESSION zstd)")


def tag_keys(key: str) -> tuple[str, ...]:
    """How a tag's key is written: as it is, with AWS's prefix, and as CUR 2.0 writes it."""
    return tuple(dict.fromkeys((key, f"user:{key}", f"user_{key}", f"user_{key.lower()}", key.lower())))


def tag_expression(key: str) -> str:
    """The value of a tag in SQL."""
    return f"coalesce({', '.join(f'Tags[{quoted(one)}]' for one in tag_keys(key))})"


def _numbers(raw: Raw) -> dict[str, Kind]:
    if cur.COST in raw.taken:
        kinds = dict.fromkeys(sorted(cur.MONEY), Kind.MONEY) | dict.fromkeys(sorted(cur.NUMBERS), Kind.NUMBER)
    else:
        kinds = {column.name: column.kind for column in LAKE if column.kind in {Kind.MONEY, Kind.NUMBER}}
    return {name: kind for name, kind in kinds.items() if name in raw.taken}


def _times(raw: Raw) -> dict[str, bool]:
    """The columns of times, and whether a row must have one."""
    names = ("bill_billing_period_start_date", "line_item_usage_start_date")
    if cur.COST not in raw.taken:
        names = ("BillingPeriodStart", "ChargePeriodStart")
    more = ("BillingPeriodEnd", "ChargePeriodEnd", "bill_billing_period_end_date", "line_item_usage_end_date")
    return dict.fromkeys(names, True) | {name: False for name in more if name in raw.taken}


def _is_no_number(raw: Raw, name: str) -> str:
    text = raw.text(name)
    return (
        f"{text} IS NOT NULL AND (contains({text}, '_') OR NOT coalesce(isfinite(TRY_CAST({text} AS DOUBLE)), false))"
    )


def _is_no_time(raw: Raw, name: str, *, needed: bool) -> str:
    text = raw.text(name)
    bad = f"NOT coalesce(TRY_CAST({text} AS TIMESTAMPTZ) BETWEEN {_TIMES}, false)"
    return bad if needed else f"{text} IS NOT NULL AND {bad}"


def _bad_value(connection: DuckDBPyConnection, raw: Raw, name: str, check: str) -> BadBill:
    column = raw.source.columns[raw.taken[name]]
    numbered = f"SELECT row_number() OVER () AS n, * FROM {raw.relation()}"  # noqa: S608  names and literals are quoted
    connection.execute("SET preserve_insertion_order = true")
    found = connection.execute(
        f"SELECT n, {raw.text(name)} FROM ({numbered}) WHERE {check} ORDER BY n LIMIT 1"  # noqa: S608  the same
    ).fetchone()
    row, value = found or (0, None)
    return BadBill(
        Message(
            "%(file)s, line %(line)s: %(column)s is %(value)s, which cannot be kept. Nothing was imported; "
            "export it again",
            file=raw.source.name,
            line=row if raw.source.parquet else _line(raw.source, row),
            column=column,
            value="empty" if value is None else repr(str(value)[:60]),
        )
    )


def _line(source: Source, row: int) -> int:
    """The line of the file on which its row `row` (from 1) begins; values may hold line ends."""
    with source.path.open(encoding="utf-8-sig", newline="") as file:
        reader, number, begins = csv.reader(file, delimiter=source.delimiter), -1, 1
        for cells in reader:
            number += bool(cells)
            if number == row:
                return begins
            begins = reader.line_num + 1
    return 0


def _asked(connection: DuckDBPyConnection, raw: Raw, query: str) -> list[tuple[Any, ...]]:
    import duckdb  # noqa: PLC0415  of the extra `lake`

    try:
        return connection.execute(query).fetchall()
    except (
        duckdb.InvalidInputException,
        duckdb.ConversionException,
        duckdb.IOException,
        duckdb.SerializationException,
    ) as error:
        raise _broken(raw.source, str(error)) from None
    except duckdb.Error as error:
        if raw.source.parquet:
            raise _broken(raw.source, str(error)) from None
        raise


def _broken(source: Source, said: str) -> BadBill:
    """What DuckDB says of a file, as a sentence with the line."""
    if "No space left" in said:
        return BadBill(Message("there is no room left for %(file)s: free some space", file=source.name))
    if source.parquet:
        return BadBill(
            Message("%(file)s is damaged: its Parquet pages are unreadable. Fetch it again", file=source.name)
        )
    found = re.search(r"Line: (\d+)", said)
    line = int(found[1]) if found else 0
    if "unicode" in said or "utf-8" in said:
        return not_utf8(source.name, line)
    counts = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", said)
    if counts:
        return BadBill(
            Message(
                "%(file)s, line %(line)s: %(found)s columns in place of %(expected)s; the file is cut off or broken "
                "there. Fetch it again",
                file=source.name,
                line=line,
                found=int(counts[2]),
                expected=int(counts[1]),
            )
        )
    if "quote" in said:
        return BadBill(
            Message(
                "%(file)s, line %(line)s: a quoted value does not end; the file is cut off or broken there. "
                "Fetch it again",
                file=source.name,
                line=line,
            )
        )
    return BadBill(
        Message(
            "%(file)s, line %(line)s: this is no CSV that can be read. Export it again", file=source.name, line=line
        )
    )
