"""Two answers for whatever runs us: /healthz says the process lives, /readyz that it can do its work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from flask import Blueprint, Response, g, jsonify

from dashboards.site import Site, current_site
from store.durations import format_duration
from store.errors import StoreError
from store.vocabulary import Job

if TYPE_CHECKING:
    from store import Store

MISSED_RUNS = 3
LEAST_PATIENCE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why we are not ready: a stable word for programs, and a sentence that names the remedy."""

    code: str
    detail: str


SOUND_FOR = timedelta(minutes=10)
UNSOUND_FOR = timedelta(seconds=10)


class StoreCheck:
    """The store's check of itself, which reads the whole file, made rarely however often strangers ask."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._known: tuple[Store, datetime, list[str]] | None = None

    def problems(self, store: Store, now: datetime) -> list[str]:
        """What is wrong with the store: of ten minutes ago or newer while it was sound, else of ten seconds ago."""
        with self._turn:
            if self._known and self._known[0] is store:
                _, at, problems = self._known
                if timedelta(0) <= now - at < (UNSOUND_FOR if problems else SOUND_FOR):
                    return problems
            self._known = (store, now, store.check())
            return self._known[2]


def blueprint() -> Blueprint:
    """GET /healthz and GET /readyz. Neither needs a login; /readyz tells details only to those who may read."""
    probes = Blueprint("probes", __name__)
    check = StoreCheck()
    probes.get("/healthz", endpoint="healthz")(healthz)
    probes.get("/readyz", endpoint="readyz")(lambda: readyz(check))
    return probes


def healthz() -> Response:
    """200 while the process answers at all. Touches nothing else, so that a sick store does not get us restarted."""
    return jsonify(status="ok", version=current_site().version)


def readyz(check: StoreCheck) -> tuple[Response, int]:
    """200 when the store answers with the right schema and jobs run; else 503 with every reason."""
    site = current_site()
    reasons, age = _reasons(site, check, g.now)
    told = [{"code": r.code, **({"detail": r.detail} if g.may_read else {})} for r in reasons]
    body = jsonify(
        status="unready" if reasons else "ready",
        reasons=told,
        last_job_started_seconds_ago=None if age is None else round(age.total_seconds()),
    )
    return body, 503 if reasons else 200


def _reasons(site: Site, check: StoreCheck, now: datetime) -> tuple[list[Reason], timedelta | None]:
    try:
        problems = check.problems(site.store, now)
        if problems:
            return [Reason("store", problem) for problem in problems], None
        jobs = site.store.jobs.all()
    except StoreError as error:
        return [Reason("store", str(error))], None
    age = _since_last_start(jobs, now)
    reason = idleness(jobs, now)
    return [reason] if reason else [], age


def idleness(jobs: Sequence[Job], now: datetime) -> Reason | None:
    """Why the jobs do not tick, None when they do or when there are none to run."""
    if not jobs or any(job.running for job in jobs):
        return None
    age = _since_last_start(jobs, now)
    remedy = "Is the worker running (lamplighter serve, or --role worker)? Its log says why not."
    if age is None:
        return Reason("jobs", f"No job has run yet. {remedy}")
    allowed = max(MISSED_RUNS * timedelta(seconds=min(job.every for job in jobs)), LEAST_PATIENCE)
    if age <= allowed:
        return None
    return Reason("jobs", f"No job has started for {format_duration(age)}. {remedy}")


def _since_last_start(jobs: Sequence[Job], now: datetime) -> timedelta | None:
    started = max((job.last_started for job in jobs if job.last_started), default=None)
    return None if started is None else now - started
