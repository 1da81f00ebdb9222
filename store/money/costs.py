"""What Cost Explorer said and when: observations are only ever added, and each read tells which days it covers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import sqlalchemy as sa

from store.database import Database, upsert
from store.jobs import verify
from store.money.day_costs import read_day_costs
from store.money.observing import append
from store.money.reports import read_reports, write_reports
from store.money.schema import groups, observations, reads
from store.money.vocabulary import (
    AwsForecast,
    Basis,
    Commitment,
    CostObservation,
    CostRead,
    CostTag,
    DayCost,
    Restatement,
)
from store.vocabulary import Claim

_AT_ONCE = 1_000
_AS_IT_IS = ("account", "view", "day", "currency", "unblended", "amortized", "net", "observed_at", "estimated")
_Kind = TypeVar("_Kind")


class Costs:
    """Costs as they were observed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, read: CostRead, observed: Sequence[CostObservation], claim: Claim | None = None) -> int:
        """Keep a whole read, in one transaction; returns how many observations are new.

        A row is added only where it differs from the latest of its account, view, day, keys and currency. A group that
        is known for a day of the read and is not among the observed gets one of zero. What is not newer than the latest
        of its group and day (a read that was overtaken, a clock that went back) adds nothing.

        Raises:
            LostClaim: another worker has taken over the job; nothing was written.
            ValueError: an observation is outside the read, or two of one group and day differ; nothing was written.
        """
        row = {name: getattr(read, name) for name in ("account", "view", "read_at", "start", "end", "pages", "tied")}
        row["residuals"] = [[currency, basis, str(amount)] for currency, basis, amount in read.residuals]
        with self._database.writing() as connection:
            if claim is not None:
                verify(connection, claim)
            added = append(connection, read, observed)
            upsert(connection, reads, [row], update=("start", "end", "pages", "tied", "residuals"))
        return added

    def lines(
        self, start: date, end: date, *, view: str, account: str | None = None, as_of: datetime | None = None
    ) -> list[CostObservation]:
        """The latest of each group and day in [start, end), in order of day and keys; zeros are left out.

        `as_of`: as it was known at that moment. A line whose costs are zero but whose usage is not (a free tier) stays.
        """
        chosen = _observed(view, account).where(observations.c.day >= start, observations.c.day < end)
        if as_of is None:
            chosen = chosen.where(observations.c.superseded_at.is_(None))
        else:
            later = sa.or_(observations.c.superseded_at.is_(None), observations.c.superseded_at > as_of)
            chosen = chosen.where(observations.c.observed_at <= as_of, later)
        chosen = chosen.order_by(observations.c.day, groups.c.account, groups.c["keys"], groups.c.currency)
        with self._database.reading() as connection:
            found = [_to_observation(row) for row in connection.execute(chosen)]
        return [one for one in found if one.unblended or one.amortized or one.net or one.usage]

    def by_day(self, start: date, end: date, *, view: str, basis: Basis) -> list[DayCost]:
        """The same of all accounts by one basis alone, as pages add it up; what cost nothing by it is left out.

        Raises:
            ValueError: the basis is `BILLED`, which only an imported bill has.
        """
        with self._database.reading() as connection:
            return read_day_costs(connection, start, end, view, basis)

    def restatements(
        self, start: date, end: date, *, view: str, account: str | None = None, limit: int = 200
    ) -> list[Restatement]:
        """What AWS told differently later of the days [start, end), newest first. By unblended cost."""
        chosen = _restated(view, account).where(observations.c.day >= start, observations.c.day < end)
        found: list[Restatement] = []
        streaming = {"yield_per": _AT_ONCE}
        with self._database.reading() as connection, connection.execute(chosen, execution_options=streaming) as result:
            for row in result:
                if row.before != row.after:  # 1.0 and 1.00 are other texts
                    kept = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name
                    found.append(Restatement(**kept | {"keys": tuple(json.loads(kept["keys"]))}))
                if len(found) >= limit:
                    break
        return found

    def reads(self, *, account: str | None = None, view: str | None = None, limit: int = 50) -> list[CostRead]:
        """The newest reads, newest first."""
        chosen = sa.select(reads).order_by(reads.c.read_at.desc(), reads.c.account, reads.c.view).limit(limit)
        if account is not None:
            chosen = chosen.where(reads.c.account == account)
        if view is not None:
            chosen = chosen.where(reads.c.view == view)
        with self._database.reading() as connection:
            return [_to_read(row) for row in connection.execute(chosen)]

    def newest_reads(self) -> list[CostRead]:
        """The newest read of each account and view, in order of these."""
        rank = sa.func.row_number().over(partition_by=(reads.c.account, reads.c.view), order_by=reads.c.read_at.desc())
        ranked = sa.select(reads, rank.label("rank")).subquery()
        chosen = sa.select(*(ranked.c[one.name] for one in reads.columns)).where(ranked.c.rank == 1)
        with self._database.reading() as connection:
            return [_to_read(row) for row in connection.execute(chosen.order_by(ranked.c.account, ranked.c.view))]

    def span(self, view: str, account: str | None = None) -> tuple[date, date] | None:
        """The first day of a view that was read and the day after the last, also if they cost nothing; None: none."""
        chosen = sa.select(sa.func.min(reads.c.start), sa.func.max(reads.c.end)).where(reads.c.view == view)
        if account is not None:
            chosen = chosen.where(reads.c.account == account)
        with self._database.reading() as connection:
            start, end = connection.execute(chosen).one()
        return None if start is None or end is None else (start, end)

    def record_commitments(self, some: Sequence[Commitment]) -> None:
        """Keep coverage and utilisation; of one account, kind and period the newest stays."""
        self._put({f"{one.account} {one.kind} {one.start} {one.end}": one for one in some})

    def commitments(self) -> list[Commitment]:
        """Coverage and utilisation of every account, kind and period, newest period first."""
        return sorted(self._all(Commitment), key=lambda one: one.start, reverse=True)

    def record_aws_forecast(self, one: AwsForecast) -> None:
        """Keep what AWS forecasts of a period; of one account and period (its end) the newest stays."""
        self._put({f"{one.account} {one.end}": one})

    def aws_forecasts(self) -> list[AwsForecast]:
        """What AWS forecasts: the newest of each account and period, newest period first."""
        return sorted(self._all(AwsForecast), key=lambda one: one.end, reverse=True)

    def record_tags(self, some: Sequence[CostTag]) -> None:
        """Keep which tags are activated for billing."""
        self._put({f"{one.account} {one.key}": one for one in some})

    def tags(self) -> list[CostTag]:
        """The tags of every account, in order of account and key."""
        return sorted(self._all(CostTag), key=lambda one: (one.account, one.key))

    def _put(self, values: Mapping[str, Commitment | AwsForecast | CostTag]) -> None:
        with self._database.writing() as connection:
            for key, one in sorted(values.items()):
                write_reports(connection, {key: one}, one.read_at)

    def _all(self, kind: type[_Kind]) -> list[_Kind]:
        with self._database.reading() as connection:
            return list(read_reports(connection, kind).values())


