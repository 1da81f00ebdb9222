"""Running the recurring work: what is due comes from the store, and each run has a thread of its own.

APScheduler is the tick and nothing more. A run that hangs is reported at its timeout and fenced by its claim's epoch;
it holds up no other job, and its own next slot waits until its thread has ended.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

import structlog
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers import SchedulerNotRunningError
from apscheduler.schedulers.background import BackgroundScheduler

from service.clock import Clock
from service.identity import is_dead
from store.errors import LostClaim, StoreError
from store.jobspec import JobContext, JobSpec
from store.messages import Message
from store.vocabulary import Claim, Job, JobOutcome

if TYPE_CHECKING:
    from store import Store

_log = structlog.get_logger(__name__)

LEASE_SECONDS = 60
"""How long a claim lasts unless renewed: after a kill -9, another process takes over this much later."""

_TICK = "tick"
_TICK_SECONDS = 1.0
_MOST_JITTER = 5.0


@dataclass(slots=True)
class _Run:
    """One run under way. `claim` is replaced as the lease is renewed; `overdue` once it was reported as hung."""

    spec: JobSpec
    claim: Claim
    deadline: float
    stopping: threading.Event
    thread: threading.Thread | None = None
    overdue: bool = False


def jitter(name: str, every: timedelta) -> timedelta:
    """How long after its slot a job starts: 0 to 5 s, at most a twentieth of its interval, always the same per name.

    It keeps the jobs of many accounts from calling AWS in the same instant.
    """
    share = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "big") / 2**32
    return timedelta(seconds=share * min(_MOST_JITTER, every.total_seconds() / 20))


@dataclass(slots=True)
class JobRunner:
    """Runs the given jobs as they become due in the store. `owner` names this process in claims."""

    store: Store
    clock: Clock
    owner: str
    specs: Sequence[JobSpec]
    _runs: dict[str, _Run] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _scheduler: BackgroundScheduler | None = None

    def start(self) -> None:
        """Declare the jobs, take back what a dead process of this store left, and begin to tick."""
        now = self.clock()
        self.store.jobs.declare([(spec.name, int(spec.every.total_seconds())) for spec in self.specs], now)
        self.store.jobs.recover(now, is_dead)
        # APScheduler reports every tick that finds the last one still at work; ours say what matters themselves.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._scheduler.add_job(
            self.tick,
            "interval",
            id=_TICK,
            seconds=_TICK_SECONDS,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        self._scheduler.start()

    def tick(self) -> None:
        """Start what is due, renew the leases of what runs, and report what hangs."""
        try:
            now = self.clock()
            self._watch(now)
            by_name = {spec.name: spec for spec in self.specs}
            for job in self.store.jobs.due(now):
                if job.name in by_name and not self._stopping.is_set():
                    self._start_if_free(by_name[job.name], job, now)
        except StoreError as error:
            _log.warning("tick.store_unavailable", problem=str(error))
        except Exception:  # noqa: BLE001  the tick must go on whatever happened in it
            _log.exception("tick.failed")

    def _start_if_free(self, spec: JobSpec, job: Job, now: datetime) -> None:
        never_ran = job.last_finished is None
        # Due later than now is due all the same where the clock was set back or a lease ran out: the store says so.
        wait = timedelta(0) if spec.prompt else jitter(spec.name, spec.every)
        if not never_ran and job.next_due <= now < job.next_due + wait:
            return
        with self._lock:
            if spec.name in self._runs:
                return
            claim = self.store.jobs.claim(spec.name, now, self.owner, LEASE_SECONDS)
            if claim is None:
                return
            run = _Run(spec, claim, monotonic() + spec.timeout.total_seconds(), self._stopping)
            run.thread = threading.Thread(target=self._run, args=(run, now), name=spec.name, daemon=True)
            self._runs[spec.name] = run
        run.thread.start()

    def _run(self, run: _Run, now: datetime) -> None:
        try:
            outcome = self._outcome(run, now)
            with self._lock:
                reported = run.overdue
            if not reported:
                self.store.jobs.finish(run.claim, outcome, self.clock())
                _log.info("job.finished", job=run.spec.name, outcome=outcome.outcome, message=outcome.message)
        except LostClaim:
            _log.warning("job.lost_claim", job=run.spec.name)
        except StoreError as error:
            _log.warning("job.not_recorded", job=run.spec.name, problem=str(error))
        finally:
            with self._lock:
                self._runs.pop(run.spec.name, None)
            self._wake_what_follows(run.spec)

    def _wake_what_follows(self, spec: JobSpec) -> None:
        """Let what looks at a run's findings look at once: a first start shows health within seconds."""
        if not spec.then or self._stopping.is_set():
            return
        try:
            for name in spec.then:
                self.store.jobs.wake(name, self.clock())
        except StoreError as error:
            _log.warning("job.followers_not_woken", job=spec.name, problem=str(error))
        self.poke()

    def _outcome(self, run: _Run, now: datetime) -> JobOutcome:
        def progress(fraction: float) -> None:
            self.store.jobs.progress(run.claim, fraction)

        try:
            return run.spec.run(JobContext(now, run.claim, run.stopping, progress))
        except LostClaim:
            raise
        except StoreError as error:
            return JobOutcome("failed", str(error))
        except Exception as error:  # noqa: BLE001  one job's fault must not end the others
            _log.exception("job.crashed", job=run.spec.name)
            said = f"{type(error).__name__}: {error}"
            told = Message("%(error)s. This is a fault of Lamplighter; see its log.", error=said)
            return JobOutcome("failed", told)

    def _watch(self, now: datetime) -> None:
        with self._lock:
            runs = [run for run in self._runs.values() if not run.overdue]
        for run in runs:
            try:
                if monotonic() > run.deadline:
                    self._report_hung(run, now)
                elif run.claim.expires - now < timedelta(seconds=LEASE_SECONDS * 2 / 3):
                    run.claim = self.store.jobs.renew(run.claim, now, LEASE_SECONDS)
            except LostClaim:
                _log.warning("job.lost_claim", job=run.spec.name)

    def _report_hung(self, run: _Run, now: datetime) -> None:
        with self._lock:
            run.overdue = True
        length = int(run.spec.timeout.total_seconds())
        message = Message(
            "no answer within %(seconds)s s. The call still waits; the next slot starts once it has ended.",
            seconds=length,
        )
        self.store.jobs.finish(run.claim, JobOutcome("failed", message), now)
        _log.error("job.hung", job=run.spec.name, timeout_s=length)

    def poke(self) -> None:
        """Look for what is due at once rather than at the next tick: somebody has just woken a job."""
        scheduler = self._scheduler
        if scheduler is not None:
            with suppress(JobLookupError, SchedulerNotRunningError):  # it is being stopped
                scheduler.modify_job(_TICK, next_run_time=datetime.now(UTC))

    def running(self) -> list[str]:
        """The names of the jobs that run now."""
        with self._lock:
            return sorted(self._runs)

    def stop(self, grace: float) -> list[str]:
        """Start nothing more, ask what runs to stop, and wait at most `grace` seconds.

        Returns the names of the jobs that did not stop: their slots are due again once their leases end.
        """
        self._stopping.set()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
        deadline = monotonic() + grace
        with self._lock:
            threads = [(name, run.thread) for name, run in self._runs.items()]
        for _, thread in threads:
            if thread is not None:
                thread.join(max(0.0, deadline - monotonic()))
        return [name for name, thread in threads if thread is not None and thread.is_alive()]
