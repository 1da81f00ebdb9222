"""Turning pydantic's errors into faults that name the place, say what is wrong, and offer the remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from service.config.masking import looks_secret, masked_text
from service.errors import Fault

Schema = Mapping[str, Any]

_REMEDIES = {
    "model_type": "write its settings below it, one on each line",
    "dict_type": "write NAME: VALUE below it, one on each line",
    "list_type": "write a list: one `- …` on each line, or [a, b]",
    "string_type": "put it in quotes if it is meant as text",
}
"""By pydantic's type of error: what an operator writes instead."""

_SHOWN = 80
"""Characters of a wrong value that a fault repeats."""


def faults_of(error: ValidationError, schema: Schema) -> list[Fault]:
    """Every fault in a validation error; `schema` is the JSON schema of the validated model."""
    return [_fault(details, schema) for details in error.errors(include_url=False)]


def _fault(details: Mapping[str, Any], schema: Schema) -> Fault:
    place: Sequence[int | str] = details["loc"]
    path = ".".join(str(part) for part in place if not _is_branch(part)) or "(file)"
    if details["type"] == "extra_forbidden":
        return _unknown_key(path, place, schema)
    message = details["msg"].removeprefix("Value error, ")
    given = details.get("input")
    if details["type"] == "missing":
        return Fault(path, "this is required and is not there", f"add `{place[-1]}:`")
    shown = isinstance(given, str | int | float | bool) and not looks_secret(path)
    if details["type"] != "value_error" and shown:
        message = f"{message[0].lower()}{message[1:]}; it is {_short(repr(given))}"
    if details["type"] in ("model_type", "dict_type"):
        message = message.partition(" a valid dictionary")[0] + " a group of settings" + _after(message, ";")
    return Fault(path, masked_text(message), _REMEDIES.get(details["type"], ""))


def _after(text: str, mark: str) -> str:
    return "".join(text.partition(mark)[1:])


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _is_branch(part: int | str) -> bool:
    """Pydantic puts the branch of a union into the path, which nobody wrote in the file."""
    return isinstance(part, str) and any(mark in part for mark in "[]()")


def _unknown_key(path: str, place: Sequence[int | str], schema: Schema) -> Fault:
    nodes = _nodes_at(schema, schema, [part for part in place[:-1] if not _is_branch(part)])
    known = sorted({name for node in nodes for name in node.get("properties", {})})
    near = get_close_matches(str(place[-1]), known, n=1)
    if near:
        return Fault(path, "there is no such setting", f"did you mean `{near[0]}`?")
    return Fault(path, "there is no such setting", f"known here: {', '.join(known)}" if known else "remove it")


def _nodes_at(root: Schema, node: Schema, place: Sequence[int | str]) -> Iterator[Schema]:
    """The schema nodes that a path can mean: references are followed, and each branch of a union is tried."""
    if "$ref" in node:
        node = root["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    for branch in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _nodes_at(root, branch, place)
    if not place:
        yield node
        return
    step, rest = place[0], place[1:]
    if isinstance(step, int):
        if isinstance(node.get("items"), Mapping):
            yield from _nodes_at(root, node["items"], rest)
    elif step in node.get("properties", {}):
        yield from _nodes_at(root, node["properties"][step], rest)
    elif isinstance(node.get("additionalProperties"), Mapping):
        yield from _nodes_at(root, node["additionalProperties"], rest)
