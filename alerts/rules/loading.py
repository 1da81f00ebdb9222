"""Loading the rules: shipped ones, one's own and those of files, with every fault told at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from alerts.errors import RuleInvalid
from alerts.rules import KINDS
from alerts.rules.base import BaseRule
from alerts.rules.composite import faults_between, in_order
from alerts.rules.config import RulesConfig, Shipped
from alerts.rules.files import Fault, Placed, parse_rule, read_rule_file
from alerts.rules.near import nearest
from alerts.rules.ruleset import RuleSet, version_of
from alerts.rules.selector import selectors_of
from alerts.rules.templates import compile_texts, environment
from store.alerting import Severity
from store.stack import Stack

KnownMetrics = Collection[tuple[str, str, str]]
"""(namespace, metric, statistic) of all that is collected."""

_PAGED = frozenset({"prod", "production", "live", "prd"})


def load_rules(
    config: RulesConfig, stack: Stack, folder: Path | None = None, *, known_metrics: KnownMetrics | None = None
) -> RuleSet:
    """Put the rules together. A relative rule file is meant from `folder`; without `known_metrics` none is checked.

    Shipped rules on metrics that are not collected are not enabled; one's own are faults.

    Raises:
        RuleInvalid: with every fault, its path (such as `rules[2].condition.op`) and a remedy.
    """
    rules, faults = _shipped(config.shipped, stack)
    rules = [(place, _if_kept(rule, known_metrics)) for place, rule in rules]
    rules += [(f"rules[{index}]", rule) for index, rule in enumerate(config.rules)]
    for index, path in enumerate(config.rule_files):
        found, wrong = read_rule_file((folder or Path()) / path)
        rules += found
        faults += wrong or ([] if found else [(f"rule_files[{index}]", f"{path} has no rules", "remove it")])
    faults += [*_same_ids(rules), *faults_between(rules)]
    for place, rule in rules:
        unkept = _not_kept(rule, known_metrics) if rule.enabled else ()
        found_here = (*_misplaced(rule, stack), *_kind(rule).faults(rule, stack), *unkept)
        faults += [(f"{place}.{path}", wrong, remedy) for path, wrong, remedy in found_here]
    return _made(rules, faults, stack)


def shipped_rules() -> list[dict[str, Any]]:
    """The rules that come with Lamplighter, as plain values."""
    text = (files("alerts.rules") / "defaults.yaml").read_text(encoding="utf-8")
    # libyaml takes a tenth of the time. It recurses without a bound, so only our own file is read by it.
    values = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  both are safe ones
    return list(values["rules"] or ())


def _made(rules: Sequence[Placed], faults: list[Fault], stack: Stack) -> RuleSet:
    inside, texts = environment(), {}
    for place, rule in rules:
        texts[rule.id], wrong = compile_texts(rule, inside)
        faults += [(f"{place}.{path}", what, remedy) for path, what, remedy in wrong]
    if faults:
        raise RuleInvalid("rules", faults)
    used = tuple(in_order([rule for _, rule in rules if rule.enabled]))
    return RuleSet(
        used,
        texts,
        {rule.id: version_of(rule) for _, rule in rules},
        stack.zone,
        tuple(rule for _, rule in rules if not rule.enabled),
    )


def _kind(rule: BaseRule) -> Any:  # noqa: ANN401  a Kind of whichever rule
    return next(kind for kind in KINDS if kind.name == rule.kind)


def _shipped(chosen: Shipped, stack: Stack) -> tuple[list[Placed], list[Fault]]:
    written = {rule["id"]: rule for rule in shipped_rules()}
    faults = [
        (f"shipped.{setting}.{name}", "there is no shipped rule of that id", nearest(name, written) or "remove it")
        for setting, names in (("disable", chosen.disable), ("change", chosen.change))
        for name in names
        if name not in written
    ]
    faults += [
        ("shipped.page_in", f"there is no environment {name!r}", nearest(name, stack.environments) or _known(stack))
        for name in chosen.page_in or ()
        if stack.environments and name not in stack.environments
    ]
    rules: list[Placed] = []
    for name, values in written.items() if chosen.enabled else ():
        if name in chosen.disable:
            continue
        capped = {"severity_at_most": caps(chosen, stack)} | values
        rule, wrong = parse_rule(_changed(capped, chosen.change.get(name, {})), f"shipped.change.{name}")
        faults += wrong
        if rule is not None:
            rules.append((f"shipped.change.{name}", rule))
    return rules, faults


def _if_kept(rule: BaseRule, known: KnownMetrics | None) -> BaseRule:
    """A shipped rule, not enabled where its metric is not collected: nobody asked for it, so it is no fault."""
    return rule.model_copy(update={"enabled": False}) if any(_not_kept(rule, known)) else rule


def _known(stack: Stack) -> str:
    return f"known: {', '.join(stack.environments)}"


def caps(chosen: Shipped, stack: Stack) -> dict[str, str]:
    """The most that shipped rules may ask of people, by environment: only where users are do they page."""
    paged = _PAGED if chosen.page_in is None else frozenset(chosen.page_in)
    return {name: Severity.WARNING.value for name in stack.environments if name not in paged}


def _changed(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with changes laid over them, group by group; null takes a setting back to its default."""
    made = dict(values)
    for name, value in changes.items():
        if value is None:
            made.pop(name, None)
        elif isinstance(value, dict) and isinstance(made.get(name), dict):
            made[name] = _changed(made[name], value)
        else:
            made[name] = value
    return made


