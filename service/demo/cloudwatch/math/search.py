"""SEARCH expressions: which metrics a search text means.

A basic form of CloudWatch's search syntax: `{Namespace,Dimension,…} words`. A word is a part of any name or value, a
"quoted" one is exact, `Property=word` looks at MetricName, Namespace or a dimension; AND, OR, NOT and brackets combine.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from service.demo.cloudwatch.math.grammar import ExpressionError
from service.demo.source import MetricId

_SCHEMA = re.compile(r"\s*\{([^}]*)\}\s*(.*)", re.DOTALL)
_TOKEN = re.compile(r"\s*([()]|[^\s()=\"]+=\"[^\"]*\"|\"[^\"]*\"(?:=\"[^\"]*\"|=[^\s()]+)?|[^\s()\"]+)")
Matcher = Callable[[MetricId], bool]


@dataclass(frozen=True, slots=True)
class Search:
    """A parsed search text."""

    namespace: str | None
    dimensions: frozenset[str]
    wanted: Matcher

    def matches(self, metric: MetricId) -> bool:
        """Whether a metric is meant: it has exactly the schema's dimensions, and the words fit."""
        if self.namespace is not None:
            own = frozenset(name for name, _ in metric.dimensions)
            if metric.namespace != self.namespace or own != self.dimensions:
                return False
        return self.wanted(metric)


def parse_search(text: str) -> Search:
    """Understand a search text. Raises ExpressionError."""
    schema = _SCHEMA.match(text)
    namespace, names, rest = None, frozenset[str](), text
    if schema:
        parts = [part.strip().strip('"') for part in schema[1].split(",")]
        namespace, names, rest = parts[0], frozenset(parts[1:]), schema[2]
    tokens = _TOKEN.findall(rest)
    wanted, left = _either(tokens) if tokens else (_everything, [])
    if left:
        raise ExpressionError(f"SEARCH does not understand {' '.join(left)!r}")
    return Search(namespace, names, wanted)


def _everything(_metric: MetricId) -> bool:
    return True


def _either(tokens: list[str]) -> tuple[Matcher, list[str]]:
    """`a OR b`."""
    left, rest = _both(tokens)
    while rest and rest[0] == "OR":
        right, rest = _both(rest[1:])
        left = _or(left, right)
    return left, rest


def _both(tokens: list[str]) -> tuple[Matcher, list[str]]:
    """`a AND b`, or just `a b`."""
    left, rest = _one(tokens)
    while rest and rest[0] not in {"OR", ")"}:
        right, rest = _one(rest[1:] if rest[0] == "AND" else rest)
        left = _and(left, right)
    return left, rest


def _one(tokens: list[str]) -> tuple[Matcher, list[str]]:
    """One word, its negation, or a bracket."""
    if not tokens:
        raise ExpressionError("SEARCH ends where a word should stand")
    head, rest = tokens[0], tokens[1:]
    if head == "NOT":
        inner, rest = _one(rest)
        return _not(inner), rest
    if head == "(":
        inner, rest = _either(rest)
        if not rest or rest[0] != ")":
            raise ExpressionError("SEARCH lacks a closing bracket")
        return inner, rest[1:]
    return _word(head), rest


def _and(left: Matcher, right: Matcher) -> Matcher:
    return lambda metric: left(metric) and right(metric)


def _or(left: Matcher, right: Matcher) -> Matcher:
    return lambda metric: left(metric) or right(metric)


def _not(inner: Matcher) -> Matcher:
    return lambda metric: not inner(metric)


def _word(token: str) -> Matcher:
    """A word, perhaps bound to a property, perhaps quoted."""
    head, sign, tail = token.rpartition("=")
    place, word = (head.strip('"'), tail) if sign and head else ("", token)
    exact, wanted = word.startswith('"'), word.strip('"').lower()

    def fits(metric: MetricId) -> bool:
        texts = [text.lower() for text in _texts(metric, place)]
        return any(wanted == text if exact else wanted in text for text in texts)

    return fits


def _texts(metric: MetricId, place: str) -> list[str]:
    """The texts that a word is looked for in."""
    own = dict(metric.dimensions)
    if place:
        return [{"MetricName": metric.name, "Namespace": metric.namespace, **own}.get(place, "")]
    return [metric.name, metric.namespace, *own, *own.values()]
