"""The store as the rest of Lamplighter sees it: one object, one part per concept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from store.alerting.alerts import Alerts
from store.alerting.answers import Rows
from store.alerting.budgets import Budgets
from store.alerting.notices import Notices
from store.alerting.outbox import Outbox
from store.alerting.silences import Silences
from store.config import Retention
from store.cursors import Cursors, write_cursors
from store.database import Database
from store.errors import StoreError
from store.events import Events
from store.facts import Facts
from store.health import Health
from store.history import prune
from store.intents import Intents
from store.jobs import Jobs, verify
from store.meter import Meter
from store.money.anomalies import Anomalies
from store.money.bills import Bills
from store.money.costs import Costs
from store.money.ledger import Ledger
from store.money.reports import Reports
from store.money.savings import Savings
from store.power.record import PowerRecord
from store.resources import Resources
from store.samples.samples import Samples, record_gaps
from store.samples.writing import clean, write_points
from store.series import SeriesCatalogue
from store.vocabulary import Claim, Cursor, Gap, Points, Written


class Store:
    """Everything that is kept. Safe to use from many threads; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.series = SeriesCatalogue(database)
        self.samples = Samples(database, self.series)
        self.cursors = Cursors(database, self.series)
        self.resources = Resources(database)
        self.health = Health(database)
        self.jobs = Jobs(database)
        self.meter = Meter(database)
        self.events = Events(database)
        self.intents = Intents(database)
        self.facts = Facts(database)
        self.alerts = Alerts(database)
        self.notices = Notices(database)
        self.outbox = Outbox(database)
        self.silences = Silences(database)
        self.budgets = Budgets(database)
        self.rows = Rows(database)
        self.costs = Costs(database)
        self.reports = Reports(database)
        self.anomalies = Anomalies(database)
        self.savings = Savings(database)
        self.ledger = Ledger(database)
        self.bills = Bills(database)
        self.power = PowerRecord(database)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def migrate(self) -> None:
        """Bring the database to the newest schema. Safe to run twice, and by two processes at once.

        Raises:
            SchemaAhead: a newer program has migrated it.
        """
        from store.migrate import upgrade  # noqa: PLC0415  Alembic takes longer to import than a command to run

        upgrade(self.database)

    def schema_revision(self) -> str | None:
        """The revision of the schema the database has; None if it was never migrated."""
        from store.migrate import current_revision  # noqa: PLC0415  the same

        with self.database.reading() as connection:
            return current_revision(connection)

    def check(self) -> list[str]:
        """What is wrong with the database, in words with the remedy; empty if nothing is."""
        from store.check import find_problems  # noqa: PLC0415  the same

        try:
            return find_problems(self.database)
        except StoreError as error:
            return [str(error)]

    def prune(self, now: datetime, policy: Retention) -> int:
        """Drop history that is older than the policy keeps, and series that closed long ago; returns how many rows."""
        return prune(self.database, now, policy)

    def commit_collection(
        self,
        *,
        samples: Mapping[str, Sequence[tuple[int, float]] | Points],
        cursors: Sequence[Cursor],
        gaps: Mapping[str, Sequence[Gap]],
        claim: Claim | None,
    ) -> Written:
        """Keep what a collection brought, in one transaction: samples, how far it got, and what it could not get.

        Points that were revised are added to the cursors' `revised`; a promotion that came meanwhile stays.

        Raises:
            LostClaim: another worker has taken over the job; nothing was written.
            BadSample: a value is NaN or infinite; nothing was written.
            UnknownSeries: a series was never declared; nothing was written.
        """
        keys = self.series.keys({*samples, *gaps, *(cursor.series_id for cursor in cursors)})
        batch = clean(samples, keys)
        with self.database.writing() as connection:
            if claim is not None:
                verify(connection, claim)
            tally = write_points(connection, batch)
            write_cursors(connection, cursors, keys, tally.revised)
            record_gaps(connection, {keys[name]: list(some) for name, some in gaps.items()})
        return tally.written

    def ping(self) -> None:
        """Ask the database for nothing, to know that it answers.

        Raises:
            StoreUnavailable: it does not.
        """
        with self.database.reading() as connection:
            connection.execute(sa.select(1))

    def size(self) -> int:
        """The bytes that the database takes: SQLite's file without its log, or the whole PostgreSQL database."""
        with self.database.reading() as connection:
            if not self.database.is_sqlite:
                return int(
                    connection.execute(sa.select(sa.func.pg_database_size(sa.func.current_database()))).scalar_one()
                )
            pages, each = (
                int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()) for name in ("page_count", "page_size")
            )
            return pages * each

    def close(self) -> None:
        """Close every connection."""
        self.database.close()


def open_store(url: str, *, wait: float = 10.0) -> Store:
    """Open the store at a URL; nothing is read, written or migrated yet.

    Args:
        url: `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://user:password@host/name`.
        wait: Seconds to wait for a lock that another program holds.

    Raises:
        StoreUnavailable: the URL names no database that we know.
    """
    return Store(Database(url, wait=wait))
