"""The form of a file of rule tests, and reading one with every fault told at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from alerts.errors import RuleInvalid
from alerts.proving.notation import parse_values, parse_words
from alerts.rules.base import Strict
from alerts.rules.config import RulesConfig, Shipped
from alerts.rules.files import Fault, parse_rules, read_rule_file, read_yaml
from alerts.rules.loading import load_rules
from alerts.rules.near import nearest
from alerts.rules.ruleset import RuleSet
from store.durations import Duration
from store.stack import Stack
from store.vocabulary import Absent, Status

START = datetime(2026, 1, 1, tzinfo=UTC)
"""Where t=0 is unless a test says so: a Thursday, midnight."""
LETTERS = "-PFRNE?"


def _letters(text: str) -> str:
    states = "".join(text.split())
    wrong = sorted(set(states) - set(LETTERS))
    if wrong:
        known = "- inactive, P pending, F firing, R recovering, N no data, E could not be evaluated, ? anything"
        raise ValueError(f"{wrong[0]!r} is no state: write {known}")
    return states


def _statuses(text: str) -> str:
    known = [one.value for one in Status]
    wrong = [word for word in parse_words(text) if word is not None and word not in known]
    if wrong:
        raise ValueError(f"{wrong[0]!r} is no status: write {', '.join(known)}, or _ for no observation")
    return text


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _positive(length: timedelta) -> timedelta:
    if length < timedelta(seconds=1) or length % timedelta(seconds=1):
        raise ValueError("an interval is whole seconds, 1s or more")
    return length


def _values(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _parsed(text: str) -> str:
    parse_values(text)
    return text


def _texts(value: object) -> object:
    return {name: _values(one) for name, one in value.items()} if isinstance(value, dict) else value


Moment = Annotated[datetime, AfterValidator(_aware)]
Labels = Annotated[dict[str, str], BeforeValidator(_texts)]
Values = Annotated[str, BeforeValidator(_values), AfterValidator(_parsed)]


class Somewhere(Strict):
    """What has a place in the stack."""

    environment: str | None = None
    component: str | None = None


class TestSeries(Somewhere):
    """The points of a series, one each interval. It feeds every metric of the rules whose dimensions fit."""

    __test__ = False  # pytest: this is no test

    values: Values
    dimensions: Labels = Field(default_factory=dict)
    rule: str | None = None
    namespace: str | None = None
    metric: str | None = None
    stat: str | None = None
    unit: str = ""
    absent: Absent = Absent.UNKNOWN


class TestCheck(Somewhere):
    """What a health check saw, one observation each interval: `okx3 critical _`."""

    __test__ = False

    check: str
    statuses: Annotated[str, AfterValidator(_statuses)]
    kind: str = "http"
    title: str = ""


class TestEvent(Somewhere):
    """Something that happened so long after t=0."""

    __test__ = False

    at: Duration
    kind: str
    title: str = ""


class Expected(Strict):
    """The states of one alert, a letter for each evaluation."""

    rule: str
    states: Annotated[str, BeforeValidator(_values), AfterValidator(_letters)]
    dimensions: Labels = Field(default_factory=dict)
    labels: Labels = Field(default_factory=dict)


class RuleTest(Strict):
    """One story and what is expected of it. `evaluations` is for stories without any series."""

    name: str = ""
    interval: Annotated[Duration, AfterValidator(_positive)] | None = None
    start: Moment | None = None
    evaluations: int | None = Field(default=None, ge=1, le=100_000)
    series: list[TestSeries] = Field(default_factory=list)
    health: list[TestCheck] = Field(default_factory=list)
    events: list[TestEvent] = Field(default_factory=list)
    budgets: list[dict[str, Any]] = Field(default_factory=list)
    anomalies: list[dict[str, Any]] = Field(default_factory=list)
    rows: list[dict[str, Any]] = Field(default_factory=list)
    expect: list[Expected] = Field(min_length=1)


class RuleTestFile(Strict):
    """A file of rule tests. `flapping: true` holds alerts that flap, as in production; tests of a rule leave it out."""

    rules: list[Any] = Field(default_factory=list)
    rule_files: list[Path] = Field(default_factory=list)
    shipped: Shipped = Shipped(enabled=False)
    stack: Stack | None = None
    interval: Annotated[Duration, AfterValidator(_positive)] = timedelta(minutes=1)
    start: Moment = START
    flapping: bool = False
    tests: list[RuleTest] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that can be run."""

    path: Path
    file: RuleTestFile
    ruleset: RuleSet
    stack: Stack


