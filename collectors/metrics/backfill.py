"""The backfill behind the first start: newest first, in chunks of a day, from where the cursors stand."""

from __future__ import annotations

from collectors.cap import Level
from collectors.metrics.collector import RUN_SECONDS, Collector
from collectors.metrics.fetch import Patience
from collectors.metrics.planner import Reading, backfill_progress, plan_backfill
from collectors.metrics.progress import reached_back
from collectors.metrics.sweep import Means, Sweep, sweep
from store.jobspec import JobContext
from store.messages import Message, PluralMessage, Sentence
from store.vocabulary import Cursor, JobOutcome


def run_backfill(collector: Collector, job: str, context: JobContext) -> JobOutcome:
    """Bring older points until the backfill is done, the run's time is up, or it is asked to stop.

    Raises:
        LostClaim: another worker has taken over.
    """
    try:
        return _run(collector, job, context)
    finally:
        collector.meter.flush(collector.store.meter)


def _run(collector: Collector, job: str, context: JobContext) -> JobOutcome:
    now = int(context.now.timestamp())
    wanted = collector.wanted(context.now, job)
    ids = [one.id for one in wanted]
    cursors = collector.store.cursors.get(ids)
    if not plan_backfill(wanted, cursors, now):
        return JobOutcome("ok", Message("Nothing is left to bring."), progress=1.0)
    level = collector.terms(context.now).level
    if level >= Level.NO_EXTRAS:
        return JobOutcome("ok", level.words, progress=backfill_progress(wanted, cursors))
    patience = Patience(context.stopping, collector.monotonic() + RUN_SECONDS, collector.monotonic)
    means = Means(lambda: collector.client(job), collector.store, collector.pacer, patience, context.claim)

    def move(cursor: Cursor | None, reading: Reading, points: list[tuple[int, float]] | None) -> Cursor | None:
        return None if cursor is None or points is None else reached_back(cursor, reading)

    while requests := plan_backfill(wanted, cursors, now):
        done = sweep(requests, means, now, move)
        cursors = collector.store.cursors.get(ids)
        progress = backfill_progress(wanted, cursors)
        context.progress(progress)
        if done.error or done.failed:
            told = Message("%(share)s of the backfill is there. %(why)s", share=f"{progress:.0%}", why=_why(done))
            return JobOutcome("partial", told, progress=progress)
        if done.ended_early:
            told = Message("%(share)s of the backfill is there; it goes on.", share=f"{progress:.0%}")
            return JobOutcome("ok", told, progress=progress)
    return JobOutcome("ok", Message("The backfill is done."), progress=1.0)


def _why(done: Sweep) -> Sentence:
    if done.error:
        return done.error.message
    number = len(done.failed)
    return PluralMessage(
        "%(num)s series was not answered in full.", "%(num)s series were not answered in full.", number
    )
