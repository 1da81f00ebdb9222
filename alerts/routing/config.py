"""The routing part of the `alerts` section: route tree, inhibition, maintenance, quiet hours; and its faults."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, time, timedelta
from difflib import get_close_matches
from typing import Annotated, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, field_validator, model_validator

from alerts.routing.matching import format_matcher, parse_matcher
from alerts.routing.windows import parse_clock, parse_days
from alerts.rules.base import Strict
from store.alerting import Matcher, Severity
from store.durations import Duration
from store.stack import Stack

Fault = tuple[str, str, str]
"""Where (`route.routes.0.receiver`), what is wrong, and what to do about it."""

LONGEST_WAIT = timedelta(days=31)


def _matcher(value: object) -> object:
    return parse_matcher(value) if isinstance(value, str) else value


def _a_zone(name: str) -> str:
    if name and name not in available_timezones():
        raise ValueError(f"{name[:60]!r} is no time zone: write an IANA name such as Asia/Seoul or UTC")
    return name


def _known_days(days: list[str]) -> list[str]:
    parse_days(days)
    return days


def _not_too_long(length: timedelta) -> timedelta:
    if not timedelta(0) <= length <= LONGEST_WAIT:
        raise ValueError("this must be between 0s and 31d")
    return length


def _clock(value: time) -> str:
    return value.strftime("%H:%M")


Condition = Annotated[
    Matcher, BeforeValidator(_matcher, json_schema_input_type=str), PlainSerializer(format_matcher, return_type=str)
]
Wait = Annotated[Duration, AfterValidator(_not_too_long)]
Clock = Annotated[
    time, BeforeValidator(parse_clock, json_schema_input_type=str), PlainSerializer(_clock, return_type=str)
]
Zone = Annotated[str, AfterValidator(_a_zone)]
Days = Annotated[list[str], AfterValidator(_known_days)]


class EscalationStep(Strict):
    """Who else is told when nobody acknowledges."""

    after: Wait = Field(description="How long nobody acknowledged since the notice began.")
    receiver: str = Field(description="The receiver that is then told too.")

    @field_validator("after")
    @classmethod
    def _takes_time(cls, after: timedelta) -> timedelta:
        if after <= timedelta(0):
            raise ValueError("an escalation at once is a route of its own with `continue: true`: write 1m or more")
        return after


class Route(Strict):
    """A node of the route tree. What is not set is that of the route above."""

    name: str = Field(
        default="", pattern=r"^[A-Za-z0-9._-]{0,60}$", description="A name that stays when routes are moved about."
    )
    match: list[Condition] = Field(default_factory=list, description="Conditions on labels; all must hold.")
    receiver: str | None = Field(default=None, description="Who is told; the first receiver by default.")
    continue_: bool = Field(default=False, alias="continue", description="Go on to the routes after this one.")
    group_by: list[str] | None = Field(
        default=None, description="Labels that alerts told together share; [...] for all. [environment, component]."
    )
    group_wait: Wait | None = Field(default=None, description="How long the first notice waits for more; 30s.")
    group_interval: Wait | None = Field(default=None, description="The least time between changes of a notice; 5m.")
    repeat_interval: Wait | None = Field(default=None, description="When nobody acknowledges, a reminder; 4h.")
    send_resolved: bool | None = Field(default=None, description="Whether the end is told; true.")
    mention: str | None = Field(default=None, max_length=100, description="Whom to name, never on a resolve: @oncall.")
    quiet_hours: str | None = Field(default=None, description="A name under quiet_hours; an empty one for none.")
    escalate: list[EscalationStep] | None = Field(default=None, description="Who is told when nobody acknowledges.")
    reminders: bool | Annotated[int, Field(ge=0, le=1000)] | None = Field(
        default=None, description="false for none, a number for at most so many; true."
    )
    routes: list[Route] = Field(default_factory=list, description="Routes below; the first that matches is taken.")

    @field_validator("repeat_interval")
    @classmethod
    def _not_all_the_time(cls, length: timedelta | None) -> timedelta | None:
        if length is not None and length < timedelta(minutes=1):
            raise ValueError("repeat_interval must be 1m or more: write `reminders: false` for none")
        return length


class Inhibition(Strict):
    """While an alert that matches `source` fires, those that match `target` with equal labels are not told."""

    source: list[Condition] = Field(min_length=1, description="Conditions on the alert that silences others.")
    target: list[Condition] = Field(min_length=1, description="Conditions on the alerts that are silenced.")
    equal: list[str] = Field(default_factory=list, description="Labels that must be the same, or missing, in both.")


class QuietHours(Strict):
    """Times of the week in which only what is urgent is told; the rest follows when they end, if it still fires."""

    timezone: Zone = Field(default="", description="The zone of the times; the stack's by default.")
    from_: Clock = Field(alias="from", description='When it begins, such as "22:00".')
    to: Clock = Field(description='When it ends; "07:00" is on the next day if that is not after `from`.')
    days: Days = Field(default_factory=list, description="The days on which it begins (mon … sun); all by default.")
    allow: Severity = Field(default=Severity.PAGE, description="The least severity that is told all the same.")


class Maintenance(Strict):
    """A stretch of time, once or each week, in which nobody is told of what matches."""

    name: str = Field(min_length=1, max_length=100, description="What is done; it is named as the reason.")
    match: list[Condition] = Field(default_factory=list, description="Conditions on labels; everything by default.")
    timezone: Zone = Field(default="", description="The zone of the times; the stack's by default.")
    from_: datetime | Clock = Field(alias="from", description='An instant, or a time of day such as "02:00".')
    to: datetime | Clock = Field(description="When it ends: an instant, or a time of day.")
    days: Days = Field(default_factory=list, description="For times of day: the days on which it begins.")

    @field_validator("from_", "to", mode="before")
    @classmethod
    def _an_instant_or_a_time_of_day(cls, value: object) -> object:
        if isinstance(value, datetime | time):
            return value
        if isinstance(value, str) and len(value) > len("22:00"):
            try:
                return datetime.fromisoformat(value)
            except ValueError:
                raise ValueError(
                    f'{value[:40]!r} is no instant: write 2026-12-01T02:00+09:00, or "02:00" for each week'
                ) from None
        return parse_clock(value)

    @model_validator(mode="after")
    def _both_of_a_kind(self) -> Self:
        if isinstance(self.from_, datetime) is not isinstance(self.to, datetime):
            raise ValueError("from and to must both be instants, or both times of day")
        if isinstance(self.from_, datetime) and isinstance(self.to, datetime):
            if self.days:
                raise ValueError("days go with times of day: leave them out, or write from and to as 02:00")
            if (self.from_.tzinfo is None) is not (self.to.tzinfo is None):
                raise ValueError("write both instants with an offset, or both without")
            if self.to <= self.from_:
                raise ValueError("to must be after from")
        return self


class RoutingConfig(Strict):
    """Who is told of what and when. The section's other parts (rules, receivers) are declared beside theirs."""

    route: Route = Field(default_factory=Route, description="The tree of routes; its root takes everything.")
    inhibit: list[Inhibition] = Field(default_factory=list, description="Which alerts silence which others.")
    inhibit_dependents: bool = Field(
        default=True, description="A component that is down silences alerts of what depends on it, and of its parts."
    )
    maintenance: list[Maintenance] = Field(default_factory=list, description="Planned work: nobody is told of it.")
    quiet_hours: dict[str, QuietHours] = Field(default_factory=dict, description="Quiet hours by name.")


