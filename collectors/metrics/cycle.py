"""One collection cycle: everything that is due, from one `now`, each request committed as it is answered."""

from __future__ import annotations

from collectors.cap import Level
from collectors.metrics.collector import RUN_SECONDS, Collector
from collectors.metrics.fetch import Patience
from collectors.metrics.planner import Plan, Reading, plan
from collectors.metrics.progress import answered, unanswered
from collectors.metrics.sweep import Means, Sweep, sweep
from store.jobspec import JobContext
from store.messages import Message, PluralMessage, Sentence, joined
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
        told = Message("Which series there are could not be listed: %(why)s", why=collector.trouble.message)
        return JobOutcome("failed", told, 0.0)
    if not wanted:
        told = Message("There is no series to collect here: the inventory found nothing that has metrics.")
        return JobOutcome("ok", told)
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
    troubles = [*_troubles(total, planned), *(error.message for error in (total.error, collector.trouble) if error)]
    if failing and not troubles:
        troubles.append(
            Message(
                "%(number)s series were not answered when they were last due; they are asked for again.", number=failing
            )
        )
    notes: list[Sentence] = [level.words] if level is not Level.FULL else []
    if total.written.revised:
        notes.append(PluralMessage("%(num)s point revised.", "%(num)s points revised.", total.written.revised))
    verdict = "failed" if failing == wanted else "partial" if failing or troubles else "ok"
    told = joined(" ", [_read(total, wanted), *troubles, *notes])
    return JobOutcome(verdict, told, (wanted - failing) / wanted)


def _read(total: Sweep, wanted: int) -> Message:
    if not total.requests:
        return Message("None of %(wanted)s series was due.", wanted=wanted)
    return PluralMessage(
        "%(due)s of %(wanted)s series were due and read in %(num)s request.",
        "%(due)s of %(wanted)s series were due and read in %(num)s requests.",
        total.requests,
        due=total.series,
        wanted=wanted,
    )


def _troubles(total: Sweep, planned: Plan) -> list[Sentence]:
    told: list[Sentence] = []
    if total.refused:
        told.append(
            PluralMessage("%(num)s value refused: no numbers.", "%(num)s values refused: no numbers.", total.refused)
        )
    if planned.ahead:
        told.append(
            Message(
                "The clock is behind what was collected for %(number)s series: "
                "nothing is read twice; check the time of this machine (NTP).",
                number=planned.ahead,
            )
        )
    if total.failed:
        name, why = next(iter(total.failed.items()))
        told.append(
            Message(
                "%(number)s series were not answered in full (%(name)s: %(why)s); they are asked for again.",
                number=len(total.failed),
                name=name,
                why=why,
            )
        )
    return told
