"""Conditions on labels: parsed from text such as `severity=page` or `team=~web|api`, and held against labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from store.alerting import Episode, Labels, Matcher

Holds = Callable[[Labels], bool]

LONGEST = 1_000
"""Characters of a matcher's value: regular expressions come from people, and a long one may take long."""

_FORM = "write LABEL=VALUE, LABEL!=VALUE, LABEL=~REGEX or LABEL!~REGEX"
_LABEL = r"[A-Za-z_][\w.:/-]{0,199}"
_MATCHER = re.compile(rf"\s*({_LABEL})\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_UNBOUNDED = re.compile(r"[*+]|\{\d*,\d*\}")
_MOST_UNBOUNDED = 4
_OPERATORS = ("=", "!=", "=~", "!~")


def parse_matcher(text: str) -> Matcher:
    """Read `a=b`, `a!=b`, `a=~re` or `a!~re`; a value may stand in single or double quotes.

    Raises:
        ValueError: the text is no matcher or its regular expression is unusable; the message says what to write.
    """
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:80]!r} is no matcher: {_FORM}")
    label, op, value = found.groups()
    if value[:1] in ('"', "'"):
        value = _unquoted(value)
    elif value.startswith("="):
        raise ValueError(f"{text[:80]!r} has one = too many: {_FORM}, and quote a value that begins with =")
    matcher = Matcher(label, op, value)
    if fault := matcher_fault(matcher):
        raise ValueError(fault)
    return matcher


def format_matcher(matcher: Matcher) -> str:
    """Write a matcher the way `parse_matcher` reads it."""
    escaped = matcher.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{matcher.label}{matcher.op}"{escaped}"'


def matcher_fault(matcher: Matcher) -> str:
    """What is wrong with a matcher that came from outside, with the remedy; empty when it is usable."""
    if not re.fullmatch(_LABEL, matcher.label):
        return f"{matcher.label[:80]!r} is no label's name: {_FORM}"
    if matcher.op not in _OPERATORS:
        return f"{matcher.op!r} compares nothing: {_FORM}"
    if len(matcher.value) > LONGEST:
        return f"the value of {matcher.label} has {len(matcher.value)} characters: at most {LONGEST} are taken"
    return _regex_fault(matcher.value) if matcher.op in ("=~", "!~") else ""


def holds_all(matchers: Iterable[Matcher]) -> Holds:
    """A function that says whether all of the matchers hold for labels. A label that is missing counts as empty."""
    conditions = tuple(_condition(matcher) for matcher in matchers)
    return lambda labels: all(condition(labels) for condition in conditions)


def labels_of(episode: Episode, kinds: Mapping[str, str]) -> dict[str, str]:
    """The labels that routes, silences and inhibition see: the alert's, its place, and `severity`, `kind`.

    Args:
        episode: The firing; its severity is the highest that it reached.
        kinds: The kind of each rule by its id.
    """
    alert = episode.alert
    labels = {"severity": episode.severity.value, "kind": kinds.get(alert.rule_id, "")}
    labels |= {"rule": alert.rule_id, **alert.labels}
    for name, value in (("environment", alert.environment), ("component", alert.component)):
        if value is not None:
            labels.setdefault(name, value)
    return labels | {"severity": episode.severity.value}


def _condition(matcher: Matcher) -> Holds:
    label, value = matcher.label, matcher.value
    if matcher.op == "=":
        return lambda labels: labels.get(label, "") == value
    if matcher.op == "!=":
        return lambda labels: labels.get(label, "") != value
    whole = re.compile(value).fullmatch
    if matcher.op == "=~":
        return lambda labels: whole(labels.get(label, "")) is not None
    return lambda labels: whole(labels.get(label, "")) is None


def _unquoted(value: str) -> str:
    quote, inner = value[0], value[1:-1]
    whole = len(value) > 1 and value[-1] == quote and quote not in _ESCAPED.sub("", inner)
    if not whole or _ESCAPED.sub("", inner).endswith("\\"):
        raise ValueError(f"{value[:80]!r} is not closed, or has a quote in it: write \\{quote} for a quote")
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], inner)


def _regex_fault(pattern: str) -> str:
    """Whether an expression is no regular one, or one of the shapes that take for ever on an unlucky value."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"{pattern[:80]!r} is no regular expression: {error}"
    if re.search(r"\\\d", pattern):
        return f"{pattern[:80]!r} refers back to a group, which may take for ever: write it without"
    plain = re.sub(r"\[\^?\]?[^\]]*\]", "x", re.sub(r"\\.", "x", pattern, flags=re.DOTALL))
    if _repeats_what_varies(plain):
        return f"{pattern[:80]!r} repeats a group of repetitions or choices, which may take for ever: write it flat"
    if len(_UNBOUNDED.findall(plain)) > _MOST_UNBOUNDED:
        return f"{pattern[:80]!r} has more than {_MOST_UNBOUNDED} of * and +, which may take for ever: write it shorter"
    return ""


def _repeats_what_varies(plain: str) -> bool:
    """Whether a group that holds a repetition or a choice, at any depth, is repeated itself."""
    varies = [False]
    for place, letter in enumerate(plain):
        if letter == "(":
            varies.append(False)
        elif letter == ")" and len(varies) > 1:
            inside = varies.pop()
            repeated = plain[place + 1 : place + 2] in ("*", "+", "{")
            if inside and repeated:
                return True
            varies[-1] = varies[-1] or inside
        elif letter in "|*+{" or (letter == "?" and plain[place - 1 : place] != "("):
            varies[-1] = True
    return False