def _observed(view: str, account: str | None) -> sa.Select[Any]:
    chosen: sa.Select[Any] = sa.select(
        observations, groups.c.account, groups.c.view, groups.c["keys"], groups.c.currency
    )
    chosen = chosen.join_from(observations, groups, groups.c.key == observations.c.group).where(groups.c.view == view)
    return chosen if account is None else chosen.where(groups.c.account == account)


def _restated(view: str, account: str | None) -> sa.Select[Any]:
    """Observations beside the one that each of them followed, newest first."""
    before = observations.alias("before")
    followed = (before.c.group == observations.c.group, before.c.day == observations.c.day)
    columns: list[sa.ColumnElement[Any]] = [groups.c[name] for name in ("account", "view", "keys", "currency")]
    columns += [
        observations.c.day,
        before.c.unblended.label("before"),
        observations.c.unblended.label("after"),
        before.c.observed_at.label("before_at"),
        observations.c.observed_at.label("after_at"),
    ]
    chosen: sa.Select[Any] = sa.select(*columns).select_from(observations)
    chosen = chosen.join(groups, groups.c.key == observations.c.group)
    chosen = chosen.join(before, sa.and_(*followed, before.c.superseded_at == observations.c.observed_at))
    chosen = chosen.where(groups.c.view == view, before.c.unblended != observations.c.unblended)
    newest = (observations.c.observed_at.desc(), observations.c.day.desc(), groups.c["keys"], groups.c.currency)
    return chosen.order_by(*newest) if account is None else chosen.where(groups.c.account == account).order_by(*newest)


def _to_observation(row: sa.Row[Any]) -> CostObservation:
    kept = row._mapping  # noqa: SLF001  SQLAlchemy's public name
    values = {name: kept[name] for name in (*_AS_IT_IS, "usage", "unit")}
    return CostObservation(keys=tuple(json.loads(kept["keys"])), **values)


def _to_read(row: sa.Row[Any]) -> CostRead:
    kept = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name
    residuals = tuple((currency, basis, Decimal(amount)) for currency, basis, amount in kept["residuals"])
    return CostRead(**kept | {"residuals": residuals})
