"""What the kinds share that judge the present in place of each collected slot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from alerts.rules.base import BaseRule, Need, Readings, Subject
from store.alerting import Alert
from store.stack import Stack


def moment(slot: int) -> datetime:
    """A slot as a moment."""
    return datetime.fromtimestamp(slot, UTC)


def no_needs(_rule: BaseRule, _subject: Subject, _first: int, _last: int, /) -> Iterable[Need]:
    """No series is read."""
    return ()


def no_faults(_rule: BaseRule, _stack: Stack, /) -> Iterable[tuple[str, str, str]]:
    """Nothing beyond the model can be wrong."""
    return ()


def placed(labels: Mapping[str, str], environment: str | None, component: str | None) -> dict[str, str]:
    """Labels with the place in the stack, as far as there is one."""
    made = dict(labels)
    if environment is not None:
        made["environment"] = environment
    if component is not None:
        made["component"] = component
    return made


def own_alerts(rule: BaseRule, readings: Readings) -> Iterator[Alert]:
    """The rule's own alerts that are pending or firing: they are judged until they are over."""
    return (alert for alert in readings.alerts(rule.id) if alert.active_at or alert.state.is_firing)


def labels_of(rule: BaseRule, alert: Alert) -> dict[str, str]:
    """The labels of the subject that an alert of this rule is about."""
    return {name: value for name, value in alert.labels.items() if name != "rule" and name not in rule.labels}


def is_firing(before: Alert | None) -> bool:
    """Whether the alert fires already."""
    return before is not None and before.state.is_firing
