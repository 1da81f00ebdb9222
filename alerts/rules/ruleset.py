"""The rules that are in use, with what is worked out of them once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from alerts.rules import KINDS
from alerts.rules.base import BaseRule, Kind, Subject, Verdict, severity_of
from alerts.rules.templates import Rendered, Texts, names_of


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The enabled rules; what a composite speaks of comes before it. `disabled` are the others."""

    rules: tuple[BaseRule, ...]
    texts: Mapping[str, Texts]
    versions: Mapping[str, str]
    zone: ZoneInfo
    disabled: tuple[BaseRule, ...] = ()

    def rule(self, rule_id: str) -> BaseRule | None:
        """A rule that is in use, by its id."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def kind_of(self, rule: BaseRule) -> Kind[Any]:
        """The module of a rule's kind."""
        return next(kind for kind in KINDS if kind.name == rule.kind)

    def version_of(self, rule: BaseRule) -> str:
        """A digest of all that a rule says."""
        return self.versions[rule.id]

    def render(self, rule: BaseRule, subject: Subject, verdict: Verdict, since: datetime | None) -> Rendered:
        """A rule's texts about one alert. Never fails; `problem` of the answer says what went wrong."""
        severity = severity_of(rule, subject.environment, verdict)
        return self.texts[rule.id].render(names_of(rule, subject, verdict, severity, since, self.zone), verdict.reason)


def version_of(rule: BaseRule) -> str:
    """12 hex digits over a rule's effective content, its defaults included."""
    content = json.dumps(rule.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(content.encode(), digest_size=6).hexdigest()
