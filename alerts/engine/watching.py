"""A rule at work: the things it watches, the alert of each, and which slots of each are due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from alerts.engine.slots import NOTHING, Due, due_now, due_slots, newest_slot
from alerts.engine.step import shift
from alerts.engine.timing import Timing
from alerts.rules.base import BaseRule, Kind, Need, Readings, Subject
from store.alerting import Alert, AlertState, fingerprint

AT_ONCE = 1
"""Seconds: how finely the present is told, so that what a check has just seen is judged in the same round."""


class Sourced(Readings, Protocol):
    """Readings that know what was asked of them, and whether its answer is another than before."""

    asked: set[str]

    def versions(self, names: Iterable[str]) -> tuple[int, ...]:
        """What the sources of these names are at."""

    def is_stale(self, series_id: str) -> bool:
        """Whether a series should have been collected and was not."""


@dataclass(slots=True)
class Instance:
    """One thing that a rule watches. `alert` is None while there is nothing to remember of it.

    `last` is the slot that was last judged, `every` the distance of its slots and `width` how far beyond a slot its
    window reaches, all in seconds. `series` are those that are read.
    """

    subject: Subject
    fingerprint: str
    timing: Timing
    every: int
    alert: Alert | None = None
    last: int | None = None
    width: int = 0
    series: tuple[str, ...] = ()
    due: Due = NOTHING
    stale: bool = False
    gone: bool = False

    def set_back(self) -> None:
        """Follow a clock that was set back: no time passed for the alert."""
        if self.due.back and self.alert is not None:
            self.alert = shift(self.alert, -timedelta(seconds=self.due.back))


@dataclass(slots=True)
class Watch:
    """A rule with all its instances by fingerprint."""

    rule: BaseRule
    kind: Kind[Any]
    timing: Timing
    evaluated_to: int | None = None
    instances: dict[str, Instance] = field(default_factory=dict)
    every: int | None = None
    """The distance of slots in seconds where it is not the rule's own: rule tests."""
    kept: dict[str, Alert] = field(default_factory=dict)
    """Alerts from the store that no instance has taken over yet."""
    _made_of: tuple[tuple[str, ...], tuple[int, ...]] | None = None
    _timings: dict[int, Timing] = field(default_factory=dict)

    def refresh(self, readings: Sourced) -> None:
        """Bring the instances up to what there is to watch now; nothing is done when nothing it depends on changed."""
        if self._made_of is not None and readings.versions(self._made_of[0]) == self._made_of[1]:
            return
        readings.asked.clear()
        self.take(self.kind.subjects(self.rule, readings))
        names = tuple(sorted(readings.asked))
        self._made_of = None if "now" in names else (names, readings.versions(names))

    def take(self, subjects: Iterable[Subject]) -> None:
        """Watch these, and no others."""
        found: dict[str, Instance] = {}
        for subject in subjects:
            name = fingerprint(self.rule.id, subject.labels)
            known = self.instances.get(name)
            if known is None or known.subject != subject:
                known = self._made(subject, name, known)
            known.gone = False
            found[name] = known
        for name, instance in self.instances.items():
            if name not in found and instance.alert is not None:
                instance.gone, found[name] = True, instance
        self.instances = found

    def alerts(self) -> Iterator[Alert]:
        """The alerts that there is something to remember of."""
        for instance in self.instances.values():
            if instance.alert is not None:
                yield instance.alert
        yield from self.kept.values()

    def find_due(self, readings: Sourced) -> None:
        """Work out which slots of each instance are to be judged now."""
        now = int(readings.now.timestamp())
        for instance in self.instances.values():
            if instance.gone:
                instance.due = NOTHING
            elif self.kind.continuous and instance.series:
                _find_collected(instance, readings)
            else:
                instance.due = due_now(instance.last, now, instance.every, self.every or AT_ONCE)

    def needs(self) -> Iterator[Need]:
        """What judging the slots that are due will read."""
        for instance in self.instances.values():
            slots = instance.due.slots
            if slots and instance.series:
                yield from self.kind.needs(self.rule, instance.subject, slots[0], slots[-1])

    def _made(self, subject: Subject, name: str, known: Instance | None) -> Instance:
        every = self.every or self.rule.slot_seconds
        if self.kind.continuous and subject.step > every:
            every = -(-every // subject.step) * subject.step
        needs = tuple(self.kind.needs(self.rule, subject, 0, 0))
        made = Instance(subject, name, self._timing(every), every)
        made.series = tuple(dict.fromkeys(need.series_id for need in needs if need.series_id))
        made.width = max((need.end for need in needs), default=0)
        if known is not None:
            made.alert, made.last = known.alert, known.last
            return made
        alert = self.kept.pop(name, None)
        made.last = self.evaluated_to
        if alert is not None:
            made.alert, made.last = _restored(alert, self.evaluated_to)
        return made

    def _timing(self, every: int) -> Timing:
        if every not in self._timings:
            self._timings[every] = self.timing.at(timedelta(seconds=every))
        return self._timings[every]


def _find_collected(instance: Instance, readings: Sourced) -> None:
    reached: int | None = None
    for name in instance.series:
        to = readings.collected_to(name)
        if to is None:
            instance.due = NOTHING
            return
        if reached is None or to < reached:
            reached = to
    newest = newest_slot(reached or 0, instance.width, instance.every)
    if instance.last is not None and newest <= instance.last:
        instance.due = NOTHING
        instance.stale = any(readings.is_stale(name) for name in instance.series)
        return
    instance.stale = False
    instance.due = due_slots(instance.last, newest, instance.every, instance.timing.memory)


def _restored(alert: Alert, evaluated_to: int | None) -> tuple[Alert, int | None]:
    """An alert of the store and its last slot: what is inactive is not written at each, so the rule may know better."""
    last = None if alert.slot is None else int(alert.slot.timestamp())
    if alert.state is not AlertState.INACTIVE or last is None or (evaluated_to or 0) <= last:
        return alert, last
    return replace(alert, slot=datetime.fromtimestamp(evaluated_to or 0, UTC)), evaluated_to


def index(watches: Iterable[Watch]) -> Mapping[str, Watch]:
    """The rules at work by their ids."""
    return {watch.rule.id: watch for watch in watches}
