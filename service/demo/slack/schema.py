"""Words to describe what a JSON value must look like; each check yields its problems as Slack words them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

Check = Callable[[Any, str], Iterator[str]]
"""(value, JSON pointer) -> problems."""


def problem(words: str, pointer: str) -> str:
    """A problem as Slack words it."""
    return f"{words} [json-pointer:{pointer}]"


def string(most: int, least: int = 1) -> Check:
    """Text of so many characters."""

    def check(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - JSON
        if not isinstance(value, str):
            yield problem("must be a string", pointer)
        elif len(value) > most:
            yield problem(f"must be less than {most + 1} characters", pointer)
        elif len(value) < least:
            yield problem(f"must be more than {least - 1} characters", pointer)

    return check


def word(*allowed: str) -> Check:
    """One of some words."""

    def check(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - JSON
        if value not in allowed:
            yield problem("must be a valid enum value", pointer)

    return check


def web_address(most: int = 3000) -> Check:
    """An http or https address."""

    def check(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - JSON
        yield from string(most)(value, pointer)
        if isinstance(value, str) and value and not _is_address(value):
            yield problem("must be a valid URL", pointer)

    return check


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https", "slack", "mailto"} and bool(parts.netloc or parts.path)


def boolean(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yes or no."""
    if not isinstance(value, bool):
        yield problem("must be a boolean", pointer)


def number(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    """A number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield problem("must be a number", pointer)


def anything(_value: Any, _pointer: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Whatever it is."""
    yield from ()


def array(item: Check, most: int, least: int = 1) -> Check:
    """A list of so many items."""

    def check(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - JSON
        if not isinstance(value, list):
            yield problem("must be an array", pointer)
            return
        if len(value) > most:
            yield problem(f"no more than {most} items allowed", pointer)
        if len(value) < least:
            yield problem(f"no fewer than {least} items allowed", pointer)
        for place, one in enumerate(value):
            yield from item(one, f"{pointer}/{place}")

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these fields and no others (`type` is looked at by `by_type`)."""
    known = {**required, **(optional or {}), "type": anything}

    def check(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - JSON
        if not isinstance(value, dict):
            yield problem("must be an object", pointer)
            return
        for name in required:
            if name not in value:
                yield problem(f"missing required field: {name}", pointer)
        for name, one in value.items():
            if name not in known:
                yield problem(f"invalid additional property: {name}", pointer)
            elif one is not None or name in required:
                yield from known[name](one, f"{pointer}/{name}")

    return check


def by_type(kinds: Mapping[str, Check]) -> Check:
    """An object whose `type` says which of these it is."""

    def check(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - JSON
        if not isinstance(value, dict):
            yield problem("must be an object", pointer)
        elif "type" not in value:
            yield problem("missing required field: type", pointer)
        elif not isinstance(value["type"], str) or value["type"] not in kinds:
            yield problem(f"unsupported type: {value['type']}", f"{pointer}/type")
        else:
            yield from kinds[value["type"]](value, pointer)

    return check


def together(*checks: Check) -> Check:
    """All of these."""

    def check(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - JSON
        for one in checks:
            yield from one(value, pointer)

    return check


def exactly_one(*names: str) -> Check:
    """Of these fields one, and only one."""

    def check(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - JSON
        if isinstance(value, dict) and sum(name in value for name in names) != 1:
            yield problem(f"must have exactly one of: {', '.join(names)}", pointer)

    return check


def at_least_one(names: Sequence[str]) -> Check:
    """Of these fields one or more."""

    def check(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - JSON
        if isinstance(value, dict) and not any(name in value for name in names):
            yield problem(f"must have at least one of: {', '.join(names)}", pointer)

    return check
