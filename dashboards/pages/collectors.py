"""The collectors page: how each job fares and what to do about it, and what Lamplighter's own calls to AWS cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from flask import Blueprint, abort, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from dashboards.charts.bill import PACE, Range, bill_of, month_start
from dashboards.charts.units import format_value
from dashboards.jobs import job_title
from dashboards.language import Language, _, current_language, ngettext
from dashboards.site import Site, current_site
from store.vocabulary import Intent, Job, JobRun, Status

RUNS = 8
"""Past runs shown of each job."""
_ORDER = ("health", "probes", "metrics", "inventory", "backfill", "maintenance")
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class JobView:
    """One job as the page tells it. `lateness` is how long it is overdue, None while it is on time."""

    job: Job
    title: str
    scope: str
    status: Status
    word: str
    runs: tuple[JobRun, ...]
    lateness: timedelta | None


def blueprint() -> Blueprint:
    """GET /collectors, POST /collectors/run."""
    pages = Blueprint("collectors", __name__)
    pages.get("/collectors")(page)
    pages.post("/collectors/run")(run_now)
    return pages


def page() -> str:
    """Every job with its runs, and the bill."""
    site, now = current_site(), g.now
    language = current_language()
    jobs = [view_of(job, site.store.jobs.runs(job.name, limit=RUNS), now) for job in site.store.jobs.all()]
    jobs.sort(key=lambda view: (-view.status.rank, _rank(view.job.name), view.job.name))
    entries = site.store.meter.between(min(month_start(now), now - PACE), now + timedelta(hours=1))
    bill = bill_of(entries, now)
    return render_template(
        "collectors.html",
        jobs=jobs,
        bill=bill,
        cap=site.bill_cap,
        share=_share(bill.so_far, site.bill_cap),
        degradation=language.say(site.degradation),
        levels=[language.say(level) for level in site.cap_levels[1:]],
        dollars=lambda cost: dollars(language, cost),
        outcome=outcome_word,
        took=_took,
        every=every_words,
    )


def run_now() -> Response:
    """Ask the worker to run a job at once. Only an intent is written here; the worker carries it out."""
    site: Site = current_site()
    name = request.form.get("job", "")
    if name not in {job.name for job in site.store.jobs.all()}:
        abort(404)
    actor = g.get("login_name") or "page"
    site.store.intents.add(Intent(uuid4().hex, "job.run", actor, g.now, {"job": name}))
    site.wake("intents")
    flash(_("%(job)s will run now.", job=title_of(name)), "ok")
    return redirect("/collectors", 303)


def view_of(job: Job, runs: list[JobRun], now: datetime) -> JobView:
    """Judge a job: failed is critical, partial or overdue by two intervals a warning, not yet run unknown."""
    late = now - job.next_due
    overdue = late if late > timedelta(seconds=2 * job.every) and not job.running else None
    statuses = {"ok": Status.OK, "partial": Status.WARN, "failed": Status.CRITICAL}
    status, word = statuses.get(job.outcome, Status.UNKNOWN), outcome_word(job.outcome)
    if overdue and status is Status.OK:
        status, word = Status.WARN, _("Overdue")
    scope = job.name.partition(":")[2]
    return JobView(job, title_of(job.name), scope, status, word, tuple(runs), overdue)


def outcome_word(outcome: str) -> str:
    """The outcome of a run in the reader's language."""
    return {"ok": _("OK"), "partial": _("Partial"), "failed": _("Failed")}.get(outcome, _("Not run yet"))


def every_words(seconds: int) -> str:
    """An interval in the largest unit that fits it exactly."""
    if seconds % 3600 == 0:
        return ngettext("%(num)s hour", "%(num)s hours", seconds // 3600)
    if seconds % 60 == 0:
        return ngettext("%(num)s minute", "%(num)s minutes", seconds // 60)
    return ngettext("%(num)s second", "%(num)s seconds", seconds)


def _took(run: JobRun) -> str:
    return format_value((run.finished - run.started).total_seconds(), "s") if run.finished else format_value(None, "")


def title_of(name: str) -> str:
    """What a person calls a job, in the reader's language."""
    return current_language().say(job_title(name))


def _rank(name: str) -> int:
    kind = name.partition(":")[0]
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def dollars(language: Language, cost: Range) -> str:
    """A cost as a range: `$1.20 to $1.80`; one figure where both ends are written alike; never a rounded-off zero."""
    low, high = (_amount(language, amount) for amount in (cost.low, cost.high))
    return low if low == high else f"{low} \N{EN DASH} {high}"


def _amount(language: Language, amount: Decimal) -> str:
    if 0 < amount < _CENT:
        return f"<{language.money(_CENT)}"
    return language.money(amount)


def _share(so_far: Range, cap: Decimal | None) -> float | None:
    return min(float(so_far.high / cap), 1.0) if cap else None
