"""Inhibition by rules: while one alert fires, others that match are not told. The rules are Alertmanager's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerts.routing.config import Inhibition
from alerts.routing.matching import Holds, holds_all
from store.alerting import Episode, Labels

_Source = tuple[str, str, bool]
"""An episode that inhibits: its id, its rule, and whether it matches the target side too."""


@dataclass(frozen=True, slots=True)
class Inhibitor:
    """One rule with what fires on its source side, by the values of the labels that must be equal."""

    is_source: Holds
    is_target: Holds
    equal: tuple[str, ...]
    sources: Mapping[tuple[str, ...], Sequence[_Source]]
    rules: Mapping[str, str]

    def source_of(self, labels: Labels) -> str | None:
        """The episode that inhibits an alert with these labels; None if nothing does.

        What matches both sides is not inhibited by what matches both sides, itself included.
        Source: Alertmanager's inhibit package, `InhibitRule.hasEqual` with `excludeTwoSidedMatch`.
        """
        if not self.sources or not self.is_target(labels):
            return None
        both = self.is_source(labels)
        candidates = self.sources.get(_values(labels, self.equal), ())
        return next((episode for episode, _, two_sided in candidates if not (both and two_sided)), None)

    def rule_of(self, episode: str) -> str:
        """The rule of an episode that inhibits."""
        return self.rules[episode]


def inhibitors(rules: Sequence[Inhibition], firing: Sequence[tuple[Episode, Labels]]) -> list[Inhibitor]:
    """The rules with what fires now."""
    return [_inhibitor(rule, firing) for rule in rules]


def _inhibitor(rule: Inhibition, firing: Sequence[tuple[Episode, Labels]]) -> Inhibitor:
    is_source, is_target, equal = holds_all(rule.source), holds_all(rule.target), tuple(rule.equal)
    sources: dict[tuple[str, ...], list[_Source]] = {}
    for episode, labels in firing:
        if is_source(labels):
            found = sources.setdefault(_values(labels, equal), [])
            found.append((episode.id, episode.alert.rule_id, is_target(labels)))
    names = {episode: rule_id for found in sources.values() for episode, rule_id, _ in found}
    return Inhibitor(is_source, is_target, equal, sources, names)


def _values(labels: Labels, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(labels.get(name, "") for name in names)
