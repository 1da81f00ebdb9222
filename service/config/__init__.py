"""lamplighter.yaml as a whole: the wings' sections put together, and every fault of a file told at once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from alerts.config import AlertSettings, check
from alerts.rules.ruleset import RuleSet
from collectors.catalogue import load_catalogue
from collectors.config import Account, Bill, Collect, Probe
from collectors.errors import BadCatalogue
from dashboards.config import WebSettings
from finops.config import CostSettings
from finops.config import faults as cost_faults
from service.config.faults import faults_of
from service.config.masking import masked
from service.config.reading import expand, parse_yaml, read_yaml
from service.errors import ConfigInvalid, Fault
from service.shutdown.config import Schedule, ShutdownSettings
from service.shutdown.config import faults as schedule_faults
from store.config import StoreSettings
from store.stack import Stack

DEFAULT_NAME = "lamplighter.yaml"

_AT_THE_TOP = {"environments": "stack", "components": "stack", "rules": "alerts", "rule_files": "alerts"}
"""Settings that may stand at the top level, and the section that they belong to."""
_MODELS = {"stack": "Stack", "alerts": "AlertSettings"}


class Settings(BaseModel):
    """The whole configuration. Every section has defaults, so that a file may hold only what it changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="lamplighter.yaml")

    stack: Stack = Field(default_factory=Stack, description="The application that is watched.")
    accounts: list[Account] = Field(
        default_factory=lambda: [Account()], description="AWS accounts; by default the one boto3 finds by itself."
    )
    collect: Collect = Field(default_factory=Collect, description="What is collected, and how often.")
    probes: list[Probe] = Field(default_factory=list, description="HTTP and TCP checks made from here.")
    bill: Bill = Field(default_factory=Bill, description="What Lamplighter's own calls to AWS may cost.")
    alerts: AlertSettings = Field(
        default_factory=AlertSettings, description="Which alerts there are, and who is told of them."
    )
    costs: CostSettings = Field(
        default_factory=CostSettings, description="Budgets, the plan, and what else costs are held against."
    )
    schedules: dict[str, Schedule] = Field(
        default_factory=dict, description="When environments run; those that name one sleep outside its periods."
    )
    shutdown: ShutdownSettings = Field(
        default_factory=ShutdownSettings, description="How environments are put to sleep and woken."
    )
    store: StoreSettings = Field(default_factory=StoreSettings, description="Where everything is kept, and how long.")
    web: WebSettings = Field(default_factory=WebSettings, description="The page: where it listens, who may enter.")

    @model_validator(mode="before")
    @classmethod
    def _what_may_stand_at_the_top(cls, values: object) -> object:
        """Environments and components, as people expect them from Compose; rules, as they stand in a file of rules."""
        return folded(values) if isinstance(values, dict) else values


def folded(values: Mapping[str, Any]) -> dict[str, Any]:
    """A file's values with what stands at the top level put into the section where it belongs.

    Raises:
        ValueError: it stands in both places.
    """
    values = dict(values)
    for name, section in _AT_THE_TOP.items():
        if name not in values:
            continue
        part, inside = values.pop(name), values.get(section) or {}
        if isinstance(inside, dict):
            if name in inside:
                raise ValueError(f"{name} stands both at the top level and under {section}: keep one of the two")
            values[section] = inside if part is None else {**inside, name: part}
    return values


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration that is valid: settings, the alert rules in force, the file's own words, where it came from."""

    settings: Settings
    rules: RuleSet
    raw: Mapping[str, Any]
    source: str

    def effective(self) -> dict[str, Any]:
        """Every setting with its value, defaults included and secrets masked, as plain YAML values."""
        written = folded(self.raw)
        plain: dict[str, Any] = masked(self.settings.model_dump(mode="json"), written)
        return plain

    def effective_yaml(self) -> str:
        """The same as YAML text."""
        return yaml.safe_dump(self.effective(), sort_keys=False, allow_unicode=True)


def schema() -> dict[str, Any]:
    """The JSON Schema of lamplighter.yaml, for editors. A null section means its defaults, as YAML's empty key does."""
    described = Settings.model_json_schema()
    for name, section in _AT_THE_TOP.items():
        described["properties"][name] = described["$defs"][_MODELS[section]]["properties"][name]
    return described


