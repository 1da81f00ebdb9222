"""What groups cost day by day, by one basis: the lean reading that pages add up."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.money.schema import groups, observations
from store.money.vocabulary import Basis, DayCost

_FIRST = date(1970, 1, 1)
"""Where days are counted from: see `store.money.columns.Day`."""


def read_day_costs(connection: Connection, start: date, end: date, view: str, basis: Basis) -> list[DayCost]:
    """The latest of each group and day in [start, end), in order of day; what cost nothing is left out.

    Raises:
        ValueError: the basis is `BILLED`, which only an imported bill has.
    """
    if basis is Basis.BILLED:
        raise ValueError("Cost Explorer has no billed cost: import a FOCUS or CUR file for it")
    # The columns' own types would make values of what only a few rows need: half of the time.
    day, amount = sa.type_coerce(observations.c.day, sa.BigInteger), sa.type_coerce(observations.c[basis], sa.Text)
    chosen = sa.select(observations.c.group, day, amount, observations.c.estimated).where(
        observations.c.day >= start, observations.c.day < end, observations.c.superseded_at.is_(None)
    )
    mine = sa.select(groups.c.key).where(groups.c.view == view)
    chosen = chosen.where(observations.c.group.in_(mine)).order_by(observations.c.day, observations.c.group)
    rows = connection.execute(chosen).all()
    named = sa.select(groups.c.key, groups.c["keys"], groups.c.currency).where(groups.c.view == view)
    known = {key: (tuple(json.loads(keys)), currency) for key, keys, currency in connection.execute(named)}
    found = []
    for group, number, text, estimated in rows:
        value = Decimal(text)
        if value:
            keys, currency = known[group]
            found.append(DayCost(_FIRST + timedelta(days=number), keys, currency, value, bool(estimated)))
    return found
