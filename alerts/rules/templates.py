"""What a rule says to people: Jinja templates over a fixed set of names, tried when the rules are loaded.

Names: `rule` (its id), `kind`, `title`, `severity`, `environment`, `component`, `resource` (what it is about, such as
`i-0abc`), `labels`, `value` and `limit` (numbers that print with their unit), `unit`, `since` (when it began, in the
stack's zone), `facts` (what is particular to the kind). Filters beside Jinja's own: `number`, `bytes`, `duration` (of
seconds), `percent` (of a share: 0.05 is 5 %), `time`. What is unknown prints as `-`. A name or label that does not
exist is an error: at load for names, at run time for labels, where the alert then says its rule's id and the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn, Self
from zoneinfo import ZoneInfo

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment

from alerts.rules.base import BaseRule, Subject, Verdict
from alerts.rules.figures import duration, figure, number, size
from store.alerting import Severity
from store.messages import Message, Sentence

LONGEST = {"title": 120, "summary": 300, "impact": 600}
"""Characters of a rendered text that are kept: a section of our Slack messages has 600 (interface.md)."""
LONGEST_SOURCE = 4000
_MOST_REPEATED = 1000
LANGUAGES = ("en", "ko")

Names = Mapping[str, Any]


class _Shown(float):
    """A number that prints with its unit."""

    unit: str

    def __new__(cls, value: float, unit: str) -> Self:
        made = super().__new__(cls, value)
        made.unit = unit
        return made

    def __str__(self) -> str:
        return figure(float(self), self.unit)


class _Sandbox(SandboxedEnvironment):
    """Jinja's sandbox, in which nothing grows without bound either."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401  any values
        """Multiply numbers; nothing is repeated, and no power is taken."""
        if operator == "**" or not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise SecurityError(f"{operator} works on numbers only" if operator == "*" else "** is not offered")
        return super().call_binop(context, operator, left, right)


def environment() -> SandboxedEnvironment:
    """The environment that all templates are compiled in."""
    made = _Sandbox(undefined=StrictUndefined, autoescape=False, finalize=_printed)
    made.globals.clear()
    for name in ("center", "indent", "filesizeformat", "pprint", "xmlattr", "tojson", "urlize"):
        del made.filters[name]
    made.filters.update(
        number=_or_dash(number),
        bytes=_or_dash(size),
        duration=_or_dash(duration),
        percent=_or_dash(lambda share: f"{number(share * 100)} %"),
        time=_or_dash(lambda when: f"{when:%H:%M}"),
    )
    return made


def _printed(value: object) -> object:
    return "-" if value is None or value == "" else value


def _or_dash(say: Callable[..., str]) -> Callable[..., str]:
    return lambda value, *options: "-" if value is None else say(value, *options)


class AnyLabel(dict[str, str]):
    """Labels for a trial: whichever is asked for is there."""

    def __missing__(self, name: str) -> str:
        return name


@dataclass(frozen=True, slots=True)
class Rendered:
    """Texts by language; `problem` tells of a template that failed, whose text then stands as the id and the reason."""

    title: Mapping[str, str] = field(default_factory=dict)
    summary: Mapping[str, str] = field(default_factory=dict)
    impact: Mapping[str, str] = field(default_factory=dict)
    problem: Sentence = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """A rule's compiled templates: by part (`title`, `summary`, `impact`), then by language."""

    rule: str
    parts: Mapping[str, Mapping[str, Template]]

    def render(self, names: Names, reason: Sentence) -> Rendered:
        """Say it about one alert. Never fails: what cannot be rendered falls back to the rule's id and the reason."""
        made: dict[str, dict[str, str]] = {part: {} for part in LONGEST}
        problem: Sentence = ""
        for part, by_language in self.parts.items():
            for language, template in by_language.items():
                try:
                    made[part][language] = _bounded(template, names, LONGEST[part])
                except Exception as error:  # noqa: BLE001  whatever a template does, the alert goes out
                    problem = Message(
                        "the template %(part)s of rule %(rule)s failed: %(error)s",
                        part=f"{part}.{language}",
                        rule=self.rule,
                        error=str(error)[:200] or type(error).__name__,
                    )
        title = made["title"].get("en") or self.rule
        if not made["summary"].get("en"):
            made["summary"]["en"] = _cut(f"{title}: {reason}" if reason else title, LONGEST["summary"])
        made["title"].setdefault("en", title)
        return Rendered(made["title"], made["summary"], made["impact"], problem)


