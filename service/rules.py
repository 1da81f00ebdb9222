"""The alert rules in the words of the pages and the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from service.alerting import router_of
from service.config import Loaded
from store.messages import Message

if TYPE_CHECKING:
    from alerts.proving.backtest import Backtest
    from alerts.rules.base import BaseRule
    from alerts.rules.ruleset import RuleSet
    from dashboards.site import BacktestFacts, RuleFacts
    from store import Store


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


def found_rule(loaded: Loaded, text: str) -> tuple[RuleSet, BaseRule]:
    """A rule by its id, or by the YAML of one rule, with the rules among which it stands.

    Raises:
        RuleInvalid: there is no such rule, or the YAML is none.
    """
    from alerts.config import AlertSettings  # noqa: PLC0415  the same
    from alerts.errors import RuleInvalid  # noqa: PLC0415
    from alerts.rules.files import parse_rule, read_yaml  # noqa: PLC0415
    from alerts.rules.loading import load_rules  # noqa: PLC0415

    rules = loaded.rules
    if ":" not in text:
        known = next((rule for rule in (*rules.rules, *rules.disabled) if rule.id == text.strip()), None)
        if known is None:
            raise RuleInvalid(
                "rules", [("id", f"there is no rule {text.strip()[:100]!r}", "see `lamplighter rules ls`")]
            )
        return rules, known
    values = read_yaml(text)
    if isinstance(values, list) and len(values) == 1:
        values = values[0]
    rule, faults = parse_rule(values, "rule")
    if rule is None:
        raise RuleInvalid("rule", faults)
    settings: AlertSettings = loaded.settings.alerts
    others = [one for one in settings.rules if one.id != rule.id]
    shipped = settings.shipped.model_copy(update={"disable": [*settings.shipped.disable, *_shipped_named(rule.id)]})
    tried = settings.model_copy(update={"rules": [*others, rule], "shipped": shipped})
    return load_rules(tried, loaded.settings.stack, Path(loaded.source).parent), rule


def backtester(loaded: Loaded, store: Store) -> Callable[[str, datetime, datetime], BacktestFacts]:
    """Trying a rule over stored history, for the pages."""

    def run(text: str, start: datetime, end: datetime) -> BacktestFacts:
        from alerts.errors import AlertError  # noqa: PLC0415  the same
        from dashboards.errors import BacktestRefused  # noqa: PLC0415

        try:
            return _told(run_backtest(loaded, store, text, start, end))
        except AlertError as refused:
            raise BacktestRefused(str(refused)) from refused

    return run


def run_backtest(  # noqa: PLR0913, PLR0917  what is asked, of what
    loaded: Loaded,
    store: Store,
    text: str,
    start: datetime,
    end: datetime,
    progress: Callable[[float], None] | None = None,
) -> Backtest:
    """What a rule, by its id or its YAML, would have done in [start, end).

    Raises:
        RuleInvalid: the rule cannot be used.
    """
    from alerts.proving.backtest import backtest  # noqa: PLC0415  the same

    rules, rule = found_rule(loaded, text)
    router = router_of(loaded)
    return backtest(store, rules, rule, start, end, stack=loaded.settings.stack, place=router.place, progress=progress)


def _shipped_named(rule_id: str) -> list[str]:
    from alerts.rules.loading import shipped_rules  # noqa: PLC0415  the same

    return [rule["id"] for rule in shipped_rules() if rule["id"] == rule_id]


def _told(found: Backtest) -> BacktestFacts:
    from dashboards.site import BacktestEpisode, BacktestFacts  # noqa: PLC0415  the same

    return BacktestFacts(
        start=found.start,
        end=found.end,
        fires=found.fires,
        per_week=found.per_week,
        minutes_firing=found.minutes_firing,
        messages=found.messages,
        doubles=[(one.rule_id, one.firings) for one in found.doubles],
        episodes=[
            BacktestEpisode(
                labels=one.alert.labels,
                fired_at=one.fired_at,
                resolved_at=one.resolved_at,
                worst=one.worst,
                limit=one.alert.limit,
                unit=one.alert.unit,
                severity=one.severity,
            )
            for one in found.episodes
        ],
        notes=[*found.notes, Message("%(part)s %% of the judgements had data.", part=round(found.coverage * 100))],
    )
