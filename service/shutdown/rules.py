"""What decides on an environment, out of the configuration and what people asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from service.shutdown.config import Schedule, protected
from service.shutdown.desired import Rules
from store.power import Mode, Override
from store.stack import Stack


class Configured(Protocol):
    """The part of the settings that is needed."""

    @property
    def stack(self) -> Stack:
        """The application that is watched."""

    @property
    def schedules(self) -> dict[str, Schedule]:
        """When environments run."""


def schedule_of(settings: Configured, name: str) -> Schedule | None:
    """The schedule of an environment; None if it has none, so that it is never put to sleep."""
    chosen = settings.stack.environments[name].schedule
    return settings.schedules[chosen] if chosen is not None else None


def rules_of(settings: Configured, name: str, overrides: Sequence[Override] = ()) -> Rules:
    """What decides on an environment that is configured."""
    schedule = schedule_of(settings, name)
    timetable = None
    if schedule is not None:
        timetable = schedule.timetable(settings.stack.environments[name].schedule or "", settings.stack)
    return Rules(
        protected=protected(name, settings.stack),
        timetable=timetable,
        mode=schedule.mode if schedule is not None else Mode.EDGE,
        overrides=tuple(one for one in overrides if one.environment == name),
    )


def sleepers(settings: Configured) -> list[str]:
    """The environments on the list of those that may sleep: they have a schedule, and nothing protects them."""
    stack = settings.stack
    return [name for name, one in stack.environments.items() if one.schedule is not None and not protected(name, stack)]