def find_file(given: str | None, environ: Mapping[str, str], folder: Path) -> Path | None:
    """The configuration file: what was given, LAMPLIGHTER_CONFIG, or lamplighter.yaml in the folder; None for none."""
    named = given or environ.get("LAMPLIGHTER_CONFIG")
    if named:
        return Path(named)
    here = folder / DEFAULT_NAME
    return here if here.exists() else None


def load(path: Path | None, environ: Mapping[str, str]) -> Loaded:
    """Read and validate a file; without one, the defaults.

    Raises:
        ConfigInvalid: with every fault of the file at once, each with its path and a remedy.
    """
    if path is None:
        return validate({}, environ, "(defaults)")
    return validate(read_yaml(path), environ, str(path), path.parent)


def loads(text: str, environ: Mapping[str, str], source: str = "(text)") -> Loaded:
    """Validate YAML text. Raises as `load` does."""
    return validate(parse_yaml(text, source), environ, source)


def validate(raw: Mapping[str, Any], environ: Mapping[str, str], source: str, folder: Path | None = None) -> Loaded:
    """Validate plain values. A relative path in them is meant from `folder`. Raises as `load` does."""
    written = {name: section for name, section in raw.items() if section is not None}
    values, faults = expand(written, environ)
    unset = {fault.path for fault in faults}
    rules = None
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        faults += [fault for fault in faults_of(error, schema()) if fault.path not in unset]
    else:
        faults += _faults_between_sections(settings)
        found = [*cost_faults(settings.costs, settings.stack), *schedule_faults(settings.schedules, settings.stack)]
        faults += [Fault(path, what, remedy) for path, what, remedy in found]
        settings = _with_absolute_paths(settings, folder)
        rules, wrong = check(settings.alerts, settings.stack, folder, _known_metrics(settings))
        faults += [Fault(_place(path, written), what, remedy) for path, what, remedy in wrong]
    if faults or rules is None:
        raise ConfigInvalid(source, faults)
    return Loaded(settings, rules, json.loads(json.dumps(written, default=str)), source)


def _place(path: str, written: Mapping[str, Any]) -> str:
    """Where a fault of the alerts stands in the file: rules may stand at its top level."""
    path = re.sub(r"\[(\d+)\]", r".\1", path)
    return path if path.partition(".")[0] in written else f"alerts.{path}"


def _known_metrics(settings: Settings) -> set[tuple[str, str, str]] | None:
    """What is collected, for rules to refer to; None where the catalogue cannot be used, which its loading tells."""
    try:
        described = load_catalogue(settings.collect.catalogue, settings.collect.skip).describe()
    except BadCatalogue:
        return None
    return {(one["namespace"], one["metric"], stat) for one in described for stat in one["stats"]}


def _faults_between_sections(settings: Settings) -> list[Fault]:
    faults = []
    names = [account.name for account in settings.accounts]
    faults += [
        Fault(f"accounts.{place}.name", f"two accounts are called {name!r}", "give each a name of its own")
        for place, name in enumerate(names)
        if name in names[:place]
    ]
    probes = [probe.name for probe in settings.probes]
    for place, probe in enumerate(settings.probes):
        if probe.name in probes[:place]:
            fault = f"two probes are called {probe.name!r}"
            faults.append(Fault(f"probes.{place}.name", fault, "give each a name of its own"))
        for field, chosen, known in (
            ("environment", probe.environment, settings.stack.environments),
            ("component", probe.component, settings.stack.components),
        ):
            if chosen is not None and chosen not in known:
                listed = ", ".join(known) or f"none yet: add it under {field}s"
                faults.append(Fault(f"probes.{place}.{field}", f"there is no {field} {chosen!r}", f"known: {listed}"))
    return faults


def _with_absolute_paths(settings: Settings, folder: Path | None) -> Settings:
    if folder is None:
        return settings
    catalogue = [folder / path for path in settings.collect.catalogue]
    plan = settings.costs.plan
    if isinstance(plan, str) and plan != "reference":
        plan = str(folder / plan)
    return settings.model_copy(
        update={
            "collect": settings.collect.model_copy(update={"catalogue": catalogue}),
            "costs": settings.costs.model_copy(update={"plan": plan}),
        }
    )
