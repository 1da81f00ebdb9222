"""What an attempt of a probe means: its health, its certificate's, and the samples that it leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from collectors.config import Probe
from collectors.health.attempts import Attempt, Certificate
from store.messages import Message, PluralMessage, Sentence, joined
from store.vocabulary import HealthObservation, HealthState, Series, SeriesKey, Status

NAMESPACE = "Lamplighter/Probe"
ACCOUNT, REGION = "lamplighter", "local"
"""Where the series of probes are from: they are measured by Lamplighter itself, in no account."""

SLEEPERS = frozenset({"group", "service", "database", "cache"})
"""Kinds of checks whose sleep puts what a probe asks for to sleep."""

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Judged:
    """A probe's observations, and how many times in a row it has failed now."""

    seen: list[HealthObservation]
    failures: int


def place_of(probe: Probe) -> str:
    """What tells a probe from the others: `prod/frontend/home`, a dash where it names no place."""
    return f"{probe.environment or '-'}/{probe.component or '-'}/{probe.name}"


def judge_attempt(probe: Probe, attempt: Attempt, now: datetime, *, failures: int, asleep: bool) -> Judged:
    """The health that an attempt shows, after `failures` in a row before it.

    A single failure is a warning; as many as the probe allows are critical. What fails while its whole component is
    asleep sleeps too.
    """
    status, reason, in_a_row = _status(probe, attempt, failures, asleep=asleep)
    value = attempt.latency if attempt.made and not attempt.fault else None
    kind = "http" if probe.url else "tcp"
    seen = [_observe(probe, f"probe:{place_of(probe)}", kind, probe.name, status, reason, now, value, "ms")]
    certificate = judge_certificate(probe, attempt.certificate, now) if attempt.certificate else _no_certificate(probe)
    if certificate:
        status, reason, days = certificate
        check = f"tls:{place_of(probe)}"
        seen.append(
            _observe(
                probe, check, "tls", Message("%(name)s certificate", name=probe.name), status, reason, now, days, "days"
            )
        )
    return Judged(seen, in_a_row)


def _status(probe: Probe, attempt: Attempt, failures: int, *, asleep: bool) -> tuple[Status, Sentence, int]:
    if not attempt.made:
        return Status.UNKNOWN, attempt.fault or attempt.told, failures
    if not attempt.fault:
        slow = probe.slow is not None and (attempt.latency or 0) > probe.slow / timedelta(milliseconds=1)
        if slow and probe.slow is not None:
            limit = f"{probe.slow.total_seconds():g}"
            return Status.WARN, Message("%(told)s, slower than %(limit)s s", told=attempt.told, limit=limit), 0
        return Status.OK, attempt.told, 0
    told = joined(": ", [attempt.told, attempt.fault])
    if asleep:
        return Status.ASLEEP, _sleeping(probe, told), 0
    number = failures + 1
    if number < probe.failures:
        of = Message(
            "%(told)s (%(number)s of %(critical)s failures in a row that are critical)",
            told=told,
            number=number,
            critical=probe.failures,
        )
        return Status.WARN, of, number
    again = Message("%(told)s (%(number)s times in a row)", told=told, number=number)
    return Status.CRITICAL, again if failures else told, number


def _sleeping(probe: Probe, told: Sentence) -> Sentence:
    return Message(
        "%(told)s; %(component)s of %(environment)s is asleep",
        told=told,
        component=probe.component or Message("everything"),
        environment=probe.environment or "",
    )


def judge_certificate(probe: Probe, certificate: Certificate, now: datetime) -> tuple[Status, Sentence, float | None]:
    """What a certificate means, and the days that are left of it."""
    if certificate.fault:
        return Status.CRITICAL, certificate.fault, None
    if certificate.ends is None:
        return Status.UNKNOWN, Message("the server showed no certificate that could be read"), None
    left = certificate.ends - now
    days = left / DAY
    date = f"{certificate.ends:%Y-%m-%d}"
    if left <= timedelta():
        return Status.CRITICAL, Message("the certificate ended %(date)s", date=date), days
    reason = PluralMessage(
        "the certificate ends %(date)s, in %(num)s day",
        "the certificate ends %(date)s, in %(num)s days",
        round(days),
        date=date,
    )
    if left < probe.tls_warn / 3:
        return Status.CRITICAL, reason, days
    return Status.WARN if left < probe.tls_warn else Status.OK, reason, days


def _no_certificate(probe: Probe) -> tuple[Status, Sentence, float | None] | None:
    if probe.verify_tls and (probe.url or "").startswith("https:"):
        return Status.UNKNOWN, Message("the certificate could not be read: the server did not get that far"), None
    return None


def _observe(  # noqa: PLR0913, PLR0917  an observation has this many facts
    probe: Probe,
    check_id: str,
    kind: str,
    title: Sentence,
    status: Status,
    reason: Sentence,
    now: datetime,
    value: float | None,
    unit: str,
) -> HealthObservation:
    return HealthObservation(
        check_id=check_id,
        kind=kind,
        title=title,
        status=status,
        reason=reason,
        observed_at=now,
        environment=probe.environment,
        component=probe.component,
        value=value,
        unit=unit,
    )


def is_asleep(probe: Probe, states: Iterable[HealthState]) -> bool:
    """Whether all that can sleep of the probe's component (of its environment, if it names none) is asleep."""
    if probe.environment is None:
        return False
    found = [
        state.latest.status
        for state in states
        if state.latest.kind in SLEEPERS
        and state.latest.environment == probe.environment
        and probe.component in {None, state.latest.component}
        and not state.latest.check_id.startswith("zones:")
    ]
    return bool(found) and all(status is Status.ASLEEP for status in found)


def is_due(probe: Probe, last: datetime | None, now: datetime, tick: timedelta) -> bool:
    """Whether a probe last made at `last` is due at `now`, when rounds come every `tick` or so."""
    return last is None or now - last >= probe.every - tick / 2 or last > now


def series_of(probe: Probe) -> tuple[Series, Series]:
    """The series that a probe leaves: whether it was up (0 or 1), and its latency in ms where it was."""
    return _series(probe, "Up", ""), _series(probe, "Latency", "Milliseconds")


def _series(probe: Probe, metric: str, unit: str) -> Series:
    return Series(
        key=SeriesKey(ACCOUNT, REGION, NAMESPACE, metric, (("Probe", place_of(probe)),), "Average"),
        period=max(60, int(probe.every.total_seconds())),
        unit=unit,
        title=f"{probe.name} {'up' if metric == 'Up' else 'latency'}",
        environment=probe.environment,
        component=probe.component,
    )


def samples_of(probe: Probe, attempt: Attempt, status: Status, now: datetime) -> dict[str, list[tuple[int, float]]]:
    """The samples of one attempt by series id. What sleeps or could not be made leaves none."""
    if not attempt.made or status is Status.ASLEEP:
        return {}
    up, latency = series_of(probe)
    bucket = int(now.timestamp()) // up.period * up.period
    samples = {up.id: [(bucket, 0.0 if attempt.fault else 1.0)]}
    if attempt.latency is not None and not attempt.fault:
        samples[latency.id] = [(bucket, attempt.latency)]
    return samples
