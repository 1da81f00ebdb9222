"""What an environment should be: a pure function of its schedule, its holidays, what people asked for, and the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.shutdown.timetable import HORIZON, Place, Timetable
from store.messages import Message, Sentence
from store.power import Mode, Override, Power


@dataclass(frozen=True, slots=True)
class ByHand:
    """A start or stop that somebody made past Lamplighter, and when it was seen."""

    power: Power
    at: datetime


@dataclass(frozen=True, slots=True)
class Desired:
    """What should be at an instant, why, and when that changes; `until` is None if nothing known changes it."""

    power: Power
    because: Sentence
    until: datetime | None


@dataclass(frozen=True)
class Rules:
    """What decides on an environment. Whoever protects it says why; without a timetable it runs."""

    protected: Sentence = ""
    timetable: Timetable | None = None
    mode: Mode = Mode.EDGE
    overrides: Sequence[Override] = ()
    by_hand: ByHand | None = None


def desired(rules: Rules, now: datetime) -> Desired:
    """What an environment should be.

    Protection beats a maintenance hold, that an override, that a holiday, and that the schedule. Of several overrides
    the one that was asked for last holds. `until` is when the power changes, which may be later than the reason.
    """
    found = _at(rules, now)
    until, last = found.until, now + timedelta(days=HORIZON)
    while until is not None and until < last:
        following = _at(rules, until)
        if following.power is not found.power:
            return Desired(found.power, found.because, until)
        until = following.until
    return Desired(found.power, found.because, None)


def _at(rules: Rules, now: datetime) -> Desired:
    """What should be at an instant; `until` is the next instant at which the answer may be another one."""
    if rules.protected:
        return Desired(Power.RUNNING, rules.protected, None)
    in_force = [one for one in rules.overrides if one.holds(now)]
    edges = [edge for one in rules.overrides for edge in (one.start, one.until) if edge > now]
    if in_force:
        chosen = max(in_force, key=lambda one: (one.hold, one.asked_at, one.id))
        return Desired(chosen.power, _asked(chosen), min(edges))
    planned = _planned(rules, now)
    if planned.until is not None:
        edges.append(planned.until)
    return Desired(planned.power, planned.because, min(edges, default=None))


def _asked(override: Override) -> Sentence:
    if override.hold:
        said = Message("on hold for maintenance by %(who)s", who=override.by)
    elif override.power is Power.RUNNING:
        said = Message("kept on by %(who)s", who=override.by)
    else:
        said = Message("kept off by %(who)s", who=override.by)
    return Message("%(what)s: %(why)s", what=said, why=override.why) if override.why else said


def _planned(rules: Rules, now: datetime) -> Desired:
    if rules.timetable is None:
        return Desired(Power.RUNNING, Message("it has no schedule"), None)
    place = rules.timetable.place(now)
    by_hand = rules.by_hand
    if by_hand is not None and rules.mode is Mode.EDGE and by_hand.at <= now:
        edge = rules.timetable.place(by_hand.at).until
        if edge is None or edge > now:
            started = Message("started by hand; the schedule's next edge decides again")
            stopped = Message("stopped by hand; the schedule's next edge decides again")
            return Desired(by_hand.power, started if by_hand.power is Power.RUNNING else stopped, edge)
    power = Power.RUNNING if place.running else Power.STOPPED
    return Desired(power, _reason(rules.timetable, place, now), place.until)


def _reason(timetable: Timetable, place: Place, now: datetime) -> Sentence:
    name = timetable.name
    if place.running:
        return Message("schedule %(name)s: %(period)s", name=name, period=place.text)
    if (holiday := timetable.holiday(now)) is not None:
        return Message("schedule %(name)s: a holiday, %(holiday)s", name=name, holiday=holiday)
    if not timetable.periods:
        return Message("schedule %(name)s: never", name=name)
    return Message("schedule %(name)s: outside its running periods", name=name)
