"""An event that opens an alert, and the one that closes it: an environment failed to stop, and then stopped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

from pydantic import Field

from alerts.rules.base import BaseRule, Outcome, Readings, Subject, Verdict, Why
from alerts.rules.present import labels_of, moment, no_faults, no_needs, own_alerts, placed
from store.alerting import Alert
from store.durations import Duration
from store.messages import Message
from store.vocabulary import Event


class LifecycleRule(BaseRule):
    """An event that opens an alert, and the one that closes it, of the same environment and component."""

    kind: Literal["lifecycle"]
    opened_by: list[str] = Field(
        min_length=1, description="Kinds of events that open it, such as environment.stop_failed."
    )
    cleared_by: list[str] = Field(min_length=1, description="Kinds of events that close it: environment.stopped.")
    by: list[str] = Field(default_factory=list, description="Details of the event that tell alerts apart as well.")
    memory: Duration = Field(
        default=timedelta(days=7), gt=timedelta(), description="An event older than this opens nothing any more."
    )


name = "lifecycle"
model: type[BaseRule] = LifecycleRule
continuous = False
needs = no_needs
faults = no_faults


def subjects(rule: LifecycleRule, readings: Readings, /) -> Iterator[Subject]:
    """Each place of which such an event is known, and those whose alert is open."""
    seen: set[frozenset[tuple[str, str]]] = set()
    found = [_labels(rule, event) for event in readings.events(rule.opened_by, readings.now - rule.memory)]
    for labels in (*found, *(labels_of(rule, alert) for alert in own_alerts(rule, readings))):
        place = frozenset(labels.items())
        environment, component = labels.get("environment"), labels.get("component")
        if place not in seen and rule.covers(environment, component):
            seen.add(place)
            yield Subject(labels, environment, component, title=", ".join(labels.values()))


def judge(rule: LifecycleRule, subject: Subject, slot: int, readings: Readings, _before: Alert | None, /) -> Verdict:
    """Judge whether the newest event opened or closed it. Of two at one moment, the one that opens counts."""
    since = moment(slot) - rule.memory
    known = [
        event
        for event in readings.events([*rule.opened_by, *rule.cleared_by], since)
        if event.at <= max(readings.now, moment(slot)) and _labels(rule, event) == dict(subject.labels)
    ]
    opened = next((event for event in known if _is(event, rule.opened_by)), None)
    closed = next((event for event in known if _is(event, rule.cleared_by)), None)
    if opened is None:
        return Verdict(Outcome.CLEAR, Message("no such event is known any more"))
    if closed is not None and closed.at > opened.at:
        return Verdict(Outcome.CLEAR, closed.title or closed.kind)
    cleared = Message("one of these happens: %(kinds)s", kinds=", ".join(rule.cleared_by))
    facts = {"event": opened.key, "kind": opened.kind, "at": opened.at.isoformat(), "actor": opened.actor}
    return Verdict(Outcome.BREACH, opened.title or opened.kind, why=Why((), cleared, facts))


def _labels(rule: LifecycleRule, event: Event) -> dict[str, str]:
    told = {key: str(event.detail[key]) for key in rule.by if event.detail.get(key) is not None}
    return placed(told, event.environment, event.component)


def _is(event: Event, kinds: list[str]) -> bool:
    return any(event.kind == kind or (kind.endswith(".*") and event.kind.startswith(kind[:-1])) for kind in kinds)
