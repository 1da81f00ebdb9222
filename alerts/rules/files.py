"""Reading rules out of plain values and YAML files, with each fault at its place."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from alerts.rules import KINDS
from alerts.rules.base import BaseRule
from alerts.rules.near import nearest

Fault = tuple[str, str, str]
Placed = tuple[str, BaseRule]
"""A rule and where it stands, such as `rules[2]`."""


class _NoDuplicates(yaml.SafeLoader):
    """YAML in which a key stands once: of two, one would silently be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002  PyYAML's
        seen: set[object] = set()
        for key, _ in node.value:
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                problem = f"the key {key.value!r} stands twice"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(text: str) -> Any:  # noqa: ANN401  YAML is any value
    """The values of a YAML text. Raises yaml.YAMLError, also for a key that stands twice."""
    return yaml.load(text, _NoDuplicates)  # noqa: S506  a SafeLoader


def read_rule_file(path: Path) -> tuple[list[Placed], list[Fault]]:
    """The rules of a file `rules: […]`, and what is wrong with it; paths begin with the file's name."""
    try:
        values = read_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        return [], [
            (
                str(path),
                f"cannot be read: {error.strerror}",
                "check the path; a relative one is meant from the file that names it",
            )
        ]
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return [], [(str(path), f"is no YAML: {' '.join(str(error).split())}", "")]
    if not isinstance(values, dict) or set(values) != {"rules"}:
        return [], [(str(path), "a rule file holds `rules:` and nothing else", "write `rules:` and the list below it")]
    return parse_rules(values["rules"], f"{path.name}: rules")


def parse_rules(values: object, place: str = "rules") -> tuple[list[Placed], list[Fault]]:
    """Rules of any kind out of a list of plain values; each fault has its path, such as `rules[2].condition.op`."""
    if not isinstance(values, list):
        return [], [(place, "this is a list of rules", "write one `- …` for each rule")]
    rules: list[Placed] = []
    faults: list[Fault] = []
    for index, value in enumerate(values):
        rule, wrong = parse_rule(value, f"{place}[{index}]")
        faults += wrong
        if rule is not None:
            rules.append((f"{place}[{index}]", rule))
    return rules, faults


def parse_rule(value: object, place: str) -> tuple[BaseRule | None, list[Fault]]:
    """One rule out of plain values, or its faults."""
    known = {kind.name: kind for kind in KINDS}
    if not isinstance(value, dict):
        return None, [(place, "a rule is a group of settings", "write `id:`, `kind:` and the rest below each other")]
    kind = known.get(str(value.get("kind")))
    if kind is None:
        near = nearest(str(value.get("kind", "")), known)
        wrong = f"there is no kind {value['kind']!r}" if "kind" in value else "the kind of the rule is missing"
        return None, [(f"{place}.kind", wrong, near or f"one of: {', '.join(known)}")]
    try:
        return kind.model.model_validate(value), []
    except ValidationError as error:
        return None, [_fault(details, place, kind.model) for details in error.errors(include_url=False)]


def _fault(details: Any, place: str, model: type[BaseRule]) -> Fault:  # noqa: ANN401  pydantic's own details
    path = place
    for part in details["loc"]:
        if isinstance(part, int):
            path += f"[{part}]"
        elif not any(mark in part for mark in "[]()") and part not in {"float", "dict", "finite-number"}:
            path += f".{part}"
    message = details["msg"].removeprefix("Value error, ")
    if details["type"] == "extra_forbidden":
        known = [field.alias or name for name, field in model.model_fields.items()]
        near = nearest(str(details["loc"][-1]), known) if len(details["loc"]) == 1 else ""
        return path, "there is no such setting", near or "remove it"
    if details["type"] == "missing":
        return path, "this is required and is not there", f"add `{details['loc'][-1]}:`"
    given = details.get("input")
    if details["type"] != "value_error" and isinstance(given, str | int | float | bool):
        return path, f"{message[0].lower()}{message[1:]}; it is {given!r}"[:300], ""
    return path, message, ""
