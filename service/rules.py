"""The alert rules in the words of the pages and the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from service.config import Loaded

if TYPE_CHECKING:
    from alerts.rules.base import BaseRule
    from dashboards.site import RuleFacts


def rule_facts(loaded: Loaded) -> list[RuleFacts]:
    """Every rule, those in use first, in the order in which they are evaluated."""
    from alerts.rules.loading import shipped_rules  # noqa: PLC0415  only the page of rules asks

    shipped = {rule["id"] for rule in shipped_rules()}
    rules = loaded.rules
    return [
        _facts(rule, rules.versions[rule.id], shipped=rule.id in shipped, enabled=enabled)
        for enabled, some in ((True, rules.rules), (False, rules.disabled))
        for rule in some
    ]


def effective(rule: BaseRule) -> dict[str, Any]:
    """A rule with its defaults, as plain YAML values in the order in which people write them."""
    values = rule.model_dump(mode="json", by_alias=True)
    return {"id": values.pop("id"), "kind": values.pop("kind"), **values}


def effective_yaml(rule: BaseRule) -> str:
    """The same as YAML text."""
    return yaml.safe_dump(effective(rule), sort_keys=False, allow_unicode=True, width=100)


def _facts(rule: BaseRule, version: str, *, shipped: bool, enabled: bool) -> RuleFacts:
    from dashboards.site import RuleFacts  # noqa: PLC0415  the same

    return RuleFacts(
        id=rule.id,
        kind=rule.kind,
        severity=rule.severity,
        version=version,
        enabled=enabled,
        shipped=shipped,
        title=rule.title,
        summary=rule.summary,
        environments=rule.environments,
        components=rule.components,
        runbook=rule.runbook,
        yaml=effective_yaml(rule),
    )
