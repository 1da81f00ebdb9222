"""Judging a rule's due slots, in order, and stepping its alerts. What a rule raises stays within that rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from alerts.engine.episodes import Book
from alerts.engine.findings import Findings
from alerts.engine.reporting import fault_of
from alerts.engine.step import is_forgotten, is_quiet, resolve, step
from alerts.engine.watching import Instance, Watch
from alerts.rules.base import BaseRule, Outcome, Readings, Subject, Verdict
from alerts.rules.templates import Rendered
from store.alerting import Alert, AlertState, Evaluation
from store.errors import StoreError
from store.messages import Message, Sentence

NEAR = 0.1
"""A value within this share of its limit is near it."""

Render = Callable[[BaseRule, Subject, Verdict, datetime | None], Rendered]

GONE = Message("what this alert watched is not there any more")
STALE = Message("what this alert reads is not being collected, so nobody knows: it stays as it was")


@dataclass(slots=True)
class Judge:
    """Judges instances over one set of readings, and gathers what follows."""

    readings: Readings
    render: Render
    book: Book
    found: Findings

    def watch(self, watch: Watch) -> None:
        """Judge everything that is due of a rule."""
        for instance in watch.instances.values():
            if instance.gone:
                self._let_go(watch, instance)
            elif instance.due.slots:
                self._judge(watch, instance)
            elif instance.stale and instance.alert is not None:
                self._say_stale(instance, instance.alert)

    def end(self, alert: Alert, reason: Sentence) -> Alert:
        """End an alert that cannot be judged any more."""
        stepped = resolve(alert, reason, self.found.now, self.found.now)
        if stepped.transition is not None:
            self.found.transitions.append(stepped.transition)
        self.book.follow(alert, stepped.alert, self.found)
        return stepped.alert

    def let_go(self, alert: Alert) -> Alert:
        """End an alert whose subject is gone."""
        return alert if alert.state is AlertState.INACTIVE else self.end(alert, GONE)

    def _judge(self, watch: Watch, instance: Instance) -> None:
        instance.set_back()
        self.found.missed += instance.due.missed
        verdict = None
        for slot in instance.due.slots:
            verdict = self._ask(watch, instance, slot)
            self.found.evaluations += 1
            if instance.alert is not None or verdict.outcome not in {Outcome.CLEAR, Outcome.KEEP}:
                self._step(watch, instance, verdict, slot)
            instance.last = slot
        pages = instance.alert is not None and instance.alert.state is not AlertState.INACTIVE
        if verdict is not None and instance.series and (pages or _is_near(verdict)):
            self.found.promote.update(instance.series)

    def _ask(self, watch: Watch, instance: Instance, slot: int) -> Verdict:
        try:
            verdict: Verdict = watch.kind.judge(watch.rule, instance.subject, slot, self.readings, instance.alert)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  whatever a rule raises, the others go on
            problem = fault_of(watch.rule, error)
            self.found.faults[watch.rule.id] = problem
            return Verdict(Outcome.ERROR, problem)
        if verdict.outcome is Outcome.ERROR:
            self.found.faults.setdefault(watch.rule.id, verdict.reason)
        return verdict

    def _step(self, watch: Watch, instance: Instance, verdict: Verdict, slot: int) -> None:
        before = instance.alert
        stepped = step(
            instance.timing, before, verdict, instance.subject, datetime.fromtimestamp(slot, UTC), self.found.now
        )
        after = stepped.alert
        if verdict.outcome is Outcome.BREACH:
            after = self._told(watch, instance, verdict, after)
        if stepped.transition is not None:
            self.found.transitions.append(stepped.transition)
        self.book.follow(before, after, self.found)
        instance.alert = after
        self._keep(instance, before, after)

    def _keep(self, instance: Instance, before: Alert | None, after: Alert) -> None:
        """Write an alert if something about it is new; forget one that has nothing left to remember."""
        if is_quiet(after) or (after.slot is not None and is_forgotten(after, instance.timing, after.slot)):
            instance.alert = None
            if before is not None:
                self.found.drop(after.fingerprint)
            return
        idle = before is not None and before.state is after.state is AlertState.INACTIVE
        if before is None or not idle or before.health is not after.health:
            self.found.keep(after)

    def _told(self, watch: Watch, instance: Instance, verdict: Verdict, alert: Alert) -> Alert:
        said = self.render(watch.rule, instance.subject, verdict, alert.fired_at or alert.active_at)
        if said.problem:
            self.found.faults.setdefault(watch.rule.id, said.problem)
        return replace(alert, summary=said.summary, impact=said.impact)

    def _let_go(self, watch: Watch, instance: Instance) -> None:
        alert = instance.alert
        if alert is None:
            return
        if alert.state is not AlertState.INACTIVE:
            instance.alert = self.let_go(alert)
            self.found.keep(instance.alert)
        elif is_forgotten(replace(alert, health=Evaluation.OK), watch.timing, self.found.now):
            instance.alert = None
            self.found.drop(alert.fingerprint)

    def _say_stale(self, instance: Instance, alert: Alert) -> None:
        if alert.health is Evaluation.ERROR or alert.state is AlertState.INACTIVE:
            return
        instance.alert = replace(alert, health=Evaluation.ERROR, reason=STALE)
        self.book.follow(alert, instance.alert, self.found)
        self.found.keep(instance.alert)


def _is_near(verdict: Verdict) -> bool:
    value, limit = verdict.value, verdict.limit
    return value is not None and limit is not None and abs(value - limit) <= NEAR * abs(limit)
