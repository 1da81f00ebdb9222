"""Keeping the store in shape: seal the head, merge hours to days, let go of what is too old, and check it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from store.config import Retention
from store.jobspec import JobContext, JobSpec
from store.vocabulary import JobOutcome

if TYPE_CHECKING:
    from store import Store

NAME = "maintenance"
EVERY = timedelta(hours=1)
_TIMEOUT = timedelta(minutes=30)
_CHECKED_AT = 18


def maintenance_job(store: Store, retention: Retention) -> JobSpec:
    """The hourly job. Each step is a transaction of its own, so that stopping between them loses nothing."""

    def run(ctx: JobContext) -> JobOutcome:
        steps: tuple[tuple[str, Callable[[], int]], ...] = (
            ("points sealed", lambda: store.samples.seal(ctx.now).points),
            ("points merged", lambda: store.samples.compact(ctx.now).points),
            ("points retired", lambda: store.samples.retain(ctx.now, retention).points),
            ("rows of history dropped", lambda: store.prune(ctx.now, retention)),
        )
        done: list[str] = []
        for number, (what, step) in enumerate(steps):
            if ctx.stopping.is_set():
                return JobOutcome("partial", "Stopped early; the rest follows in the next run.")
            done.append(f"{step():,} {what}")
            ctx.progress((number + 1) / (len(steps) + 1))
        # Checking reads the whole database: once a day is enough, at three in the morning in Seoul.
        problems = store.check() if ctx.now.hour == _CHECKED_AT else []
        if problems:
            return JobOutcome("failed", "The store is not sound: " + " ".join(problems))
        return JobOutcome("ok", "; ".join(done))

    return JobSpec(NAME, EVERY, run, _TIMEOUT)