def faults(config: RoutingConfig, receiver_names: Sequence[str], stack: Stack) -> list[Fault]:
    """Every fault between the routing and what it refers to."""
    found: list[Fault] = []
    if config.route.match:
        wrong = "the first route takes everything, so it cannot have conditions"
        found.append(("route.match", wrong, "put them on a route under `routes`"))
    found += _route_faults("route", config.route, config, receiver_names)
    found += _shared_names(config.route)
    for path, matchers in _matchers(config):
        for place, matcher in enumerate(matchers):
            found += _value_faults(f"{path}.{place}", matcher, stack)
    return found


def _route_faults(path: str, route: Route, config: RoutingConfig, receivers: Sequence[str]) -> Iterator[Fault]:
    asked = [(f"{path}.receiver", route.receiver)] if route.receiver is not None else []
    asked += [(f"{path}.escalate.{place}.receiver", step.receiver) for place, step in enumerate(route.escalate or ())]
    for where, name in asked:
        if name not in receivers:
            yield where, f"there is no receiver {name!r}", _known(name, receivers, "under receivers")
    if route.quiet_hours and route.quiet_hours not in config.quiet_hours:
        wrong = f"there are no quiet hours {route.quiet_hours!r}"
        yield f"{path}.quiet_hours", wrong, _known(route.quiet_hours, config.quiet_hours, "under quiet_hours")
    afters = [step.after for step in route.escalate or ()]
    if afters != sorted(afters):
        yield f"{path}.escalate", "the steps are not in the order of their times", "put the shortest `after` first"
    if route.group_by and "..." in route.group_by and len(route.group_by) > 1:
        yield f"{path}.group_by", "`...` means all labels and stands alone", 'write ["..."] or names of labels'
    for place, below in enumerate(route.routes):
        where = f"{path}.routes.{place}"
        if not below.match and not below.continue_ and place + 1 < len(route.routes):
            wrong = "it has no conditions and takes everything, so that the routes after it are never reached"
            yield f"{where}.match", wrong, "put it last, add conditions, or write `continue: true`"
        yield from _route_faults(where, below, config, receivers)


def _shared_names(root: Route) -> Iterator[Fault]:
    seen: set[str] = set()
    pending = [("route", root)]
    while pending:
        path, route = pending.pop(0)
        if route.name in seen:
            yield f"{path}.name", f"two routes are called {route.name!r}", "give each a name of its own"
        if route.name:
            seen.add(route.name)
        pending += [(f"{path}.routes.{place}", below) for place, below in enumerate(route.routes)]


def _matchers(config: RoutingConfig) -> Iterator[tuple[str, Sequence[Matcher]]]:
    pending = [("route", config.route)]
    while pending:
        path, route = pending.pop(0)
        yield f"{path}.match", route.match
        pending += [(f"{path}.routes.{place}", below) for place, below in enumerate(route.routes)]
    for place, rule in enumerate(config.inhibit):
        yield f"inhibit.{place}.source", rule.source
        yield f"inhibit.{place}.target", rule.target
    for place, window in enumerate(config.maintenance):
        yield f"maintenance.{place}.match", window.match


def _value_faults(path: str, matcher: Matcher, stack: Stack) -> Iterator[Fault]:
    """A value that no alert can have. An environment that is not in the stack is never given to a resource."""
    choices: dict[str, Collection[str]] = {
        "environment": stack.environments,
        "component": stack.components,
        "severity": [severity.value for severity in Severity],
    }
    known = choices.get(matcher.label, ())
    if known and matcher.op in ("=", "!=") and matcher.value and matcher.value not in known:
        wrong = f"there is no {matcher.label} {matcher.value!r}"
        yield path, wrong, _known(matcher.value, known, f"under {matcher.label}s")


def _known(name: str, names: Collection[str], where: str) -> str:
    near = get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known: {', '.join(names)}" if names else f"there is none yet: add it {where}"