def read_file(path: Path, stack: Stack | None = None) -> Loaded:
    """Read a file of rule tests. Without a stack, here or in the file, every environment that a rule names exists.

    Raises:
        RuleInvalid: with every fault, its path and a remedy.
    """
    values, faults = _values_of(path)
    file: RuleTestFile | None = None
    if not faults:
        try:
            file = RuleTestFile.model_validate(values)
        except ValidationError as error:
            faults = [_fault(details) for details in error.errors(include_url=False)]
        if isinstance(values, dict) and not (values.get("rules") or values.get("rule_files") or values.get("shipped")):
            faults.append(("rules", "there are no rules to test", "add `rules:` or `rule_files: [path, …]`"))
        given = values.get("rules") if isinstance(values, dict) else None
        if file is None and isinstance(given, list):
            faults += parse_rules(given)[1]
    if file is None or faults:
        raise RuleInvalid(str(path), faults)
    used = stack or file.stack or _assumed(path, file)
    ruleset = _load(path, file, used)
    faults = [fault for number, test in enumerate(file.tests) for fault in _unknown(test, number, ruleset)]
    if faults:
        raise RuleInvalid(str(path), faults)
    return Loaded(path, file, ruleset, used)


def _values_of(path: Path) -> tuple[Any, list[Fault]]:
    try:
        values = read_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        return None, [(path.name, f"cannot be read: {error.strerror}", "check the path")]
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        return None, [(path.name, f"is no YAML: {' '.join(str(error).split())}", "")]
    if not isinstance(values, dict):
        return None, [(path.name, "holds no settings", "write `rules:`, `interval:` and `tests:`")]
    return values, []


def _load(path: Path, file: RuleTestFile, stack: Stack) -> RuleSet:
    """The rules as the service loads them, but those that are not enabled yet as well: they are what is tried out."""
    placed, faults = parse_rules(file.rules)
    enabled = [rule.model_copy(update={"enabled": True}) for _, rule in placed]
    config = RulesConfig(shipped=file.shipped, rule_files=file.rule_files).model_copy(update={"rules": enabled})
    try:
        ruleset = load_rules(config, stack, path.parent)
    except RuleInvalid as error:
        raise RuleInvalid(str(path), [*faults, *error.faults]) from None
    if faults:
        raise RuleInvalid(str(path), faults)
    return replace(ruleset, rules=(*ruleset.rules, *ruleset.disabled), disabled=())


def _assumed(path: Path, file: RuleTestFile) -> Stack:
    """A stack with everything that the rules and the tests name: a rule is tested by itself, without the service."""
    placed, _ = parse_rules(file.rules)
    for one in file.rule_files:
        placed += read_rule_file(path.parent / one)[0]
    environments = {name for _, rule in placed for name in (*rule.environments, *rule.severity_at_most)}
    components = {name for _, rule in placed for name in rule.components}
    for test in file.tests:
        placed_here: list[Somewhere] = [*test.series, *test.health, *test.events]
        for each in placed_here:
            environments |= {each.environment} if each.environment else set()
            components |= {each.component} if each.component else set()
    return Stack.model_validate(
        {"environments": dict.fromkeys(sorted(environments)), "components": dict.fromkeys(sorted(components))}
    )


def _unknown(test: RuleTest, number: int, ruleset: RuleSet) -> list[Fault]:
    known = [rule.id for rule in ruleset.rules]
    named: Sequence[tuple[str, str | None]] = [
        *((f"expect[{index}]", one.rule) for index, one in enumerate(test.expect)),
        *((f"series[{index}]", one.rule) for index, one in enumerate(test.series)),
    ]
    return [
        (f"tests[{number}].{place}.rule", f"there is no rule {name!r}", nearest(name, known) or _known(known))
        for place, name in named
        if name is not None and name not in known
    ]


def _known(names: Sequence[str]) -> str:
    return f"known: {', '.join(names[:10]) or 'none'}"


def _fault(details: Any) -> Fault:  # noqa: ANN401  pydantic's own details
    path = ""
    for part in details["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f"{'.' if path else ''}{part}"
    message = details["msg"].removeprefix("Value error, ")
    if details["type"] == "extra_forbidden":
        return path, "there is no such setting", "remove it"
    if details["type"] == "missing":
        return path, "this is required and is not there", f"add `{details['loc'][-1]}:`"
    return path, message, ""
