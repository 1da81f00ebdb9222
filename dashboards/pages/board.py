"""What the status page shows, worked out from what the store holds: troubles, groups of tiles, first steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.charts.units import format_value
from dashboards.language import Language
from dashboards.pages.checks import check_name, says, telling
from dashboards.pages.figures import Figure, Figures
from dashboards.verdict import CheckVerdict, ComponentVerdict, Verdict, place_name, split_title
from store.stack import Stack
from store.vocabulary import Event, Status

CHANGE_BEFORE = timedelta(hours=6)
"""How long before a failure a change is still named as the last one before it."""
_LIVE_NAMES = ("prod", "production", "live")
_NOT_CHANGES = ("login.", "job.", "health.", "config.", "alert.", "silence.")
COUNTED = {
    "targets": ("%(num)s target", "%(num)s targets"),
    "instances": ("%(num)s instance", "%(num)s instances"),
    "days": ("%(num)s day", "%(num)s days"),
    "tasks": ("%(num)s task", "%(num)s tasks"),
}
"""What checks count, with the words for one and for many."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One component of one environment. `made_of` is what its title says in brackets."""

    href: str
    name: str
    title: str
    made_of: str
    status: Status
    covered: bool
    reason: str
    since: datetime | None
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """An environment with its tiles, worst first. `troubled` are not fine, nothing checks the `unchecked`."""

    environment: str
    title: str
    status: Status
    tiles: tuple[Tile, ...]
    troubled: int
    unchecked: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """A check that fails now, with the last change before it. `subject` is the resource where the title names none."""

    href: str
    place: str
    title: str
    subject: str
    status: Status
    reason: str
    value: str
    since: datetime
    change: Event | None


def href_of(environment: str, component: str) -> str:
    """The address of a component's page."""
    return f"/components/{component}?env={environment}" if environment else f"/components/{component}"


def troubles(stack: Stack, verdict: Verdict, events: Sequence[Event], env: str, language: Language) -> list[Trouble]:
    """The failing checks of an environment (of all when it is empty): critical ones first, the newest of them first."""
    found = [
        _trouble(stack, component, check, events, language)
        for component in verdict.components
        if env in {"", component.environment}
        if component.status is not Status.ASLEEP
        for check in telling(each for each in component.checks if _fails(each))
    ]
    return sorted(found, key=lambda trouble: (-trouble.status.rank, -trouble.since.timestamp()))


def _fails(check: CheckVerdict) -> bool:
    return not check.stale and check.status not in {Status.OK, Status.ASLEEP}


def _trouble(
    stack: Stack, component: ComponentVerdict, check: CheckVerdict, events: Sequence[Event], language: Language
) -> Trouble:
    latest = check.state.latest
    title, subject = (language.say(each) for each in check_name(latest))
    reason = language.say(latest.reason)
    counted = latest.unit in COUNTED and says(reason, latest.value)
    return Trouble(
        href=href_of(*component.place) if component.component else "",
        place=place_name(stack, component.place),
        title=title,
        subject=subject,
        status=check.status,
        reason=reason,
        value="" if counted else measured(latest.value, latest.unit, language),
        since=check.state.since,
        change=last_change(events, component, check.state.since),
    )


def measured(value: float | None, unit: str, language: Language) -> str:
    """What a check measured: as a quantity where its unit is one, else as a number of what was counted (4 targets)."""
    if value is None:
        return ""
    if unit in COUNTED:
        one, many = COUNTED[unit]
        return language.plural(one, many, round(value))
    return format_value(value, unit)


def last_change(events: Sequence[Event], component: ComponentVerdict, since: datetime) -> Event | None:
    """The newest change in the six hours before `since` that concerns the component, its environment or everything."""
    fitting = [
        event
        for event in events
        if since - CHANGE_BEFORE <= event.at <= since
        and event.environment in {None, component.environment}
        and event.component in {None, component.component}
        and not event.kind.startswith(_NOT_CHANGES)
    ]
    return max(fitting, key=lambda event: event.at, default=None)


def groups(stack: Stack, verdict: Verdict, figures: Figures, env: str, language: Language) -> list[Group]:
    """The tiles by environment: the worst environment first, of equals the one that people use."""
    by_environment: dict[str, list[ComponentVerdict]] = defaultdict(list)
    for component in verdict.components:
        if env in {"", component.environment} and component.component:
            by_environment[component.environment].append(component)
    order = environments(stack, verdict)
    made = [_group(stack, environment, members, figures, language) for environment, members in by_environment.items()]
    return sorted(made, key=lambda group: (-_urgency(group.status), order.index(group.environment)))


def _group(
    stack: Stack, environment: str, members: Sequence[ComponentVerdict], figures: Figures, language: Language
) -> Group:
    ordered = sorted(members, key=lambda member: -_urgency(member.status) if member.covered else 2)
    covered = [member.status for member in ordered if member.covered]
    status = max(covered, key=_urgency, default=Status.UNKNOWN)
    shown = figures if status is not Status.ASLEEP else {}
    return Group(
        environment,
        title_of(stack, environment),
        status,
        tuple(_tile(stack, member, shown, language) for member in ordered),
        sum(1 for status in covered if status not in {Status.OK, Status.ASLEEP}),
        len(ordered) - len(covered),
    )


def _urgency(status: Status) -> int:
    # Asleep is meant so and least urgent of all, even below fine.
    return -1 if status is Status.ASLEEP else status.rank


def _tile(stack: Stack, member: ComponentVerdict, figures: Figures, language: Language) -> Tile:
    described = stack.components.get(member.component)
    place = (member.environment or None, member.component)
    title, made_of = split_title((described.title if described else "") or member.component)
    return Tile(
        href=href_of(*member.place),
        name=member.component,
        title=title,
        made_of=made_of,
        status=member.status,
        covered=member.covered,
        reason="" if member.status is Status.OK else language.say(member.reason),
        since=member.since if member.status is not Status.OK else None,
        figures=() if member.status is Status.ASLEEP else figures.get(place, ()),
    )


def title_of(stack: Stack, environment: str) -> str:
    """What people call an environment."""
    described = stack.environments.get(environment)
    return (described.title if described else "") or environment


def environments(stack: Stack, verdict: Verdict) -> list[str]:
    """Every environment there is: the one that people use first, then as configured, then what was found beside."""
    known = [*stack.environments, *sorted({each.environment for each in verdict.components} - {*stack.environments})]
    configured = [*stack.environments]
    # People list dev, staging, prod, or the other way round: from the live one on, in their order.
    if configured and configured[-1] in _LIVE_NAMES:
        configured.reverse()
    order = [*configured, *known]
    return sorted(known, key=lambda name: (name not in _LIVE_NAMES, not name, order.index(name)))


def by_environment(verdict: Verdict) -> Mapping[str, Status]:
    """The worst status of each environment, for the filter."""
    worst: dict[str, Status] = {}
    for each in verdict.components:
        if each.covered and _urgency(each.status) > _urgency(worst.get(each.environment, Status.ASLEEP)):
            worst[each.environment] = each.status
    return worst
