"""Inhibition by default: a component that is down explains what hangs on it, and a whole that failed its parts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from store.alerting import Episode, Labels, Severity
from store.messages import Message, Sentence
from store.stack import Stack
from store.vocabulary import HealthState, Status

Place = tuple[str | None, str | None]
"""(environment, component)."""

PART_LABELS = ("InstanceId", "instance", "target", "VolumeId", "CacheNodeId", "TaskId")
"""Labels of an alert about one of several that make up a component."""
WHOLE_CHECKS = ("group", "database", "cache", "http", "tcp", "service")
"""Kinds of health checks that speak of a whole component, not of one target of it."""
OWN_MATTER = ("budget", "cost_anomaly", "lifecycle", "heartbeat", "power")
"""Kinds of rules that no failed component explains, and no sleep."""


def critical_places(states: Iterable[HealthState]) -> set[Place]:
    """Where a health check of the whole is critical."""
    found = (state.latest for state in states if state.latest.status is Status.CRITICAL)
    return {(each.environment, each.component) for each in found if each.kind in WHOLE_CHECKS and each.component}


def is_part(labels: Labels) -> bool:
    """Whether an alert is about one instance or target, not about its component."""
    return any(labels.get(name) for name in PART_LABELS) or labels.get("check", "").startswith("target:")


class Dependents:
    """What is down now, and what that explains.

    A component is down in an environment while a page about it as a whole fires and says so itself (kind health) or a
    health check of the whole is critical. Of two that depend on each other neither explains the other.
    """

    def __init__(
        self, stack: Stack, firing: Iterable[tuple[Episode, Labels]], critical: Collection[Place] = ()
    ) -> None:
        self._needs = {name: _closure(stack, name) for name in stack.components}
        self._down: dict[str | None, dict[str, set[str]]] = {}
        for episode, labels in firing:
            alert = episode.alert
            place = (alert.environment, alert.component)
            if alert.component is None or episode.severity is not Severity.PAGE or is_part(labels):
                continue
            if labels.get("kind") == "health" or place in critical:
                self._down.setdefault(alert.environment, {}).setdefault(alert.component, set()).add(episode.id)

    def explains(self, episode: Episode, labels: Mapping[str, str]) -> Sentence:
        """The sentence that says which failure explains an alert; empty if none does."""
        component, down = episode.alert.component, self._down.get(episode.alert.environment)
        if not down or component is None or labels.get("kind") in OWN_MATTER:
            return ""
        needs = self._needs.get(component, frozenset())
        for failed in sorted(down):
            if failed in needs and component not in self._needs.get(failed, frozenset()):
                return Message(
                    "%(failed)s is down, and %(component)s depends on it", failed=failed, component=component
                )
        if is_part(labels) and down.get(component, set()) - {episode.id}:
            return Message("%(component)s is down as a whole, which explains its parts", component=component)
        return ""


def _closure(stack: Stack, name: str) -> frozenset[str]:
    """Everything that a component needs, directly or through others; itself only in a circle."""
    found: set[str] = set()
    pending = list(stack.components[name].depends_on)
    while pending:
        needed = pending.pop()
        if needed not in found and needed in stack.components:
            found.add(needed)
            pending += stack.components[needed].depends_on
    return frozenset(found)
