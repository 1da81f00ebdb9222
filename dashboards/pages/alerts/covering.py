"""Which failing checks an alert speaks for already, so that the status page tells each trouble once. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboards.verdict import CheckVerdict, ComponentVerdict, Verdict
from store.alerting import Alert, Episode


def without_alerted(verdict: Verdict, firing: Sequence[Episode], kinds: Mapping[str, str]) -> Verdict:
    """The verdict without the checks that a firing alert speaks for. `kinds` are the kinds of the rules by id."""
    alerts = [one.alert for one in firing]
    return replace(verdict, components=tuple(_without(each, alerts, kinds) for each in verdict.components))


def _without(component: ComponentVerdict, alerts: Sequence[Alert], kinds: Mapping[str, str]) -> ComponentVerdict:
    here = [one for one in alerts if (one.environment or "", one.component or "") == component.place]
    kept = tuple(check for check in component.checks if not any(speaks_for(one, check, kinds) for one in here))
    return replace(component, checks=kept)


def speaks_for(alert: Alert, check: CheckVerdict, kinds: Mapping[str, str]) -> bool:
    """Whether an alert of the same place is about a check: it names it or its resource, or its rule is about health."""
    latest = check.state.latest
    named = latest.check_id in alert.labels.values()
    same_resource = latest.resource_id is not None and latest.resource_id == alert.resource_id
    return named or same_resource or kinds.get(alert.rule_id) == "health"
