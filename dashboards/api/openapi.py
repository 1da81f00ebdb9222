"""The OpenAPI 3.1 document, made from the endpoints and the models of their answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from dashboards.api.endpoint import Endpoint, Parameter
from dashboards.api.models import ProblemAnswer

_WORD = re.compile(r"<(?:path:)?(\w+)>")
_SCHEMAS = "#/components/schemas/"
_TYPES: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "time": {"type": "string", "examples": ["-3h", "2026-11-23T03:00:00Z", "1795402800", "now"]},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
}


def document(prefix: str, endpoints: Sequence[Endpoint], version: str) -> dict[str, Any]:
    """The whole document as JSON values."""
    models: list[type[BaseModel]] = [endpoint.answer for endpoint in endpoints if endpoint.answer]
    unique: list[type[BaseModel]] = list(dict.fromkeys([*models, ProblemAnswer]))
    _, definitions = models_json_schema(
        [(model, "serialization") for model in unique], ref_template=_SCHEMAS + "{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lamplighter",
            "version": version,
            "summary": "Health, metrics and its own bill of one stack, for reading.",
            "description": "All times in answers are UTC; sample times are epoch seconds, the start of the bucket.",
        },
        "servers": [{"url": prefix}],
        "paths": {_WORD.sub(r"{\1}", endpoint.path): {"get": _operation(endpoint)} for endpoint in endpoints},
        "components": {"schemas": definitions.get("$defs", {})},
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    responses: dict[str, Any] = {"200": {"description": endpoint.summary, "content": _content(endpoint)}}
    responses["400"] = _problem("A parameter was refused; `parameter` names it.")
    responses["401"] = _problem("Nobody is logged in.")
    if endpoint.missing:
        responses["404"] = _problem(endpoint.missing)
    responses["503"] = _problem("The store does not answer.")
    words = [
        {"name": word, "in": "path", "required": True, "schema": {"type": "string"}}
        for word in _WORD.findall(endpoint.path)
    ]
    return {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "parameters": [*words, *(_parameter(parameter) for parameter in endpoint.parameters)],
        "responses": responses,
    }


def _content(endpoint: Endpoint) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if endpoint.answer:
        content["application/json"] = {"schema": {"$ref": _SCHEMAS + endpoint.answer.__name__}}
    if endpoint.csv:
        content["text/csv"] = {"schema": {"type": "string"}}
    return content


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": _SCHEMAS + ProblemAnswer.__name__}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = dict(_TYPES[parameter.kind])
    default = parameter.default
    if default is not None:
        schema["default"] = default == "true" if parameter.kind == "boolean" else default
    bounds = {"minimum": parameter.least, "maximum": parameter.most, "enum": list(parameter.choices) or None}
    schema |= {name: bound for name, bound in bounds.items() if bound is not None}
    return {"name": parameter.name, "in": "query", "description": parameter.description, "schema": schema}
