"""Recurring work: when it is due, who runs it under which lease, and how it went.

A claim is a row lease with a fencing epoch. The epoch of a job only grows; whoever holds an older one has lost it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.database import Database, upsert
from store.errors import LostClaim
from store.messages import Message
from store.schema import job_runs, jobs
from store.vocabulary import Claim, Job, JobOutcome, JobRun

_ABANDONED = Message("The worker that ran this stopped before it finished. It was due again at once.")
_TICK = timedelta(microseconds=1)


class Jobs:
    """The ledger of recurring work."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def declare(self, declared: Iterable[tuple[str, int]], now: datetime) -> None:
        """Make this the list of jobs (name, seconds between runs).

        A known job keeps when it is due, but no later than one new interval from now; a new one is due now. Jobs not
        listed are dropped, whoever runs one has lost its claim; the history of their runs stays.
        """
        wanted = dict(declared)
        with self._database.writing() as connection:
            known = {row.name: row for row in connection.execute(sa.select(jobs).with_for_update())}
            gone = sorted(set(known) - set(wanted))
            connection.execute(sa.delete(jobs).where(jobs.c.name.in_(gone)))
            for name, every in sorted(wanted.items()):
                if name in known:
                    due = min(known[name].next_due, now + timedelta(seconds=every))
                    changed = sa.update(jobs).where(jobs.c.name == name)
                    connection.execute(changed.values(every=every, next_due=due))
                else:
                    upsert(connection, jobs, [_first_row(connection, name, every, now)])

    def all(self) -> list[Job]:
        """Every job, in order of name."""
        with self._database.reading() as connection:
            return [_to_job(row) for row in connection.execute(sa.select(jobs).order_by(jobs.c.name))]

    def due(self, now: datetime) -> list[Job]:
        """The jobs that may be claimed now, longest due first."""
        chosen = sa.select(jobs).where(_free(now)).order_by(jobs.c.next_due, jobs.c.name)
        with self._database.reading() as connection:
            return [_to_job(row) for row in connection.execute(chosen) if _is_due(row, now)]

    def claim(self, name: str, now: datetime, owner: str, lease_seconds: float) -> Claim | None:
        """Take a job that is due for `lease_seconds`; None if it is not due or somebody else holds it."""
        expires = now + timedelta(seconds=lease_seconds)
        with self._database.writing() as connection:
            chosen = sa.select(jobs).where(jobs.c.name == name, _free(now))
            row = connection.execute(chosen.with_for_update(skip_locked=True)).one_or_none()
            if row is None or not _is_due(row, now):
                return None
            if row.expires is not None:
                _abandon(connection, row, now)
            slot = min(row.next_due, now) if row.slot is None else max(min(row.next_due, now), row.slot + _TICK)
            epoch = row.epoch + 1
            connection.execute(
                sa.update(jobs)
                .where(jobs.c.name == name)
                .values(
                    epoch=epoch,
                    slot=slot,
                    owner=owner,
                    expires=expires,
                    last_started=now,
                    progress=None,
                    next_due=slot + timedelta(seconds=row.every),
                )
            )
            run = {"job": name, "slot": slot, "owner": owner, "epoch": epoch, "started": now, "finished": None}
            connection.execute(sa.insert(job_runs), [run | {"outcome": "running", "message": "", "coverage": None}])
        return Claim(name, slot, owner, epoch, expires)

    def renew(self, claim: Claim, now: datetime, lease_seconds: float) -> Claim:
        """Hold a claim for `lease_seconds` from now.

        Raises:
            LostClaim: it was taken over.
        """
        expires = now + timedelta(seconds=lease_seconds)
        with self._database.writing() as connection:
            _change(connection, claim, expires=expires)
        return Claim(claim.job, claim.slot, claim.owner, claim.epoch, expires)

    def progress(self, claim: Claim, fraction: float) -> None:
        """Tell how much of the work is done, 0 to 1.

        Raises:
            LostClaim: the claim was taken over.
        """
        with self._database.writing() as connection:
            _change(connection, claim, progress=min(1.0, max(0.0, fraction)))

    def finish(self, claim: Claim, outcome: JobOutcome, now: datetime) -> None:
        """Record how a run ended; the job is due at its next slot after now.

        Raises:
            LostClaim: the claim was taken over; whoever holds it now reports.
        """
        with self._database.writing() as connection:
            row = verify(connection, claim)
            failed = outcome.outcome == "failed"
            woken = row.next_due < claim.slot + timedelta(seconds=row.every) and row.next_due <= now
            _change(
                connection,
                claim,
                next_due=row.next_due if woken else next_slot(claim.slot, row.every, now),
                outcome=outcome.outcome,
                message=outcome.message,
                coverage=outcome.coverage,
                progress=outcome.progress,
                last_finished=now,
                last_success=row.last_success if failed else now,
                failures=row.failures + 1 if failed else 0,
                owner=None,
                expires=None,
            )
            _end_run(connection, claim.job, claim.slot, outcome, now)

    def wake(self, name: str, now: datetime) -> None:
        """Make a job due at once; one that runs now is due again when it is finished."""
        with self._database.writing() as connection:
            connection.execute(sa.update(jobs).where(jobs.c.name == name).values(next_due=now))

    def runs(self, name: str, limit: int = 50) -> list[JobRun]:
        """The newest runs of a job, newest first. A run under way has the outcome `running`."""
        chosen = sa.select(job_runs).where(job_runs.c.job == name).order_by(job_runs.c.slot.desc()).limit(limit)
        with self._database.reading() as connection:
            return [JobRun(**row._mapping) for row in connection.execute(chosen)]  # noqa: SLF001  SQLAlchemy's public name

    def recover(self, now: datetime, is_dead: Callable[[str], bool] = lambda _owner: False) -> list[str]:
        """Close the runs whose lease ran out, or whose owner `is_dead`, as failed; their jobs are due again.

        Returns the jobs' names.
        """
        chosen = sa.select(jobs).where(jobs.c.expires.is_not(None)).order_by(jobs.c.name)
        with self._database.writing() as connection:
            held = connection.execute(chosen.with_for_update(skip_locked=True)).all()
            rows = [row for row in held if row.expires <= now or is_dead(row.owner)]
            for row in rows:
                _abandon(connection, row, now)
                connection.execute(
                    sa.update(jobs)
                    .where(jobs.c.name == row.name)
                    .values(
                        owner=None,
                        expires=None,
                        next_due=now,
                        outcome="failed",
                        message=_ABANDONED,
                        failures=row.failures + 1,
                        progress=None,
                    )
                )
        return [row.name for row in rows]


