"""One collection cycle: everything that is due, from one `now`, each request committed as it is answered."""

from __future__ import annotations

from collectors.cap import Level
from collectors.metrics.collector import RUN_SECONDS, Collector
from collectors.metrics.fetch import Patience
from collectors.metrics.planner import Plan, Reading, plan
from collectors.metrics.progress import answered, unanswered
from collectors.metrics.sweep import Means, Sweep, sweep
from store.jobspec import JobContext
from store.vocabulary import Cursor, JobOutcome

MOST_ROUNDS = 500
"""Rounds of catching up in one run: each brings a day of minutes, and CloudWatch keeps 455 days."""


def run_cycle(collector: Collector, job: str, context: JobContext) -> JobOutcome:
    """Collect what is due in one account and region.

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
    if not wanted and collector.trouble:
        return JobOutcome("failed", f"Which series there are could not be listed: {collector.trouble}", 0.0)
    if not wanted:
        return JobOutcome("ok", "There is no series to collect here: the inventory found nothing that has metrics.")
    terms = collector.terms(context.now)
    means = Means(
        client=lambda: collector.client(job),
        store=collector.store,
        pacer=collector.pacer,
        patience=Patience(context.stopping, collector.monotonic() + RUN_SECONDS, collector.monotonic),
        claim=context.claim,
    )

    def move(cursor: Cursor | None, reading: Reading, points: list[tuple[int, float]] | None) -> Cursor:
        if points is None:
            return unanswered(cursor, reading, now)
        return answered(cursor, reading, points[-1][0] if points else None, now)

    ids = [one.id for one in wanted]
    total = Sweep()
    planned = Plan(())
    for _ in range(MOST_ROUNDS):
        cursors = collector.store.cursors.get(ids)
        planned = plan(wanted, cursors, now, terms)
        if not planned.requests:
            break
        _add(total, sweep(planned.requests, means, now, move))
        lagging = any(reading.next_due <= now for request in planned.requests for reading in request.readings)
        if total.ended_early or not lagging:
            break
    cursors = collector.store.cursors.get(ids)
    failing = sum(1 for name in ids if name not in cursors or cursors[name].failures)
    return _outcome(collector, total, planned, (len(ids), failing), terms.level)


def _add(total: Sweep, more: Sweep) -> None:
    for name in more.failed.keys() & total.failed.keys():
        total.failed.pop(name)
    total.requests += more.requests
    total.series += more.series
    total.failed |= more.failed
    total.refused += more.refused
    total.error = more.error or total.error
    total.ended_early = more.ended_early
    total.written = type(total.written)(
        total.written.new + more.written.new,
        total.written.revised + more.written.revised,
        total.written.same + more.written.same,
    )


def _outcome(collector: Collector, total: Sweep, planned: Plan, counts: tuple[int, int], level: Level) -> JobOutcome:
    wanted, failing = counts
    words = [f"None of {wanted} series was due."]
    if total.requests:
        words = [f"{total.series} of {wanted} series were due and read in {_counted(total.requests, 'request')}."]
    troubles = [*_troubles(total, planned), *(str(error) for error in (total.error, collector.trouble) if error)]
    notes = [level.words] if level is not Level.FULL else []
    if total.written.revised:
        notes.append(f"{_counted(total.written.revised, 'point')} revised.")
    verdict = "failed" if failing == wanted else "partial" if failing or troubles else "ok"
    return JobOutcome(verdict, " ".join([*words, *troubles, *notes]), (wanted - failing) / wanted)


def _troubles(total: Sweep, planned: Plan) -> list[str]:
    told = []
    if total.refused:
        told.append(f"{_counted(total.refused, 'value')} refused: no numbers.")
    if planned.ahead:
        told.append(
            f"The clock is behind what was collected for {planned.ahead} series: "
            "nothing is read twice; check the time of this machine (NTP)."
        )
    if total.failed:
        name, why = next(iter(total.failed.items()))
        told.append(f"{len(total.failed)} series were not answered in full ({name}: {why}); they are asked for again.")
    return told


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
