"""Tells FOCUS and CUR apart by their columns, and says for each column of the lake what it is made from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from finops.lake import cur
from finops.lake.columns import FOCUS, REQUIRED, Kind
from finops.lake.errors import BadBill
from finops.lake.reading import Raw
from store.messages import Message

_NEWER = {column.name for column in FOCUS if column.since == "1.2"}
_FOCUS_EXTRA = {"xUsageType": "x_UsageType"}


@dataclass(frozen=True, slots=True)
class Format:
    """What a file is. `taken` maps the name that we know a column by to its place in the file."""

    name: str
    taken: Mapping[str, int]
    dropped: Sequence[str]
    expressions: Callable[[Raw], Mapping[str, str]]


def detect(file: str, columns: Sequence[str]) -> Format:
    """The format of a file with these columns.

    Raises:
        BadBill: it is no format that we read, or lacks a column without which nothing can be added up.
    """
    snake = {_snake(name): place for place, name in reversed(list(enumerate(columns)))}
    if cur.COST in snake:
        _demand(file, "CUR", cur.REQUIRED, snake)
        taken = {name: place for name, place in snake.items() if cur.wanted(name)}
        return Format("cur-2.0", taken, _rest(columns, taken), cur.expressions)
    plain = {_plain(name): place for place, name in reversed(list(enumerate(columns)))}
    taken = {column.name: plain[_plain(column.name)] for column in FOCUS if _plain(column.name) in plain}
    if "xusagetype" in plain:
        taken["x_UsageType"] = plain["xusagetype"]
    if not {"BilledCost", "ChargePeriodStart"} & set(taken):
        raise BadBill(
            Message(
                "%(file)s is neither a FOCUS nor a CUR 2.0 file: its first line has none of their columns. "
                "Check that the first line holds the column names",
                file=file,
            )
        )
    _demand(file, "FOCUS", REQUIRED, taken)
    version = "focus-1.2" if _NEWER & set(taken) else "focus-1.0"
    return Format(version, taken, _rest(columns, taken), _focus)


def _focus(raw: Raw) -> Mapping[str, str]:
    made = {column.name: raw.read(column.name, column.kind) for column in FOCUS}
    provider = [raw.text(name) for name in ("ProviderName", "InvoiceIssuerName", "PublisherName")]
    return made | {
        "ProviderName": f"coalesce({', '.join(provider)}, 'unknown')",
        "x_Unblended": raw.read("x_Unblended", Kind.MONEY),
        "x_Net": raw.read("x_Net", Kind.MONEY),
        "x_UsageType": raw.text("x_UsageType"),
    }


def _demand(file: str, kind: str, wanted: Sequence[str], found: Mapping[str, int]) -> None:
    if missing := [name for name in wanted if name not in found]:
        raise BadBill(
            Message(
                "%(file)s looks like %(kind)s but lacks %(columns)s: export it with all columns",
                file=file,
                kind=kind,
                columns=", ".join(missing),
            )
        )


def _rest(columns: Sequence[str], taken: Mapping[str, int]) -> tuple[str, ...]:
    places = set(taken.values())
    return tuple(name for place, name in enumerate(columns) if place not in places)


def _plain(name: str) -> str:
    """`Billed_Cost` and `BILLEDCOST` are BilledCost: databases that exports go through change the letters."""
    return name.replace("_", "").replace(" ", "").lower()


def _snake(name: str) -> str:
    """`lineItem/UnblendedCost` of the older report is `line_item_unblended_cost`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.replace("/", "_").replace(":", "_")).replace("__", "_").lower()
