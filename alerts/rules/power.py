"""Environments that sleep: one stops soon, is late, is kept from it, runs by somebody's hand, or answers asleep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from alerts.rules.base import BaseRule, Outcome, Readings, Subject, Verdict, Why
from alerts.rules.figures import money
from alerts.rules.present import labels_of, moment, no_faults, no_needs, own_alerts, placed
from store.alerting import Alert
from store.durations import Duration
from store.messages import Message, Sentence
from store.power import Condition, EnvironmentPower, Power
from store.vocabulary import Status

STOPS_SOON = "stops_soon"
_STALE = timedelta(minutes=15)
"""What was last looked at longer ago says nothing of now; that the job hangs is an alert of its own."""
_ANSWERS = ("target", "service", "http", "tcp", "database", "cache")
"""Checks that only something that runs can pass."""
_DRAINED = timedelta(minutes=5)
"""How long after it was seen asleep a check may still tell what it saw before."""
_WANTED = {"late_to_stop": Power.STOPPED, "late_to_wake": Power.RUNNING}
_REACHED = {Power.STOPPED: Condition.STOPPED, Power.RUNNING: Condition.RUNNING}


class PowerRule(BaseRule):
    """An environment that sleeps by a schedule, and what its people must know of it. A dry run tells nobody."""

    kind: Literal["power"]
    when: Literal["stops_soon", "late_to_stop", "late_to_wake", "held_up", "by_hand", "answers"] = Field(
        description="stops_soon, late_to_stop, late_to_wake, held_up (a call fails), by_hand (it runs all the same) or "
        "answers (what is asleep passes a health check)."
    )
    before: Duration = Field(default=timedelta(minutes=30), description="stops_soon: how long before the stop.")
    deadline: Duration = Field(default=timedelta(minutes=30), description="late: how long it may take.")


name = "power"
model: type[BaseRule] = PowerRule
continuous = False
needs = no_needs
faults = no_faults


def subjects(rule: PowerRule, readings: Readings, /) -> Iterator[Subject]:
    """Each environment that it holds for now, and those of the open alerts."""
    told = set()
    for state in readings.power():
        labels = placed({"power": rule.when, "edge": _edge(rule, state)}, state.environment, None)
        if rule.covers(state.environment, None) and _holds(rule, state, readings, readings.now):
            told.add(tuple(sorted(labels.items())))
            yield _subject(labels, state.environment)
    for alert in own_alerts(rule, readings):
        labels = labels_of(rule, alert)
        if tuple(sorted(labels.items())) not in told:
            yield _subject(labels, alert.environment)


def judge(rule: PowerRule, subject: Subject, slot: int, readings: Readings, before: Alert | None, /) -> Verdict:
    """Judge whether it still holds of the environment, for the stop or start that the alert is about."""
    now = moment(slot)
    state = next((one for one in readings.power() if one.environment == subject.environment), None)
    if state is None:
        return Verdict(Outcome.CLEAR, Message("it no longer sleeps by a schedule"))
    if now - state.checked_at > _STALE:
        return Verdict(Outcome.KEEP, Message("it was last looked at %(time)s", time=_at(state.checked_at, state)))
    same = subject.labels.get("edge") == _edge(rule, state)
    going = rule.when == STOPS_SOON and before is not None and before.state.is_firing and _goes_to_sleep(state)
    if not going and (not same or not _holds(rule, state, readings, now)):
        return Verdict(Outcome.CLEAR, _over(state), why=Why((), "", _facts(state), _lines(state)))
    return Verdict(Outcome.BREACH, _reason(rule, state, readings), why=Why((), "", _facts(state), _lines(state)))


def _holds(rule: PowerRule, state: EnvironmentPower, readings: Readings, now: datetime) -> bool:
    if not state.armed:
        return False
    if rule.when == STOPS_SOON:
        return state.desired is Power.RUNNING and state.until is not None and state.until - rule.before <= now
    if rule.when == "held_up":
        return bool(state.problem)
    if rule.when == "by_hand":
        return state.desired is Power.STOPPED and any(_runs_by_hand(one) for one in state.resources)
    if rule.when == "answers":
        return bool(_answering(state, readings, now))
    wanted = _WANTED[rule.when]
    since = state.desired_since
    late = since is not None and since + rule.deadline <= now
    by_hand = any(one.by_hand is not None for one in state.resources)
    return state.desired is wanted and late and not by_hand and state.condition is not _REACHED[wanted]


def _runs_by_hand(one: Any) -> bool:  # noqa: ANN401  a resource of an environment
    return one.by_hand is not None and one.condition in (Condition.RUNNING, Condition.STARTING)


def _answering(state: EnvironmentPower, readings: Readings, now: datetime) -> list[str]:
    """The checks that what is asleep passes all the same: of components of which everything that can sleep does."""
    sleepers = [one for one in state.resources if one.desired is Power.STOPPED]
    awake = {one.component for one in sleepers if one.condition is not Condition.STOPPED}
    asleep = {
        one.component for one in sleepers if one.component is not None and one.since and one.since + _DRAINED <= now
    } - awake
    return sorted(
        str(one.latest.title)
        for one in readings.health()
        if one.latest.environment == state.environment
        and one.latest.component in asleep
        and one.latest.kind in _ANSWERS
        and one.latest.status is Status.OK
        and now - one.latest.observed_at <= _STALE
    )


def _goes_to_sleep(state: EnvironmentPower) -> bool:
    """It is past its stop and not asleep yet: what was told of it is still the case."""
    return state.armed and state.desired is Power.STOPPED and state.condition is Condition.STOPPING


def _edge(rule: PowerRule, state: EnvironmentPower) -> str:
    """The stop or start that it is about: each is an alert of its own."""
    at = state.until if rule.when == STOPS_SOON else state.desired_since
    return at.isoformat() if at is not None else ""


def _subject(labels: dict[str, str], environment: str | None) -> Subject:
    return Subject(labels, environment, None, title=environment or "")


def _reason(rule: PowerRule, state: EnvironmentPower, readings: Readings) -> Sentence:
    if rule.when == STOPS_SOON:
        if state.desired is Power.STOPPED:
            return Message("it goes to sleep now")
        return Message("by %(why)s", why=state.because)
    if rule.when == "by_hand":
        names = ", ".join(sorted(one.name for one in state.resources if _runs_by_hand(one)))
        return Message("%(names)s was started by hand; the next edge of the schedule decides again", names=names)
    if rule.when == "answers":
        names = ", ".join(_answering(state, readings, readings.now))
        return Message("%(names)s: it answers, so something runs that is not in the inventory", names=names)
    if state.problem:
        return state.problem
    waiting = ", ".join(
        sorted(
            one.name
            for one in state.resources
            if one.desired is not None and one.condition is not _REACHED[state.desired]
        )
    )
    return Message("not there yet: %(names)s", names=waiting or state.environment)


def _over(state: EnvironmentPower) -> Sentence:
    """Why there is nothing to tell any more, which is what became of it."""
    until = _at(state.until, state) if state.until is not None else ""
    if state.desired is Power.STOPPED and state.condition is Condition.STOPPED:
        since = _at(state.since, state)
        if state.hourly and until:
            return Message(
                "asleep since %(since)s, which saves %(hourly)s an hour until %(until)s",
                since=since,
                hourly=money(state.hourly, state.currency),
                until=until,
            )
        return Message("asleep since %(since)s", since=since)
    if state.desired is Power.RUNNING and until:
        return Message("on until %(until)s: %(why)s", until=until, why=state.because)
    return Message("it is as it should be: %(why)s", why=state.because)


def _facts(state: EnvironmentPower) -> dict[str, Any]:
    return {
        "at": _at(state.until, state) if state.until is not None else "",
        "since": _at(state.desired_since, state) if state.desired_since is not None else "",
        "choices": [
            {
                "environment": state.environment,
                "do": one.do,
                "seconds": one.seconds,
                "until": _at(one.until, state),
                "price": None if one.price is None else str(one.price),
                "currency": one.currency,
            }
            for one in state.offers
        ],
    }


def _lines(state: EnvironmentPower) -> Sequence[Sentence]:
    lines: list[Sentence] = []
    if state.until is not None and state.desired is Power.RUNNING:
        wakes = next((one.end for one in state.planned if one.start == state.until), None)
        if wakes is not None and state.hourly is not None:
            hours = Decimal(round((wakes - state.until).total_seconds())) / 3600
            lines.append(
                Message(
                    "Asleep it saves %(hourly)s an hour: %(night)s until %(until)s",
                    hourly=money(state.hourly, state.currency),
                    night=money(state.hourly * hours, state.currency),
                    until=_at(wakes, state),
                )
            )
    staying = sorted(one.name for one in state.resources if one.desired is not None and one.by_hand is not None)
    if staying:
        lines.append(Message("Changed by hand: %(names)s", names=", ".join(staying)))
    return lines


def _at(when: datetime, state: EnvironmentPower) -> str:
    """A time in the zone of the schedule; with its day where it is another one than that of the look."""
    zone = ZoneInfo(state.timezone)
    local, today = when.astimezone(zone), state.checked_at.astimezone(zone)
    return f"{local:%H:%M %Z}" if local.date() == today.date() else f"{local:%m-%d %H:%M %Z}"
