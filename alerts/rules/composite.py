"""Other rules put together by all, any and not, over the labels that they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, field_validator

from alerts.rules.base import BaseRule, Outcome, Readings, Strict, Subject, Verdict, Why
from alerts.rules.near import nearest
from alerts.rules.present import no_needs, own_alerts
from store.alerting import Alert
from store.messages import Message
from store.stack import Stack

DEEPEST = 20


def _shape(value: object) -> str:
    if isinstance(value, str):
        return "(rule)"
    for part in ("all", "any", "not"):
        if (isinstance(value, dict) and part in value) or hasattr(value, f"{part}_"):
            return f"({part})"
    return "(unknown)"


Expression = Annotated[
    Annotated[str, Tag("(rule)")]
    | Annotated["All", Tag("(all)")]
    | Annotated["AnyOf", Tag("(any)")]
    | Annotated["Not", Tag("(not)")],
    Discriminator(
        _shape,
        custom_error_type="no_expression",
        custom_error_message="write a rule's id, {all: [...]}, {any: [...]} or {not: ...}",
    ),
]


class All(Strict):
    """Every part holds."""

    all_: list[Expression] = Field(alias="all", min_length=1)


class AnyOf(Strict):
    """At least one part holds."""

    any_: list[Expression] = Field(alias="any", min_length=1)


class Not(Strict):
    """The part does not hold."""

    not_: Expression = Field(alias="not")


class CompositeRule(BaseRule):
    """Other rules put together: one alert for each set of labels that their alerts share."""

    kind: Literal["composite"]
    when: Expression = Field(description="A rule's id, {all: [...]}, {any: [...]} or {not: ...}, nested as you like.")
    by: list[str] = Field(
        default_factory=lambda: ["environment", "component"],
        description="Labels that the members' alerts must share; none: all alerts of a rule are taken together.",
    )

    @field_validator("when")
    @classmethod
    def _not_too_deep(cls, when: Expression) -> Expression:
        if _depth(when) > DEEPEST:
            raise ValueError(f"this is nested more than {DEEPEST} deep: make rules of its parts")
        return when

    @property
    def members(self) -> list[str]:
        """The ids of the rules that it speaks of, each once."""
        return list(dict.fromkeys(_leaves(self.when)))


name = "composite"
model: type[BaseRule] = CompositeRule
continuous = False
needs = no_needs


def subjects(rule: CompositeRule, readings: Readings, /) -> Iterator[Subject]:
    """Each set of shared labels among the alerts of the members, and those whose own alert is open."""
    seen: set[tuple[str, ...]] = set()
    known = [alert for member in rule.members for alert in readings.alerts(member)]
    for alert in (*known, *own_alerts(rule, readings)):
        shared = tuple(alert.labels.get(name, "") for name in rule.by)
        labels = {name: value for name, value in zip(rule.by, shared, strict=True) if value}
        environment, component = labels.get("environment"), labels.get("component")
        if shared not in seen and rule.covers(environment, component):
            seen.add(shared)
            yield Subject(labels, environment, component, title=", ".join(labels.values()))


def judge(rule: CompositeRule, subject: Subject, _slot: int, readings: Readings, _before: Alert | None, /) -> Verdict:
    """Work out the expression over which members have an alert firing with these labels."""
    shared = {name: subject.labels.get(name, "") for name in rule.by}
    firing = {member: _is_firing(readings.alerts(member), shared) for member in rule.members}
    named = ", ".join(member for member, fires in firing.items() if fires)
    facts = {"members": firing}
    if not _holds(rule.when, firing):
        reason = Message("firing: %(rules)s", rules=named) if named else Message("none of its rules fires")
        return Verdict(Outcome.CLEAR, reason, why=Why(facts=facts))
    reason = Message("firing: %(rules)s", rules=named) if named else Message("none of its rules fires")
    return Verdict(Outcome.BREACH, reason, why=Why((), Message("its rules no longer hold together"), facts))


def faults(rule: CompositeRule, _stack: Stack, /) -> Iterable[tuple[str, str, str]]:
    """An expression that holds while nothing fires: nobody could say of what it speaks."""
    if _holds(rule.when, dict.fromkeys(rule.members, False)):
        yield ("when", "this holds while none of its rules fires", "add a rule that must fire: {all: [ID, {not: …}]}")


def faults_between(rules: Sequence[tuple[str, BaseRule]]) -> Iterator[tuple[str, str, str]]:
    """Members that do not exist or are disabled, and rules that speak of themselves in the end."""
    known = {rule.id: rule for _, rule in rules}
    for place, rule in rules:
        if not isinstance(rule, CompositeRule):
            continue
        for member in rule.members:
            if member not in known:
                yield (
                    f"{place}.when",
                    f"there is no rule {member!r}",
                    nearest(member, known) or "write the id of a rule",
                )
            elif rule.enabled and not known[member].enabled:
                yield (f"{place}.when", f"the rule {member!r} is not enabled", "enable it, or leave it out")
        if circle := _circle(rule.id, known):
            yield (f"{place}.when", f"this goes round in a circle: {' → '.join(circle)}", "break it somewhere")


def in_order(rules: Sequence[BaseRule]) -> list[BaseRule]:
    """The rules with each composite behind its members. There must be no circle."""
    known, made = {rule.id: rule for rule in rules}, dict[str, BaseRule]()

    def add(rule: BaseRule) -> None:
        for member in rule.members if isinstance(rule, CompositeRule) else ():
            if member in known and member not in made:
                add(known[member])
        made.setdefault(rule.id, rule)

    for rule in rules:
        add(rule)
    return list(made.values())


def _is_firing(alerts: Sequence[Alert], shared: Mapping[str, str]) -> bool:
    return any(
        alert.state.is_firing and all(alert.labels.get(name, "") == value for name, value in shared.items())
        for alert in alerts
    )


def _holds(when: Expression, firing: Mapping[str, bool]) -> bool:
    if isinstance(when, All):
        return all(_holds(part, firing) for part in when.all_)
    if isinstance(when, AnyOf):
        return any(_holds(part, firing) for part in when.any_)
    if isinstance(when, Not):
        return not _holds(when.not_, firing)
    return firing[when]


def _parts(when: Expression) -> list[Expression]:
    if isinstance(when, All):
        return when.all_
    if isinstance(when, AnyOf):
        return when.any_
    return [when.not_] if isinstance(when, Not) else []


def _leaves(when: Expression) -> Iterator[str]:
    if isinstance(when, str):
        yield when
    for part in _parts(when):
        yield from _leaves(part)


def _depth(when: Expression) -> int:
    return 1 + max((_depth(part) for part in _parts(when)), default=0)


def _circle(start: str, known: Mapping[str, BaseRule]) -> list[str]:
    """The way from a rule back to itself; empty where there is none."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        rule = known.get(way[-1])
        for member in rule.members if isinstance(rule, CompositeRule) else ():
            if member == start:
                return [*way, start]
            if member not in seen:
                seen.add(member)
                ways.append([*way, member])
    return []