def _same_ids(rules: Sequence[Placed]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for place, rule in rules:
        if rule.id not in first:
            first[rule.id] = place
        elif first[rule.id].startswith("shipped"):
            remedy = f"change it under shipped.change.{rule.id}, disable it there, or give yours another id"
            yield (f"{place}.id", f"a shipped rule is called {rule.id!r} already", remedy)
        else:
            yield (f"{place}.id", f"{first[rule.id]} is called {rule.id!r} too", "give each rule an id of its own")


def _misplaced(rule: BaseRule, stack: Stack) -> Iterator[Fault]:
    """Environments and components that a rule names and nobody described."""
    for setting, named, known in (
        ("environments", rule.environments, stack.environments),
        ("components", rule.components, stack.components),
        ("severity_at_most", rule.severity_at_most, stack.environments),
    ):
        what = "component" if setting == "components" else "environment"
        for index, name in enumerate(named):
            if name not in known:
                place = f"{setting}.{name}" if setting == "severity_at_most" else f"{setting}[{index}]"
                remedy = nearest(name, known) or f"known: {', '.join(known) or 'none'}"
                yield (place, f"there is no {what} {name!r} in the stack", remedy)


def _not_kept(rule: BaseRule, known: KnownMetrics | None) -> Iterator[Fault]:
    """Metrics that are not collected, and statistics that are not kept."""
    if known is None:
        return
    for path, metric in selectors_of(rule):
        stats = sorted({stat for space, name, stat in known if (space, name) == (metric.namespace, metric.name)})
        if metric.stat in stats:
            continue
        if stats:
            wrong = f"{metric.stat} of {metric.namespace} {metric.name} is not kept"
            yield (f"{path}.stat", wrong, f"kept: {', '.join(stats)}; or add it in a catalogue file")
            continue
        names = sorted({name for space, name, _ in known if space == metric.namespace})
        if names:
            remedy = nearest(metric.name, names) or "add it in a catalogue file of your own (collect.catalogue)"
            yield (f"{path}.name", f"{metric.namespace} {metric.name} is not collected", remedy)
            continue
        spaces = sorted({space for space, _, _ in known})
        remedy = nearest(metric.namespace, spaces) or f"collected: {', '.join(spaces)}"
        yield (f"{path}.namespace", f"nothing of {metric.namespace} is collected", remedy)