def compile_texts(rule: BaseRule, inside: SandboxedEnvironment) -> tuple[Texts, list[tuple[str, str, str]]]:
    """A rule's templates and the faults found by trying each with sample values."""
    parts: dict[str, dict[str, Template]] = {}
    faults: list[tuple[str, str, str]] = []
    for part, most in LONGEST.items():
        for language, source in getattr(rule, part).items():
            try:
                if language not in LANGUAGES:
                    _refuse(f"{language!r} is no language of Lamplighter: write en or ko")
                if len(source) > LONGEST_SOURCE:
                    _refuse(f"it has {len(source)} characters; {LONGEST_SOURCE} is the most")
                template = inside.from_string(source)
                _bounded(template, _sample(rule), most)
            except Exception as error:  # noqa: BLE001  a template can raise anything, and each is a fault
                remedy = "" if isinstance(error, ValueError) else f"names that exist: {', '.join(sorted(_NAMES))}"
                faults.append((f"{part}.{language}", _said(error), remedy))
            else:
                parts.setdefault(part, {})[language] = template
        if getattr(rule, part) and "en" not in getattr(rule, part):
            faults.append((part, "the English text is missing, which other languages fall back to", "add `en:`"))
    return Texts(rule.id, parts), faults


def names_of(  # noqa: PLR0913, PLR0917  all that a text may speak of
    rule: BaseRule, subject: Subject, verdict: Verdict, severity: Severity, since: datetime | None, zone: ZoneInfo
) -> dict[str, Any]:
    """What the templates of a rule may name, about one alert."""
    return {
        "rule": rule.id,
        "kind": rule.kind,
        "title": rule.title.get("en") or rule.id,
        "severity": severity.value,
        "environment": subject.environment,
        "component": subject.component,
        "resource": str(subject.title) or None,
        "labels": {**subject.labels, **rule.labels},
        "value": None if verdict.value is None else _Shown(verdict.value, subject.unit),
        "limit": None if verdict.limit is None else _Shown(verdict.limit, subject.unit),
        "unit": subject.unit,
        "since": since.astimezone(zone) if since else None,
        "facts": verdict.why.facts,
    }


_NAMES = frozenset(
    {
        *("rule", "kind", "title", "severity", "environment", "component", "resource"),
        *("labels", "value", "limit", "unit", "since", "facts"),
    }
)


def _sample(rule: BaseRule) -> dict[str, Any]:
    """Values to try a template with. Which labels and facts there will be is not known yet: any is there."""
    return {name: name for name in _NAMES} | {
        "rule": rule.id,
        "severity": rule.severity.value,
        "labels": AnyLabel(),
        "facts": AnyLabel(),
        "value": _Shown(12.5, "percent"),
        "limit": _Shown(10, "percent"),
        "since": datetime(2026, 1, 2, 3, 4, tzinfo=ZoneInfo("UTC")),
    }


def _bounded(template: Template, names: Names, most: int) -> str:
    """The text, cut at so many characters: rendering stops there."""
    made: list[str] = []
    length = 0
    for piece in template.generate(names):
        made.append(piece)
        length += len(piece)
        if length > most + _MOST_REPEATED:
            break
    return _cut(" ".join("".join(made).split()), most)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _refuse(why: str) -> NoReturn:
    raise ValueError(why)


def _said(error: Exception) -> str:
    if isinstance(error, TemplateError):
        return f"the template does not work: {error.message or error}"
    return str(error) or type(error).__name__
