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
    "day": {"type": "string", "format": "date", "examples": ["2026-11-24"]},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
}


def document(prefix: str, endpoints: Sequence[Endpoint], version: str) -> dict[str, Any]:
    """The whole document as JSON values."""
    models: list[type[BaseModel]] = [endpoint.answer for endpoint in endpoints if endpoint.answer]
    bodies: list[type[BaseModel]] = [endpoint.body for endpoint in endpoints if endpoint.body]
    unique: list[type[BaseModel]] = list(dict.fromkeys([*models, ProblemAnswer]))
    _, definitions = models_json_schema(
        [(model, "serialization") for model in unique] + [(model, "validation") for model in bodies],
        ref_template=_SCHEMAS + "{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lamplighter",
            "version": version,
            "summary": "Health, metrics, alerts, costs and its own bill of one stack.",
            "description": "All times in answers are UTC; sample times are epoch seconds, the start of the bucket.",
        },
        "servers": [{"url": prefix}],
        "paths": _paths(endpoints),
        "components": {"schemas": definitions.get("$defs", {})},
    }


def _paths(endpoints: Sequence[Endpoint]) -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(_WORD.sub(r"{\1}", endpoint.path), {})[endpoint.method.lower()] = _operation(endpoint)
    return paths


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    done = {"description": endpoint.summary, "content": _content(endpoint)}
    responses: dict[str, Any] = {str(endpoint.status): done}
    responses["400"] = _problem("A parameter was refused; `parameter` names it.")
    responses["401"] = _problem("Nobody is logged in.")
    if endpoint.missing:
        responses["404"] = _problem(endpoint.missing)
    responses["503"] = _problem("The store does not answer.")
    words = [
        {"name": word, "in": "path", "required": True, "schema": {"type": "string"}}
        for word in _WORD.findall(endpoint.path)
    ]
    body: dict[str, Any] = {}
    if endpoint.body:
        schema = {"$ref": _SCHEMAS + endpoint.body.__name__}
        body["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
        responses["415"] = _problem("The body is not said to be JSON.")
    return {
        **body,
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
