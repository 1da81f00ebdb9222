"""Answers with status 200 that are none: boto3 hands on what came, so they are refused here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class NotAnAnswer(ValueError):
    """An answer with status 200 that is none; `translate` makes it a MalformedAnswer."""


def refuse_what_is_no_answer(http_response: Any, parsed: Mapping[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401
    """Refuse a web page (a proxy's login, a wrong endpoint) or wrong types: botocore would hand on what came."""
    if http_response.status_code >= 300:  # noqa: PLR2004  HTTP: refusals are botocore's to raise
        return
    kind = str(http_response.headers.get("content-type", "")).lower()
    begins = b"" if model.has_streaming_output else http_response.content[:20].lstrip().lower()
    if "text/html" in kind or begins.startswith((b"<!doctype html", b"<html")):
        raise NotAnAnswer(f"{model.name} was answered with a page of HTML in place of data")
    fault = _shape_fault(parsed, model.output_shape)
    if fault:
        raise NotAnAnswer(f"{model.name} was answered with {fault}")


def _shape_fault(parsed: object, shape: Any) -> str | None:  # noqa: ANN401  botocore has no types
    """What is wrong with the types of an answer's top level, which botocore hands on as they came."""
    if shape is None:
        return None
    if not isinstance(parsed, dict):
        return f"a {type(parsed).__name__} in place of a structure"
    wanted = {"structure": dict, "map": dict, "list": list, "string": str}
    for name, member in shape.members.items():
        value = parsed.get(name)
        python = wanted.get(member.type_name)
        if value is not None and python is not None and not isinstance(value, python):
            if python is str and not isinstance(value, dict | list):
                continue  # numbers and dates in text's place are read as text by everybody
            return f"a {type(value).__name__} in {name}, where a {member.type_name} belongs"
    return None


def checked_dict(answer: object) -> dict[str, Any]:
    """The answer, which must be a structure."""
    if not isinstance(answer, dict):
        raise NotAnAnswer(f"the answer is a {type(answer).__name__} in place of a structure")
    return answer


def elements(page: Mapping[str, Any], result_key: str) -> list[Any]:
    """The list under a key or a path of keys; empty when it is absent."""
    found: Any = page
    for key in result_key.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    if found is None:
        return []
    if not isinstance(found, list):
        raise NotAnAnswer(f"{result_key} is a {type(found).__name__} in place of a list")
    return found
