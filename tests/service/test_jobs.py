"""Jobs run when the store says so, one of each, and none holds up another."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from service.identity import is_dead, machine, owner
from service.jobs import JobRunner, jitter
from store import Store
from store.errors import LostClaim
from store.jobspec import JobContext, JobSpec
from store.vocabulary import Job, JobOutcome

SHORT = timedelta(seconds=60)


def now() -> datetime:
    return datetime.now(UTC)


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@contextmanager
def running(store: Store, *specs: JobSpec, grace: float = 5) -> Iterator[JobRunner]:
    runner = JobRunner(store, now, "test", specs)
    runner.start()
    try:
        yield runner
    finally:
        runner.stop(grace)


def job(store: Store, name: str) -> Job:
    return next(job for job in store.jobs.all() if job.name == name)


def test_a_new_job_runs_at_once_and_its_outcome_is_kept(sqlite_store: Store) -> None:
    seen: list[JobContext] = []

    def work(ctx: JobContext) -> JobOutcome:
        seen.append(ctx)
        ctx.progress(0.5)
        return JobOutcome("partial", "one account was denied", coverage=0.5)

    with running(sqlite_store, JobSpec("inventory:a/b", SHORT, work)):
        until(lambda: job(sqlite_store, "inventory:a/b").outcome == "partial")
    state = job(sqlite_store, "inventory:a/b")
    assert (state.message, state.coverage) == ("one account was denied", 0.5)
    assert len(seen) == 1
    assert seen[0].claim.job == "inventory:a/b"


def test_a_hung_job_holds_up_no_other_and_is_reported(sqlite_store: Store) -> None:
    release = threading.Event()
    ran = threading.Event()

    def hang(_ctx: JobContext) -> JobOutcome:
        release.wait(30)
        return JobOutcome("ok")

    def work(_ctx: JobContext) -> JobOutcome:
        ran.set()
        return JobOutcome("ok")

    hung = JobSpec("hung", SHORT, hang, timeout=timedelta(seconds=1))
    with running(sqlite_store, hung, JobSpec("other", SHORT, work)) as runner:
        assert ran.wait(5)
        until(lambda: job(sqlite_store, "hung").outcome == "failed")
        assert "no answer within 1 s" in job(sqlite_store, "hung").message
        assert runner.running() == ["hung"]
        sqlite_store.jobs.wake("hung", now())
        time.sleep(1.5)
        assert runner.running() == ["hung"], "a second run must wait until the first has ended"
        release.set()


def test_a_crash_in_a_job_is_its_outcome_and_nobody_elses(sqlite_store: Store) -> None:
    def crash(_ctx: JobContext) -> JobOutcome:
        raise ZeroDivisionError("by zero")

    with running(
        sqlite_store, JobSpec("bad", SHORT, crash), JobSpec("good", SHORT, lambda _ctx: JobOutcome("ok", "fine"))
    ):
        until(lambda: job(sqlite_store, "bad").outcome == "failed" and job(sqlite_store, "good").outcome == "ok")
    assert "ZeroDivisionError" in job(sqlite_store, "bad").message


def test_stop_asks_what_runs_to_end_and_waits_for_it(sqlite_store: Store) -> None:
    started = threading.Event()

    def long(ctx: JobContext) -> JobOutcome:
        started.set()
        ctx.stopping.wait(30)
        return JobOutcome("partial", "stopped early")

    with running(sqlite_store, JobSpec("long", SHORT, long)) as runner:
        assert started.wait(5)
        assert runner.stop(5) == []
    assert job(sqlite_store, "long").message == "stopped early"


def test_stop_names_what_did_not_end_in_time(sqlite_store: Store) -> None:
    started, release = threading.Event(), threading.Event()

    def deaf(_ctx: JobContext) -> JobOutcome:
        started.set()
        release.wait(30)
        return JobOutcome("ok")

    with running(sqlite_store, JobSpec("deaf", SHORT, deaf)) as runner:
        assert started.wait(5)
        assert runner.stop(0.2) == ["deaf"]
        release.set()


def test_two_processes_share_the_work_and_do_none_twice(sqlite_store: Store) -> None:
    runs: list[str] = []

    def work(ctx: JobContext) -> JobOutcome:
        runs.append(ctx.claim.owner)
        time.sleep(0.3)
        return JobOutcome("ok")

    spec = JobSpec("shared", SHORT, work)
    one, other = (JobRunner(sqlite_store, now, owner, [spec]) for owner in ("one", "other"))
    one.start()
    other.start()
    try:
        until(lambda: job(sqlite_store, "shared").outcome == "ok")
        time.sleep(1.2)
    finally:
        one.stop(5)
        other.stop(5)
    assert len(runs) == 1


def test_what_a_dead_process_of_this_machine_held_is_taken_over_at_once(sqlite_store: Store) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    sqlite_store.jobs.declare([("held", 60), ("elsewhere", 60)], now())
    dead, other = f"{machine()}:{gone.pid}", f"another/host/1:{gone.pid}"
    assert sqlite_store.jobs.claim("held", now(), dead, 3600)
    assert sqlite_store.jobs.claim("elsewhere", now(), other, 3600)
    specs = [JobSpec(name, SHORT, lambda _ctx: JobOutcome("ok")) for name in ("held", "elsewhere")]
    with running(sqlite_store, *specs):
        until(lambda: job(sqlite_store, "held").outcome == "ok")
    assert job(sqlite_store, "elsewhere").outcome == "", "nobody knows whether that one is dead: its lease holds"


def test_a_living_process_is_not_taken_for_dead() -> None:
    assert not is_dead(f"{machine()}:{os.getppid()}")
    assert not is_dead("somebody")
    assert is_dead(owner()), "a process that bore our id before us"


def test_who_lost_the_claim_does_not_report(sqlite_store: Store) -> None:
    def lose(_ctx: JobContext) -> JobOutcome:
        raise LostClaim("somebody else has it")

    with running(sqlite_store, JobSpec("lost", SHORT, lose)) as runner:
        until(lambda: job(sqlite_store, "lost").last_started is not None and not runner.running())
    assert job(sqlite_store, "lost").outcome == ""


def test_jitter_is_small_and_always_the_same() -> None:
    spread = {jitter(f"metrics:{n}/x", timedelta(minutes=5)) for n in range(50)}
    assert len(spread) == 50
    assert all(timedelta() <= one < timedelta(seconds=5) for one in spread)
    assert jitter("a", timedelta(seconds=20)) < timedelta(seconds=1)
    assert jitter("a", SHORT) == jitter("a", SHORT)


def test_a_prompt_job_starts_at_its_slot_and_others_a_little_later(sqlite_store: Store) -> None:
    at = datetime(2026, 11, 23, 3, tzinfo=UTC)
    ran = []

    def work(ctx: JobContext) -> JobOutcome:
        ran.append(ctx.claim.job)
        return JobOutcome("ok")

    name = next(
        name for name in (f"calm{number}" for number in range(50)) if jitter(name, SHORT) > timedelta(seconds=1)
    )
    specs = [JobSpec(name, SHORT, work), JobSpec("alerts", SHORT, work, prompt=True)]
    runner = JobRunner(sqlite_store, lambda: at, "test", specs)
    runner.start()
    try:
        until(lambda: sorted(ran) == ["alerts", name] and not runner.running())
        for woken in (name, "alerts"):
            sqlite_store.jobs.wake(woken, at)
        runner.poke()
        until(lambda: ran.count("alerts") == 2 and not runner.running())
        runner.tick()
        assert ran.count(name) == 1
    finally:
        runner.stop(5)


def test_poking_a_runner_that_has_stopped_does_nothing(sqlite_store: Store) -> None:
    runner = JobRunner(sqlite_store, now, "test", [])
    runner.poke()
    runner.start()
    runner.stop(1)
    runner.poke()
