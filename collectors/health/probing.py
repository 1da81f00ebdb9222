"""The recurring job that makes the configured probes, judges them and keeps what they measured."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from collectors.config import Probe
from collectors.health.attempts import Attempt
from collectors.health.http_probe import probe_http
from collectors.health.pool import Done, Pool
from collectors.health.probe_judges import (
    ACCOUNT,
    NAMESPACE,
    Judged,
    is_asleep,
    is_due,
    judge_attempt,
    place_of,
    samples_of,
    series_of,
)
from collectors.health.tcp_probe import probe_tcp
from store import Store
from store.jobspec import JobContext, JobSpec
from store.messages import Message, PluralMessage
from store.vocabulary import HealthState, JobOutcome, Status

JOB = "probes"
FAILURES = "probes.failures"
"""The fact that keeps how many times in a row each probe has failed."""

PROBE_CHECKS = ("probe:", "tls:")
IDLE = timedelta(minutes=10)
GRACE = 2.0
"""Seconds that a round waits beyond the longest timeout of its probes."""


def probe_job(probes: Sequence[Probe], store: Store, *, trust: ssl.SSLContext | None = None) -> JobSpec:
    """The job `probes`; without any probe it only forgets what there was. `trust` replaces the system's roots."""
    trusted = trust or ssl.create_default_context()
    pool = Pool(lambda probe: attempt(probe, trusted))
    known = {place_of(probe): probe for probe in probes}
    tick = min((probe.every for probe in probes), default=IDLE)

    def run(context: JobContext) -> JobOutcome:
        states = store.health.states()
        _tidy(store, known, states, context)
        due = _due(known, states, context, tick)
        wait = max((probe.timeout.total_seconds() for probe in due.values()), default=0.0) + GRACE
        done = pool.run(due, context.now, min(wait, tick.total_seconds()), context.stopping)
        return _keep(store, known, states, done, context.now)

    return JobSpec(JOB, tick, run, timeout=timedelta(minutes=1))


def attempt(probe: Probe, trust: ssl.SSLContext) -> Attempt:
    """Make one probe."""
    if probe.url is None:
        return probe_tcp(probe)
    return probe_http(probe, trust if probe.verify_tls else _unverified())


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the operator's own `verify_tls: false`
    return context


def _due(
    known: Mapping[str, Probe], states: Sequence[HealthState], context: JobContext, tick: timedelta
) -> dict[str, Probe]:
    last = {state.latest.check_id: state.latest.observed_at for state in states}
    return {
        place: probe for place, probe in known.items() if is_due(probe, last.get(f"probe:{place}"), context.now, tick)
    }


def _tidy(store: Store, known: Mapping[str, Probe], states: Sequence[HealthState], context: JobContext) -> None:
    """Bring the series in line with the configured probes, and forget the checks of those that are gone."""
    wanted = {series.id: series for probe in known.values() for series in series_of(probe)}
    kept = {series.id: series for series in store.series.find(namespace=NAMESPACE, account=ACCOUNT)}
    changed = [series for key, series in wanted.items() if kept.get(key) != series]
    if changed:
        store.series.upsert(changed)
    if old := sorted(kept.keys() - wanted.keys()):
        store.series.close(old, context.now)
    plain = {f"probe:{place}" for place in known}
    secure = {f"tls:{place}" for place, probe in known.items() if probe.verify_tls and _is_https(probe)}
    forgotten = [
        state.latest.check_id
        for state in states
        if state.latest.check_id.startswith(PROBE_CHECKS) and state.latest.check_id not in plain | secure
    ]
    if forgotten:
        store.health.forget(forgotten)


def _is_https(probe: Probe) -> bool:
    return (probe.url or "").startswith("https:") or probe.follow_redirects


def _keep(
    store: Store, known: Mapping[str, Probe], states: Sequence[HealthState], done: Sequence[Done], now: datetime
) -> JobOutcome:
    counts = dict(store.facts.get(FAILURES) or {})
    samples: dict[str, list[tuple[int, float]]] = {}
    judged: list[Judged] = []
    unmade = 0
    for each in done:
        probe = known[each.key]
        before = int(counts.get(each.key, 0))
        found = judge_attempt(probe, each.attempt, now, failures=before, asleep=is_asleep(probe, states))
        counts[each.key] = found.failures
        judged.append(found)
        samples |= samples_of(probe, each.attempt, found.seen[0].status, each.begun)
        unmade += not each.attempt.made
    if done:
        store.samples.write(samples)
        store.health.record([seen for each in judged for seen in each.seen])
        store.facts.set(FAILURES, {key: count for key, count in counts.items() if key in known and count})
    return _outcome(len(known), judged, unmade)


def _outcome(configured: int, judged: Sequence[Judged], unmade: int) -> JobOutcome:
    if not configured:
        return JobOutcome("ok", Message("no probes are configured"), 1.0)
    failing = sum(each.seen[0].status in {Status.WARN, Status.CRITICAL} for each in judged)
    message = PluralMessage(
        "%(num)s probe made, %(failing)s of them failing or slow",
        "%(num)s probes made, %(failing)s of them failing or slow",
        len(judged),
        failing=failing,
    )
    if unmade:
        told = Message("%(made)s; %(unmade)s could not be made", made=message, unmade=unmade)
        return JobOutcome("partial", told, 1 - unmade / len(judged))
    return JobOutcome("ok", message, 1.0)
