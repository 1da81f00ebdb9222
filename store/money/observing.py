"""Adding what was observed to what is known: the one place that writes observations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.database import upsert
from store.marks import COST_GROUP, advance
from store.money.schema import groups, observations
from store.money.vocabulary import CostObservation, CostRead, keys_text

_Group = tuple[str, str]
"""Its keys as text, and its currency."""
_Place = tuple[_Group, date]
_SAID = ("estimated", "unblended", "amortized", "net", "usage", "unit")
_NOTHING = {"unblended": Decimal(0), "amortized": Decimal(0), "net": Decimal(0), "usage": Decimal(0), "unit": ""}


def append(connection: Connection, read: CostRead, observed: Sequence[CostObservation]) -> int:
    """Add what differs from what is known, inside a transaction; returns how many rows that are.

    Raises:
        ValueError: an observation is outside the read, or two of one group and day differ.
    """
    arrived = _by_place(read, observed)
    last = advance(connection, COST_GROUP, 0)  # from here on nobody else adds any
    known = _groups(connection, read)
    latest = _latest(connection, read, {key: group for group, key in known.items()})
    changed = dict(_changes(read, arrived, latest))
    fresh = sorted({group for group, _ in changed} - known.keys())
    _add_groups(connection, read, fresh, last)
    known |= {group: last + number for number, group in enumerate(fresh, 1)}
    rows = [{"group": known[group], "day": day} | said for (group, day), said in sorted(changed.items(), key=_order)]
    _supersede(connection, rows, {(known[group], day) for group, day in changed if (group, day) in latest})
    upsert(connection, observations, [row | {"superseded_at": None} for row in rows])
    return len(rows)


def _order(item: tuple[_Place, object]) -> _Place:
    return item[0]


def _by_place(read: CostRead, observed: Sequence[CostObservation]) -> dict[_Place, dict[str, Any]]:
    arrived: dict[_Place, dict[str, Any]] = {}
    for one in observed:
        if (one.account, one.view) != (read.account, read.view) or not read.start <= one.day < read.end:
            raise ValueError(f"the observation of {one.account}, {one.view!r}, {one.day} is outside of the read")
        place = ((keys_text(one.keys), one.currency), one.day)
        said = {name: getattr(one, name) for name in (*_SAID, "observed_at")}
        if arrived.setdefault(place, said) != said:
            raise ValueError(f"two observations of {one.keys} on {one.day} differ: add them up before they are kept")
    return arrived


def _groups(connection: Connection, read: CostRead) -> dict[_Group, int]:
    chosen = sa.select(groups.c["keys"], groups.c.currency, groups.c.key)
    chosen = chosen.where(groups.c.account == read.account, groups.c.view == read.view)
    return {(keys, currency): key for keys, currency, key in connection.execute(chosen).all()}


def _latest(connection: Connection, read: CostRead, names: Mapping[int, _Group]) -> dict[_Place, dict[str, Any]]:
    """What is known of the days of the read."""
    mine = sa.select(groups.c.key).where(groups.c.account == read.account, groups.c.view == read.view)
    days = (observations.c.day >= read.start, observations.c.day < read.end)
    chosen = sa.select(observations).where(observations.c.group.in_(mine), *days)
    found = connection.execute(chosen.where(observations.c.superseded_at.is_(None)))
    return {(names[row.group], row.day): dict(row._mapping) for row in found}  # noqa: SLF001  SQLAlchemy's public name


def _changes(
    read: CostRead, arrived: Mapping[_Place, dict[str, Any]], latest: Mapping[_Place, dict[str, Any]]
) -> Iterable[tuple[_Place, dict[str, Any]]]:
    open_days = {day for (_, day), said in arrived.items() if said["estimated"]}
    for place, said in arrived.items():
        known = latest.get(place)
        if known is None:
            if any(said[name] for name in _NOTHING):
                yield place, said
        elif said["observed_at"] > known["observed_at"] and any(said[name] != known[name] for name in _SAID):
            yield place, said
    for place, known in latest.items():
        gone = place not in arrived and any(known[name] for name in _NOTHING)
        if gone and read.read_at > known["observed_at"]:
            yield place, {**_NOTHING, "estimated": place[1] in open_days, "observed_at": read.read_at}


def _add_groups(connection: Connection, read: CostRead, fresh: Sequence[_Group], last: int) -> None:
    rows = [
        {"key": last + number, "account": read.account, "view": read.view, "keys": keys, "currency": currency}
        for number, (keys, currency) in enumerate(fresh, 1)
    ]
    if rows:
        advance(connection, COST_GROUP, len(rows))
        connection.execute(sa.insert(groups), rows)


def _supersede(connection: Connection, rows: Sequence[dict[str, Any]], old: set[tuple[int, date]]) -> None:
    """Tell those that were the latest what followed them."""
    followed: list[dict[str, int | date | datetime]] = [
        {"of_group": row["group"], "of_day": row["day"], "at": row["observed_at"]}
        for row in rows
        if (row["group"], row["day"]) in old
    ]
    if followed:
        mine = (observations.c.group == sa.bindparam("of_group"), observations.c.day == sa.bindparam("of_day"))
        superseded = sa.update(observations).where(*mine, observations.c.superseded_at.is_(None))
        connection.execute(superseded.values(superseded_at=sa.bindparam("at")), followed)
