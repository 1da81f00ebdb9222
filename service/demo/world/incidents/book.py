"""The incidents that were started: begin, end, look up. Those that are over stay, for they are part of the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from threading import Lock
from typing import Any

from service.demo.world.clients import ClientFor
from service.demo.world.incidents.acts import perform, undo
from service.demo.world.incidents.incident import Incident
from service.demo.world.incidents.kinds import KINDS, Act, Kind, Victims, kind_of
from service.demo.world.observer import Observer
from service.demo.world.plan import PLANS, PROD
from service.demo.world.state import Snapshot

_OPTIONS = ("environment", "duration", "minutes", "intensity", "days")
_DAYS = 30.0
_DAY = 86_400.0
_MOST = 5.0


class IncidentBook:
    """Answers the control API (see service.demo.source.Incidents), and tells the models what went on when."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._client_for: ClientFor | None = None
        self._incidents: tuple[Incident, ...] = ()
        self._unsettled: tuple[Incident, ...] = ()
        self._lock = Lock()

    def open(self, client_for: ClientFor) -> None:
        """From now on incidents may act in AWS."""
        self._client_for = client_for

    def all(self) -> tuple[Incident, ...]:
        """Every incident so far, oldest first."""
        return self._incidents

    def available(self) -> list[dict[str, Any]]:
        """What can be started."""
        return [
            {
                "name": kind.name,
                "title": kind.title,
                "summary": kind.feels,
                "components": list(kind.components),
                "minutes": kind.minutes,
            }
            for kind in KINDS
        ]

    def active(self, now: float) -> list[dict[str, Any]]:
        """What is going on."""
        self.settle(now)
        return [incident.shown() for incident in self._incidents if incident.active(now)]

    def start(self, name: str, options: Mapping[str, Any], now: float) -> dict[str, Any]:
        """Start one.

        Options: `environment` (prod by default), `duration` in seconds or `minutes` (15 by default; null: until it is
        stopped), `intensity` (1 by default, above 0 and up to 5), and for what
        raises the bill `days`: how long ago it began (0 by default). Raises LookupError and ValueError.
        """
        kind = kind_of(name)
        environment, length, intensity = _wish(kind, options)
        ago = _days_ago(kind, options)
        self.settle(now)
        if any(i.kind is kind and i.environment == environment and i.active(now) for i in self._incidents):
            raise ValueError(f"{name} is going on in {environment} already: stop it first")
        victims = _victims(kind, environment, self._observer.history(now).latest)
        client_for = self._client_for
        detail = perform(client_for, kind, environment, victims, now) if client_for else {}
        end = None if length is None else now + length
        if kind.costs:
            detail = {**detail, "told": now}
        incident = Incident(kind, environment, now - ago, end, intensity, victims, detail)
        with self._lock:
            self._incidents = (*self._incidents, incident)
            if kind.act is not Act.NOTHING:
                self._unsettled = (*self._unsettled, incident)
        return incident.shown()

    def stop(self, name: str, now: float) -> dict[str, Any]:
        """End it now, in whichever environments it goes on. Raises LookupError when it does not."""
        kind = kind_of(name)
        with self._lock:
            over = [i for i in self._incidents if i.kind is kind and i.active(now)]
            if not over:
                raise LookupError(f"{name} is not going on")
            ended = {id(incident): replace(incident, end=now) for incident in over}
            self._incidents = tuple(ended.get(id(incident), incident) for incident in self._incidents)
            self._unsettled = tuple(ended.get(id(incident), incident) for incident in self._unsettled)
        self.settle(now)
        return next(iter(ended.values())).shown()

    def settle(self, now: float) -> None:
        """Undo in AWS what incidents did that are over. Each is taken off the list before, so it is undone once."""
        if not any(incident.end is not None and incident.end <= now for incident in self._unsettled):
            return
        with self._lock:
            over = [i for i in self._unsettled if i.end is not None and i.end <= now]
            self._unsettled = tuple(i for i in self._unsettled if i not in over)
        for incident in over:
            if self._client_for:
                undo(self._client_for, incident)


def _wish(kind: Kind, options: Mapping[str, Any]) -> tuple[str, float | None, float]:
    """Environment, length in seconds (None: until stopped) and intensity. Raises ValueError."""
    unknown = [name for name in options if name not in _OPTIONS and name != "name"]
    if unknown:
        raise ValueError(f"unknown option {unknown[0]!r}: there are {', '.join(_OPTIONS)}")
    environment = str(options.get("environment") or kind.environment or PROD.name)
    known = [plan.name for plan in PLANS]
    if environment not in known:
        raise ValueError(f"there is no environment {environment!r}: there are {', '.join(known)}")
    minutes = options.get("minutes", kind.minutes)
    seconds = options.get("duration", None if minutes is None else _number("minutes", minutes) * 60.0)
    length = None if seconds is None else _number("duration", seconds)
    if length is not None and length <= 0:
        raise ValueError("an incident must last longer than nothing: give a positive duration in seconds")
    intensity = _number("intensity", options.get("intensity", 1.0))
    if not 0.0 < intensity <= _MOST:
        raise ValueError(f"intensity must be above 0 and at most {_MOST:g}")
    return environment, length, intensity


def _days_ago(kind: Kind, options: Mapping[str, Any]) -> float:
    """How many seconds ago it is to have begun. Raises ValueError."""
    days = _number("days", options.get("days", 0.0))
    if days and not kind.costs:
        raise ValueError(f"{kind.name} begins now: only what raises the bill can have begun days ago")
    if not 0.0 <= days <= _DAYS:
        raise ValueError(f"days must be at least 0 and at most {_DAYS:g}")
    return days * _DAY


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} must be a number, not {value!r}")  # noqa: TRY004 - the control API answers ValueError with 400
    return float(value)


def _victims(kind: Kind, environment: str, state: Snapshot) -> tuple[str, ...]:
    """The running targets that an incident hits: the last one, or those of the zone that has fewest of them."""
    targets = sorted(
        target
        for group in state.target_groups.values()
        if group.environment == environment
        for target in group.targets
        if state.running(target)
    )
    if kind.victims is Victims.NONE or not targets:
        return ()
    if kind.victims is Victims.ONE:
        return (targets[-1],)
    by_zone: dict[str, list[str]] = {}
    for target in targets:
        by_zone.setdefault(state.instances[target].zone, []).append(target)
    _, fewest = min((len(zone), zone) for zone in by_zone.values())
    return tuple(fewest)
