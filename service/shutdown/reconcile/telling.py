"""The events of an environment: it goes to sleep, it sleeps, it wakes, it runs, and what people did past us."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.shutdown.desired import Rules
from store.power import Condition, EnvironmentPower, Power, ResourcePower, Step
from store.vocabulary import Event

LAMPLIGHTER = "lamplighter"
_BEGINS = {Power.STOPPED: ("environment.stopping", "goes to sleep"), Power.RUNNING: ("environment.starting", "wakes")}
_REACHED = {
    Power.STOPPED: (Condition.STOPPED, "environment.stopped", "is asleep"),
    Power.RUNNING: (Condition.RUNNING, "environment.started", "runs again"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """An environment after a round, as it was before it, and the steps of the edge that the round acted for."""

    state: EnvironmentPower
    before: EnvironmentPower | None
    steps: Sequence[Step]
    rules: Rules


def events_of(told: Told, key: str, now: datetime) -> Iterator[Event]:
    """The events of a round. Their keys make telling one twice do nothing."""
    state, made = told.state, [step for step in told.steps if step.attempts]
    actor = actor_of(told.rules, now)
    if made:
        yield _event(f"{key}:begun", min(step.planned_at for step in made), _BEGINS[state.desired], actor, told)
        reached, *words = _REACHED[state.desired]
        if state.condition is reached:
            yield _event(f"{key}:reached", now, words, actor, told)
    for one in state.resources:
        if one.by_hand == now:
            yield _by_hand(one, state, now)


def actor_of(rules: Rules, now: datetime) -> str:
    """Who stands behind what is wanted: the person whose wish is in force, else the schedule, which is ours."""
    if rules.protected:
        return LAMPLIGHTER
    in_force = [one for one in rules.overrides if one.holds(now)]
    chosen = max(in_force, key=lambda one: (one.hold, one.asked_at, one.id), default=None)
    return chosen.by if chosen is not None else LAMPLIGHTER


def _event(key: str, at: datetime, words: Sequence[str], actor: str, told: Told) -> Event:
    (kind, said), state = words, told.state
    detail = {
        "because": str(state.because),
        "until": state.until.isoformat() if state.until is not None else None,
        "before": told.before.condition.value if told.before is not None else None,
        "after": state.condition.value,
        "resources": sorted({step.name for step in told.steps}),
    }
    return Event(key, at, kind, f"{state.environment} {said}", actor, state.environment, None, detail)


def _by_hand(one: ResourcePower, state: EnvironmentPower, now: datetime) -> Event:
    did = "started" if one.condition in (Condition.RUNNING, Condition.STARTING) else "stopped"
    return Event(
        f"{one.resource_id}:by-hand:{now.isoformat()}",
        now,
        "environment.by_hand",
        f"{one.name} was {did} by hand",
        "somebody",
        state.environment,
        one.component,
        {"resource": one.resource_id, "after": one.condition.value, "wanted": state.desired.value},
    )
