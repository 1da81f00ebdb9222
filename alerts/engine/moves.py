"""The moves between states: where an alert goes when its condition holds, and when it does not. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from alerts.engine.flap import FLIPS, count_flips, flipped, goes_on, hold
from alerts.engine.timing import Timing
from alerts.rules.base import ZERO
from store.alerting import Alert, AlertState, episode_id
from store.durations import format_duration
from store.messages import Message, Sentence

Move = tuple[Alert, Sentence]
"""The alert afterwards, and why it is there."""


def holds(alert: Alert, said: Sentence, timing: Timing, slot: datetime) -> Move:
    """The condition holds at `slot`; `said` is the judge's sentence."""
    if alert.state is AlertState.INACTIVE:
        return _begin(alert, said, timing, slot)
    age = slot - (alert.active_at or slot)
    if age < timing.for_:
        return (alert, said) if alert.state is AlertState.PENDING else _fall_back(alert, timing, age, slot)
    if alert.state is AlertState.PENDING:
        return _fire(alert, Message("%(why)s; this has held for %(held)s", why=said, held=_in(age)), timing, slot)
    if alert.state is AlertState.RECOVERING:
        back = replace(_flip(alert, timing, slot), state=AlertState.FIRING, recovering_at=None)
        return back, Message("%(why)s; it is back before its end was believed", why=said)
    return alert, said


def is_over(alert: Alert, said: Sentence, timing: Timing, slot: datetime) -> Move:
    """The condition does not hold at `slot`."""
    if alert.state is AlertState.INACTIVE:
        return alert, said
    if alert.state is AlertState.PENDING:
        held = slot - (alert.active_at or slot)
        lapsed = replace(alert, state=AlertState.INACTIVE, active_at=None)
        short = Message(
            "%(why)s; it had held for %(held)s, not for %(hold)s", why=said, held=_in(held), hold=_in(timing.for_)
        )
        return lapsed, short
    since = alert.recovering_at or slot
    flapping = hold(alert, since, timing.flapping)
    keep = max(timing.keep_firing_for, flapping or ZERO)
    if slot - since >= keep:
        return end(alert, slot), Message(
            "%(why)s; this has held for %(held)s", why=said, held=_in(keep)
        ) if keep else said
    if alert.state is AlertState.RECOVERING:
        return alert, said
    recovering = replace(alert, state=AlertState.RECOVERING, recovering_at=slot)
    if flapping is None:
        kept = Message("%(why)s; it counts as firing for another %(hold)s", why=said, hold=_in(keep))
        return recovering, kept
    return recovering, _held_back(alert, said, timing, slot, keep)


def end(alert: Alert, slot: datetime) -> Alert:
    """The alert with its firing over; episode and time of firing stay, for what comes back soon after."""
    return replace(alert, state=AlertState.INACTIVE, active_at=None, recovering_at=None, resolved_at=slot)


def _begin(alert: Alert, said: Sentence, timing: Timing, slot: datetime) -> Move:
    begun = replace(alert, state=AlertState.PENDING, active_at=slot, recovering_at=None)
    if timing.for_ > ZERO:
        return begun, Message("%(why)s; it fires once this has held for %(hold)s", why=said, hold=_in(timing.for_))
    return _fire(begun, said, timing, slot)


def _fire(alert: Alert, said: Sentence, timing: Timing, slot: datetime) -> Move:
    if goes_on(alert, slot, timing.flapping):
        ago = slot - (alert.resolved_at or slot)
        resumed = replace(_flip(alert, timing, slot), state=AlertState.FIRING, resolved_at=None)
        told = Message("%(why)s; it had ended only %(ago)s before, so it is the same incident", why=said, ago=_in(ago))
        return resumed, told
    why = {name: value for name, value in alert.why.items() if name != FLIPS}
    fired = replace(
        alert,
        state=AlertState.FIRING,
        episode=episode_id(alert.fingerprint, slot),
        fired_at=slot,
        resolved_at=None,
        flaps=0,
        why=why,
    )
    return fired, said


def _fall_back(alert: Alert, timing: Timing, age: timedelta, slot: datetime) -> Move:
    """`for` was raised above the age: Prometheus makes it pending again."""
    pending = replace(end(alert, slot), state=AlertState.PENDING, active_at=alert.active_at)
    told = Message(
        "the rule was changed: it now waits %(hold)s, and the condition has held for %(held)s only",
        hold=_in(timing.for_),
        held=_in(age),
    )
    return pending, told


def _flip(alert: Alert, timing: Timing, slot: datetime) -> Alert:
    flips = flipped(alert, slot, timing.flapping)
    return replace(alert, flaps=alert.flaps + 1, why={**alert.why, FLIPS: list(flips)})


def _held_back(alert: Alert, said: Sentence, timing: Timing, slot: datetime, keep: timedelta) -> Sentence:
    return Message(
        "%(why)s; it came back %(count)s times in %(within)s and counts as firing until it is quiet for %(hold)s",
        why=said,
        count=count_flips(alert, slot, timing.flapping),
        within=_in(timing.flapping.within),
        hold=_in(keep),
    )


def _in(length: timedelta) -> str:
    return format_duration(length)
