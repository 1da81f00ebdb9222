"""How a call of the Web API arrives (form, JSON or query) and how it is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import WSGIEnvironment

_MOST_BYTES = 32 * 1024 * 1024


class Refused(Exception):
    """An answer with `ok: false`. `messages` become response_metadata.messages; `extra` is added to the answer."""

    def __init__(
        self,
        error: str,
        messages: tuple[str, ...] = (),
        *,
        status: int = 200,
        retry_after: int | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages
        self.status = status
        self.retry_after = retry_after
        self.extra = dict(extra or {})
        self.fault = ""

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        answer: dict[str, Any] = {"ok": False, "error": self.error} | self.extra
        if self.messages:
            answer["errors"] = list(self.messages)
            answer["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return answer


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its method, its arguments, and the token of its header or form."""

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    token: str = ""

    def text(self, name: str, default: str = "") -> str:
        """An argument as text."""
        value = self.params.get(name)
        return default if value is None else str(value)

    def required(self, name: str) -> str:
        """An argument that must be there. Raises Refused(invalid_arguments)."""
        value = self.text(name)
        if not value:
            raise Refused("invalid_arguments", (f"missing required field: {name}",))
        return value

    def flag(self, name: str) -> bool:
        """An argument as yes or no."""
        return self.text(name).lower() in {"1", "true"}

    def number(self, name: str, default: int, most: int) -> int:
        """An argument as a number from 1 to `most`. Raises Refused(invalid_limit)."""
        value = self.text(name)
        if not value:
            return default
        if not value.isdigit() or int(value) == 0:
            raise Refused("invalid_limit")
        return min(int(value), most)

    def structured(self, name: str, error: str = "invalid_arguments") -> Any:  # noqa: ANN401 - JSON
        """An argument that is JSON, given as such or as text in a form. None when left out. Raises Refused(error)."""
        value = self.params.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError as broken:
            raise Refused(error) from broken


def read_body(environ: WSGIEnvironment) -> bytes:
    """A request's body. Raises Refused (413) for an enormous one."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > _MOST_BYTES:
        raise Refused("request_entity_too_large", status=413)
    return bytes(environ["wsgi.input"].read(int(length)))


def read_object(environ: WSGIEnvironment) -> dict[str, Any]:
    """The JSON object of a request that no app sends, empty where there is none. Raises ValueError."""
    value = json.loads(read_body(environ) or b"{}")
    if not isinstance(value, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004 - one kind of error for a bad body
    return value


def read_call(method: str, environ: WSGIEnvironment, body: bytes) -> Call:
    """The call of a request. Raises Refused as Slack does for a body that it cannot read."""
    params: dict[str, Any] = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    header = environ.get("HTTP_AUTHORIZATION", "")
    if body and kind == "application/json":
        params |= _json_object(body)
    elif body and kind in {"application/x-www-form-urlencoded", ""}:
        params |= dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    elif body:
        raise Refused("invalid_post_type")
    token = header.removeprefix("Bearer ").strip() if header.startswith("Bearer ") else str(params.get("token", ""))
    return Call(method, {name: value for name, value in params.items() if name != "token"}, token)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError as broken:
        raise Refused("invalid_json") from broken
    if not isinstance(value, dict):
        raise Refused("json_not_object")
    return value
