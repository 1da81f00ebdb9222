"""What the step needs to know of a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from alerts.engine.flap import Flapping
from alerts.rules.base import ZERO, BaseRule
from store.alerting import Severity


@dataclass(frozen=True, slots=True)
class Timing:
    """The part of a rule that turns verdicts into states. `every` is the distance of its slots."""

    rule_id: str
    version: str = ""
    severity: Severity = Severity.WARNING
    for_: timedelta = ZERO
    keep_firing_for: timedelta = ZERO
    every: timedelta = timedelta(minutes=1)
    at_most: Mapping[str, Severity] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    runbook: str = ""
    no_data_ends: bool = True
    """Whether a firing alert is over when there is no data. Only a rule with a policy for it says so."""
    flapping: Flapping = field(default_factory=Flapping)

    @property
    def memory(self) -> timedelta:
        """How far back the past still matters to a state: what must be stepped again after a long absence."""
        return self.for_ + self.keep_firing_for + self.flapping.merge

    def severity_in(self, environment: str | None, asked: Severity | None = None) -> Severity:
        """How severe an alert is in an environment: what the verdict asks or the rule says, capped."""
        severity = asked or self.severity
        most = self.at_most.get(environment) if environment else None
        return most if most is not None and most.rank < severity.rank else severity

    def at(self, every: timedelta) -> Timing:
        """The same with slots at another distance: how rule tests and backtests step."""
        return replace(self, every=every)


def timing_of(rule: BaseRule, version: str, flapping: Flapping | None = None) -> Timing:
    """The timing of a rule."""
    return Timing(
        rule_id=rule.id,
        version=version,
        severity=rule.severity,
        at_most=rule.severity_at_most,
        for_=rule.for_,
        keep_firing_for=rule.keep_firing_for,
        every=timedelta(seconds=rule.slot_seconds),
        labels=rule.labels,
        runbook=rule.runbook,
        no_data_ends=getattr(rule, "missing", None) is not None,
        flapping=flapping or Flapping(),
    )