def verify(connection: Connection, claim: Claim) -> sa.Row[Any]:
    """The job's row, locked until we commit, if the claim still holds.

    Raises:
        LostClaim: it does not.
    """
    chosen = sa.select(jobs).where(*_held(claim)).with_for_update()
    row = connection.execute(chosen).one_or_none()
    if row is None:
        raise _lost(claim)
    return row


def next_slot(slot: datetime, every: int, now: datetime) -> datetime:
    """The first moment after `now` that lies a whole number of intervals from `slot`.

    If the clock went back, that is at most one interval from now too.
    """
    interval = timedelta(seconds=every)
    return slot + ((now - slot) // interval + 1) * interval


def _held(claim: Claim) -> tuple[sa.ColumnElement[bool], ...]:
    return (jobs.c.name == claim.job, jobs.c.epoch == claim.epoch, jobs.c.expires.is_not(None))


def _change(connection: Connection, claim: Claim, **values: object) -> None:
    changed = connection.execute(sa.update(jobs).where(*_held(claim)).values(**values))
    if changed.rowcount != 1:
        raise _lost(claim)


def _lost(claim: Claim) -> LostClaim:
    return LostClaim(
        f"The claim of {claim.owner} on job {claim.job} (slot {claim.slot:%Y-%m-%d %H:%M:%S}, epoch {claim.epoch}) "
        "ran out and another worker may hold it: nothing was written. The work is done again by whoever holds it; if "
        "this happens often, a step takes longer than the lease."
    )


def _free(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(jobs.c.expires.is_(None), jobs.c.expires <= now)


def _is_due(row: sa.Row[Any], now: datetime) -> bool:
    """Whether a job is due. One due later than an interval from now was planned before the clock was set back."""
    expired = row.expires is not None and row.expires <= now
    return bool(expired or row.next_due <= now or row.next_due > now + timedelta(seconds=row.every))


def _abandon(connection: Connection, row: sa.Row[Any], now: datetime) -> None:
    _end_run(connection, row.name, row.slot, JobOutcome("failed", _ABANDONED), now)


def _end_run(connection: Connection, name: str, slot: datetime, outcome: JobOutcome, now: datetime) -> None:
    ended = {"finished": now, "outcome": outcome.outcome, "message": outcome.message, "coverage": outcome.coverage}
    connection.execute(sa.update(job_runs).where(job_runs.c.job == name, job_runs.c.slot == slot).values(ended))


def _first_row(connection: Connection, name: str, every: int, now: datetime) -> dict[str, Any]:
    """The row of a new job. One that was dropped before goes on from its last slot and epoch: both only grow."""
    past = sa.select(sa.func.max(job_runs.c.slot), sa.func.max(job_runs.c.epoch)).where(job_runs.c.job == name)
    slot, epoch = connection.execute(past).one()
    row = {"name": name, "every": every, "next_due": now, "outcome": "", "message": "", "failures": 0}
    return row | {"slot": slot, "epoch": epoch or 0}


def _to_job(row: sa.Row[Any]) -> Job:
    return Job(
        name=row.name,
        every=row.every,
        next_due=row.next_due,
        outcome=row.outcome,
        message=row.message,
        coverage=row.coverage,
        last_started=row.last_started,
        last_finished=row.last_finished,
        last_success=row.last_success,
        failures=row.failures,
        progress=row.progress,
        running=row.expires is not None,
    )
