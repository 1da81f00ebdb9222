"""Keeping the store in shape: seal the head, merge hours to days, let go of what is too old, and check it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from store.config import Retention
from store.jobspec import JobContext, JobSpec
from store.messages import Message, joined
from store.vocabulary import JobOutcome

if TYPE_CHECKING:
    from store import Store

NAME = "maintenance"
EVERY = timedelta(hours=1)
_TIMEOUT = timedelta(minutes=30)
_CHECKED_AT = 18


def maintenance_job(store: Store, retention: Retention, sweep: Callable[[datetime], int] = lambda _: 0) -> JobSpec:
    """The hourly job. Each step is a transaction of its own, so that stopping between them loses nothing.

    `sweep` drops the files of bills that a later delivery took the place of, and says how many.
    """

    def run(ctx: JobContext) -> JobOutcome:
        steps: tuple[Callable[[], Message], ...] = (
            lambda: Message("%(number)s points sealed", number=f"{store.samples.seal(ctx.now).points:,}"),
            lambda: Message("%(number)s points merged", number=f"{store.samples.compact(ctx.now).points:,}"),
            lambda: Message("%(number)s points retired", number=f"{store.samples.retain(ctx.now, retention).points:,}"),
            lambda: Message("%(number)s rows of history dropped", number=f"{store.prune(ctx.now, retention):,}"),
            lambda: Message("%(number)s files of bills dropped", number=f"{sweep(ctx.now):,}"),
        )
        done: list[Message] = []
        for number, step in enumerate(steps):
            if ctx.stopping.is_set():
                return JobOutcome("partial", Message("Stopped early; the rest follows in the next run."))
            done.append(step())
            ctx.progress((number + 1) / (len(steps) + 1))
        # Checking reads the whole database: once a day is enough, at three in the morning in Seoul.
        problems = store.check() if ctx.now.hour == _CHECKED_AT else []
        if problems:
            return JobOutcome("failed", Message("The store is not sound: %(problems)s", problems=" ".join(problems)))
        return JobOutcome("ok", joined("; ", done))

    return JobSpec(NAME, EVERY, run, _TIMEOUT)
