"""Loading rules: all faults at once, each at its place and with what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from alerts.errors import RuleInvalid
from alerts.rules import KINDS
from alerts.rules.config import RulesConfig
from alerts.rules.files import parse_rules
from alerts.rules.loading import load_rules
from alerts.rules.ruleset import RuleSet
from store.alerting import Severity
from tests.alerts.rules.readings import STACK

CPU = {"namespace": "AWS/EC2", "name": "CPUUtilization", "stat": "Average"}
RULE = {"id": "cpu", "kind": "metric", "metric": CPU, "condition": {"op": ">", "threshold": 50}}
OWN = {"shipped": {"enabled": False}}
NAMES = "component, environment, facts, kind, labels, limit, resource, rule, severity, since, title, unit, value"
KNOWN = {("AWS/EC2", "CPUUtilization", "Average"), ("AWS/EC2", "CPUUtilization", "Maximum"), ("AWS/RDS", "X", "Sum")}


def loaded(*rules: object, **config: Any) -> RuleSet:  # noqa: ANN401  any settings
    return load_rules(RulesConfig.model_validate(OWN | config | {"rules": rules}), STACK, known_metrics=KNOWN)


def faults(*rules: object, folder: Path | None = None, **config: Any) -> list[tuple[str, str, str]]:  # noqa: ANN401  any settings
    with pytest.raises(RuleInvalid) as told:
        load_rules(RulesConfig.model_validate(OWN | config | {"rules": rules}), STACK, folder, known_metrics=KNOWN)
    return list(told.value.faults)


def test_all_faults_are_told_at_once() -> None:
    wrong = [
        RULE | {"environments": ["prd"]},
        RULE | {"components": ["web"], "severity_at_most": {"qa": "info"}},
        RULE | {"id": "b", "metric": CPU | {"name": "CPUUtilisation"}},
        RULE | {"id": "c", "metric": CPU | {"stat": "p95"}},
        RULE | {"id": "d", "metric": CPU | {"namespace": "AWS/EC3"}},
        RULE | {"id": "e", "summary": "{{ vlaue }}"},
        {"id": "f", "kind": "composite", "when": {"all": ["cpu", "cup"]}},
    ]
    assert [(path, remedy) for path, _, remedy in faults(*wrong)] == [
        ("rules[1].id", "give each rule an id of its own"),
        ("rules[6].when", "did you mean 'cpu'?"),
        ("rules[0].environments[0]", "did you mean 'prod'?"),
        ("rules[1].components[0]", "known: frontend, backend, postgres, redis, network"),
        ("rules[1].severity_at_most.qa", "known: dev, staging, prod"),
        ("rules[2].metric.name", "did you mean 'CPUUtilization'?"),
        ("rules[3].metric.stat", "kept: Average, Maximum; or add it in a catalogue file"),
        ("rules[4].metric.namespace", "did you mean 'AWS/EC2'?"),
        (
            "rules[5].summary.en",
            f"names that exist: {NAMES}",
        ),
    ]


def test_a_file_of_rules_is_read_and_its_faults_have_their_path(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("rules:\n- {id: x, kind: heartbeat, job: 'metrics:*'}\n")
    rules = load_rules(RulesConfig.model_validate(OWN | {"rule_files": ["more.yaml"]}), STACK, tmp_path)
    assert [rule.id for rule in rules.rules] == ["x"]
    (tmp_path / "bad.yaml").write_text(
        "rules:\n"
        "- {id: x, kind: metrc}\n"
        "- {id: y, kind: metric, metric: {namespace: N, name: M, stat: Sum}, condition: {op: '=>', threshold: a}}\n"
        "- {id: z, kind: heartbeat, job: j, wihtin: 5m}\n"
        "- 5\n"
    )
    found = faults(folder=tmp_path, rule_files=["bad.yaml"])
    assert [(path, remedy) for path, _, remedy in found] == [
        ("bad.yaml: rules[0].kind", "did you mean 'metric'?"),
        ("bad.yaml: rules[1].condition.op", ""),
        ("bad.yaml: rules[1].condition.threshold", ""),
        ("bad.yaml: rules[2].wihtin", "did you mean 'within'?"),
        ("bad.yaml: rules[3]", "write `id:`, `kind:` and the rest below each other"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rules: [", "is no YAML"),
        ("rules:\n- {id: x, id: y}\n", "the key 'id' stands twice"),
        ("tests: []", "holds `rules:` and nothing else"),
        ("rules: {id: x}", "this is a list of rules"),
        ("\x00", "is no YAML"),
        ("rules: []", "has no rules"),
    ],
)
def test_a_file_that_is_none_is_a_fault(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    ((_, wrong, _),) = faults(folder=tmp_path, rule_files=["bad.yaml"])
    assert told in wrong


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    ((_, wrong, _),) = faults(folder=tmp_path, rule_files=["none.yaml"])
    assert "No such file" in wrong


def test_the_paths_of_the_configurations_own_faults_name_no_kind() -> None:
    """Whoever tells of them leaves out what stands in brackets: see service.config.faults."""
    with pytest.raises(ValidationError) as told:
        RulesConfig.model_validate({"rules": [RULE | {"condition": {"op": ">", "threshold": {"pag": 1}}}, {"id": "x"}]})
    first, second = told.value.errors()
    assert [part for part in first["loc"] if "(" not in str(part) and "[" not in str(part)] == [
        *("rules", 0, "condition", "threshold", "pag"),
    ]
    assert second["msg"] == "kind must be one of: " + ", ".join(kind.name for kind in KINDS)


def test_the_configuration_has_a_json_schema_with_every_kind() -> None:
    schema = json.dumps(RulesConfig.model_json_schema())
    for kind in KINDS:
        assert f'"const": "{kind.name}"' in schema


def test_the_version_changes_with_the_content_and_with_nothing_else() -> None:
    first = loaded(RULE)
    same = loaded(dict(reversed(RULE.items())) | {"severity": "warning"})
    other = loaded(RULE | {"condition": {"op": ">", "threshold": 51}})
    versions = [rules.version_of(rules.rules[0]) for rules in (first, same, other)]
    assert versions[0] == versions[1] != versions[2]
    assert len(versions[0]) == 12


def test_a_disabled_rule_is_kept_apart() -> None:
    rules = loaded(RULE | {"enabled": False}, RULE | {"id": "b"})
    assert [rule.id for rule in rules.rules] == ["b"]
    assert [rule.id for rule in rules.disabled] == ["cpu"]


def test_a_composite_comes_after_its_members() -> None:
    rules = loaded({"id": "a", "kind": "composite", "when": "cpu"}, RULE)
    assert [rule.id for rule in rules.rules] == ["cpu", "a"]


def test_shipped_rules_are_changed_disabled_and_capped() -> None:
    config = {
        "shipped": {
            "disable": ["cdn-4xx"],
            "change": {"backend-5xx-share": {"condition": {"threshold": 9}, "for": "10m", "keep_firing_for": None}},
        }
    }
    rules = load_rules(RulesConfig.model_validate(config), STACK)
    changed = rules.rule("backend-5xx-share")
    assert changed is not None
    assert changed.model_dump(by_alias=True, mode="json", include={"condition", "for_", "keep_firing_for"}) == {
        "condition": {"op": ">", "threshold": 9},
        "for": "10m",
        "keep_firing_for": "0s",
    }
    assert rules.rule("cdn-4xx") is None
    assert changed.severity_at_most == {"dev": Severity.WARNING, "staging": Severity.WARNING}


def test_the_environments_that_page_can_be_named() -> None:
    config = RulesConfig.model_validate({"shipped": {"page_in": ["staging", "prod"]}})
    rule = load_rules(config, STACK).rule("site-down")
    assert rule is not None
    assert rule.severity_at_most == {"dev": Severity.WARNING}


def test_faults_about_shipped_rules_name_the_setting() -> None:
    found = faults(
        shipped={
            "disable": ["cdn-4x"],
            "change": {"site-dwon": {}, "site-down": {"severity": "loud"}},
            "page_in": ["production"],
        }
    )
    assert [(path, remedy) for path, _, remedy in found][:3] == [
        ("shipped.disable.cdn-4x", "did you mean 'cdn-4xx'?"),
        ("shipped.change.site-dwon", "did you mean 'site-down'?"),
        ("shipped.page_in", "known: dev, staging, prod"),
    ]
    assert found[3][0] == "shipped.change.site-down.severity"


def test_a_rule_with_a_shipped_rules_id_is_told_how_to_change_that() -> None:
    with pytest.raises(RuleInvalid, match=r"change it under shipped\.change\.site-down"):
        load_rules(RulesConfig.model_validate({"rules": [RULE | {"id": "site-down"}]}), STACK)


def test_rules_are_parsed_without_a_configuration() -> None:
    rules, wrong = parse_rules([RULE, RULE | {"period": "90s"}])
    assert [place for place, _ in rules] == ["rules[0]"]
    assert [path for path, _, _ in wrong] == ["rules[1].period"]


def test_every_kind_is_listed_once_under_its_models_word() -> None:
    names = [kind.name for kind in KINDS]
    assert len(set(names)) == len(names) == 11
    for kind in KINDS:
        assert kind.model.model_fields["kind"].annotation.__args__ == (kind.name,)  # type: ignore[union-attr]


def test_a_shipped_rule_whose_metric_is_not_collected_is_not_enabled() -> None:
    rules = load_rules(RulesConfig(), STACK, known_metrics=KNOWN)
    assert rules.rule("instance-cpu") is not None
    assert rules.rule("nat-ports") is None
    assert "nat-ports" in [rule.id for rule in rules.disabled]
