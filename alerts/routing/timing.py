"""How a route tells: its options with what it inherits, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from alerts.routing.config import EscalationStep, QuietHours, Route
from alerts.routing.windows import Weekly, parse_days
from store.alerting import Severity
from store.stack import Stack

EVERYTHING = "..."
"""As the only entry of `group_by`: alerts with exactly the same labels are told together. Alertmanager's word."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Quiet hours by name: when, and the least severity that is told all the same."""

    name: str
    hours: Weekly
    allow: Severity


@dataclass(frozen=True, slots=True)
class Timing:
    """The options of a route, nothing left open. `reminders` is how many at most, None for no bound.

    `stale`: the route is no longer in the configuration. What was told there is still told as resolved; nothing new is.
    `handed`: the group is one of escalation: what is acknowledged needs no telling, and there is no further step.
    """

    receiver: str = ""
    group_by: tuple[str, ...] = ("environment", "component")
    group_wait: timedelta = timedelta(seconds=30)
    group_interval: timedelta = timedelta(minutes=5)
    repeat_interval: timedelta = timedelta(hours=4)
    send_resolved: bool = True
    mention: str = ""
    quiet: Quiet | None = None
    escalate: tuple[EscalationStep, ...] = ()
    reminders: int | None = None
    stale: bool = False
    handed: bool = False

    @property
    def repeat(self) -> timedelta:
        """The repeat interval as a whole number of group intervals, rounded up: a notice changes at no other times."""
        if not self.group_interval:
            return self.repeat_interval
        return -(-self.repeat_interval // self.group_interval) * self.group_interval


def below(above: Timing, route: Route, quiet: Mapping[str, Quiet]) -> Timing:
    """The timing of a route under another: what it does not set is as above."""
    plain = ("receiver", "group_wait", "group_interval", "repeat_interval", "send_resolved", "mention")
    chosen = {name: value for name in plain if (value := getattr(route, name)) is not None}
    timing = replace(above, **chosen)
    if route.group_by is not None:
        timing = replace(timing, group_by=tuple(dict.fromkeys(route.group_by)))
    if route.escalate is not None:
        timing = replace(timing, escalate=tuple(route.escalate))
    if route.quiet_hours is not None:
        timing = replace(timing, quiet=quiet.get(route.quiet_hours))
    if route.reminders is not None:
        timing = replace(timing, reminders=_at_most(route.reminders))
    return timing


def escalated(timing: Timing, step: int) -> Timing:
    """The timing of the group that a step of escalation hands alerts to: at once, and no further."""
    receiver = timing.escalate[step].receiver
    return replace(timing, receiver=receiver, group_wait=timedelta(0), escalate=(), handed=True)


def quiet_hours(described: Mapping[str, QuietHours], stack: Stack) -> dict[str, Quiet]:
    """The quiet hours of a configuration, by name."""
    return {name: Quiet(name, _weekly(hours, stack), hours.allow) for name, hours in described.items()}


def _weekly(hours: QuietHours, stack: Stack) -> Weekly:
    zone = ZoneInfo(hours.timezone) if hours.timezone else stack.zone
    return Weekly(hours.from_, hours.to, zone, parse_days(hours.days) or frozenset(range(7)))


def _at_most(reminders: bool | int) -> int | None:  # noqa: FBT001  a setting that is one or the other
    if isinstance(reminders, bool):
        return None if reminders else 0
    return reminders
