"""Cost Explorer's filter expressions: And, Or, Not, dimensions and tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from service.demo.money.items import Key
from service.demo.source import AwsError
from service.demo.upstream import DEFAULT_ACCOUNT

KEYS: dict[str, Callable[[Key], str]] = {
    "SERVICE": lambda key: key.service,
    "USAGE_TYPE": lambda key: key.usage_type,
    "LINKED_ACCOUNT": lambda _key: DEFAULT_ACCOUNT,
    "RECORD_TYPE": lambda key: key.record,
    "REGION": lambda key: key.region,
}
"""The dimensions by which costs may be grouped and filtered here."""
ACTIVE_TAGS: dict[str, Callable[[Key], str]] = {
    "Component": lambda key: key.component,
    "Environment": lambda key: key.environment,
}
INACTIVE_TAGS = ("Name", "Project", "Team")
"""Tags that nobody activated for billing: no cost carries them."""
_DEPTH = 8


def tag_of(key: Key, tag: str) -> str:
    """The value of a tag; empty where there is none, or where it is not activated."""
    read = ACTIVE_TAGS.get(tag)
    return read(key) if read else ""


def check(expression: Mapping[str, Any], depth: int = 0) -> None:
    """Refuse what is no filter. Raises AwsError(ValidationException)."""
    if not expression:
        return
    if len(expression) > 1 or depth > _DEPTH:
        raise AwsError("ValidationException", "Expression must have exactly one operator or operand at each level.")
    (word, content), *_ = expression.items()
    if word in {"And", "Or"}:
        if len(content) <= 1:
            raise AwsError("ValidationException", f"{word} needs at least two expressions.")
        for one in content:
            check(one, depth + 1)
    elif word == "Not":
        check(content, depth + 1)
    elif word == "Dimensions":
        if content.get("Key") not in KEYS:
            raise AwsError("ValidationException", f"Dimension {content.get('Key')!r} is not supported here.")
        _check_options(content)
    elif word == "Tags":
        _check_options(content)
    else:
        raise AwsError("ValidationException", f"{word} is not supported here.")


def _check_options(content: Mapping[str, Any]) -> None:
    wrong = set(content.get("MatchOptions") or ()) - {"EQUALS", "ABSENT", "CASE_SENSITIVE"}
    if wrong:
        raise AwsError("ValidationException", f"MatchOptions {sorted(wrong)} are not allowed here.")


def matches(expression: Mapping[str, Any], key: Key) -> bool:
    """Whether a cost is asked for."""
    if not expression:
        return True
    (word, content), *_ = expression.items()
    match word:
        case "And":
            return all(matches(one, key) for one in content)
        case "Or":
            return any(matches(one, key) for one in content)
        case "Not":
            return not matches(content, key)
        case "Dimensions":
            value = KEYS[content["Key"]](key)
        case _:
            value = tag_of(key, content.get("Key", ""))
    if "ABSENT" in (content.get("MatchOptions") or ()):
        return not value
    return value in (content.get("Values") or ())
