"""The section `alerts:` of lamplighter.yaml: rules, whom they are told, and by which way."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from alerts.delivery.config import DeliveryConfig
from alerts.errors import RuleInvalid
from alerts.routing.config import RoutingConfig
from alerts.routing.config import faults as routing_faults
from alerts.rules.config import RulesConfig
from alerts.rules.loading import KnownMetrics, load_rules
from alerts.rules.ruleset import RuleSet
from store.stack import Stack

Fault = tuple[str, str, str]
"""Where (`rules[2].condition.op`), what is wrong, and what to do about it."""


class AlertSettings(RulesConfig, DeliveryConfig, RoutingConfig):
    """Rules, receivers and routes."""


def check(
    settings: AlertSettings, stack: Stack, folder: Path | None, known_metrics: KnownMetrics | None
) -> tuple[RuleSet | None, list[Fault]]:
    """The rules ready for use, and every fault that only shows between the parts of the section.

    The rules are None where they have a fault. Relative rule files are meant from `folder`.
    """
    found: list[Fault] = []
    rules = None
    try:
        rules = load_rules(settings, stack, folder, known_metrics=known_metrics)
    except RuleInvalid as invalid:
        found += invalid.faults
    found += routing_faults(settings, [receiver.name for receiver in settings.receivers], stack)
    return rules, found


def kinds(rules: RuleSet) -> Mapping[str, str]:
    """The kind of each rule in use, by its id: routes match on it."""
    return {rule.id: rule.kind for rule in rules.rules}
