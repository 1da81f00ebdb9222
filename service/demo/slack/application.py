"""The WSGI application: which path is what, faults around the answers, and a log of the calls."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from service.demo.origin import is_from_here
from service.demo.slack.calls import Calls
from service.demo.slack.desk import Desk
from service.demo.slack.faults import AFTER, BEFORE, Fault, Faults
from service.demo.slack.hooks import respond, webhook
from service.demo.slack.methods import answer as answer_method
from service.demo.slack.uploads import receive
from service.demo.slack.wire import Call, Refused, read_body, read_call

_JSON = "application/json; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"
_HTML = "text/html; charset=utf-8"
_BROKEN = b"<!DOCTYPE html><html><body><h1>Server Error</h1><p>Something went wrong on purpose.</p></body></html>"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    kind: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Cut(Exception):
    """The connection is to break without an answer."""


@dataclass(frozen=True, slots=True)
class SlackApplication:
    """Answers apps (`/api`, `/services`, `/response`, `/upload`); `others` finds the page and the control API."""

    desk: Desk
    faults: Faults
    calls: Calls
    others: Callable[[str], WSGIApplication | None]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request."""
        path = environ.get("PATH_INFO", "/")
        other = self.others(path)
        if other is not None:
            return other(environ, start_response)
        try:
            answer = self._answer(path, environ)
        except Cut as cut:
            _break(environ)
            # The server takes this for a client that went away, which is quiet.
            raise ConnectionResetError from cut
        phrase = HTTPStatus(answer.status).phrase
        headers = [("Content-Type", answer.kind), ("Content-Length", str(len(answer.body))), *answer.headers.items()]
        start_response(f"{answer.status} {phrase}", headers)
        return [answer.body]

    def _answer(self, path: str, environ: WSGIEnvironment) -> Answer:
        if not is_from_here(environ):
            return Answer(HTTPStatus.FORBIDDEN, _TEXT, b"This server answers only programs of this machine.")
        site, _, rest = path.lstrip("/").partition("/")
        words = site in {"services", "upload"}
        method = rest if site == "api" else {"services": "webhook", "response": "response_url"}.get(site, site)
        call = Call(method)
        try:
            body = read_body(environ)
            call = Call(method, {"path": rest}) if site == "upload" else _read(method, environ, body, site)
            given, struck = self._with_faults(call, lambda: self._do(site, rest, call, body, environ))
        except Refused as refused:
            self.calls.add(call, self._channel(call), refused.status, refused.error, refused.fault)
            return _refusal(refused, words=words)
        self.calls.add(call, self._channel(call), given.status, "", struck)
        return given

    def _do(self, site: str, rest: str, call: Call, body: bytes, environ: WSGIEnvironment) -> Answer:
        """Have the effect. Raises Refused."""
        if site == "api":
            return _json(answer_method(self.desk, call))
        if site == "services":
            return Answer(HTTPStatus.OK, _TEXT, webhook(self.desk, rest, call).encode())
        if site == "response":
            return _json(respond(self.desk, rest, call))
        if site == "upload":
            words = receive(self.desk, rest.rpartition("/")[2], body, environ.get("CONTENT_TYPE", ""))
            return Answer(HTTPStatus.OK, _TEXT, words.encode())
        raise Refused("not_found", status=404)

    def _with_faults(self, call: Call, deed: Callable[[], Answer]) -> tuple[Answer, str]:
        """The answer, and the faults that struck. Raises Refused and Cut."""
        struck = self.faults.strike(call.method, self._channel(call))
        names = ",".join(fault.kind for fault in struck)
        for fault in struck:
            if fault.kind in BEFORE and (early := self._before(fault, call)) is not None:
                return early, names
        answer = deed()
        for fault in struck:
            if fault.kind in AFTER:
                answer = self._after(fault, call)
        return answer, names

    def _before(self, fault: Fault, call: Call) -> Answer | None:
        """What happens instead of the effect; None where it only takes long."""
        options = fault.options
        if fault.kind == "slow":
            self.faults.wait(fault.seconds)
            return None
        if fault.kind == "reset_before":
            self.calls.add(call, self._channel(call), 0, "", fault.kind)
            raise Cut
        if fault.kind == "garbage":
            return Answer(HTTPStatus.OK, _HTML, _BROKEN)
        if fault.kind == "status":
            return Answer(int(options.get("status", 500)), _HTML, _BROKEN)
        if fault.kind == "ratelimited":
            refused = Refused("ratelimited", status=429, retry_after=max(1, round(fault.seconds)))
        else:
            status, messages = int(options.get("status", 200)), tuple(options.get("messages", ()))
            refused = Refused(str(options.get("error", "internal_error")), messages, status=status)
            refused.extra.update(options.get("extra", {}))
        refused.fault = fault.kind
        raise refused

    def _after(self, fault: Fault, call: Call) -> Answer:
        """What happens to the answer of an effect."""
        if fault.kind == "status_after":
            return Answer(int(fault.options.get("status", 500)), _HTML, _BROKEN)
        self.calls.add(call, self._channel(call), 0, "", fault.kind)
        if fault.kind == "timeout_after":
            self.faults.wait(float(fault.options.get("seconds", 60.0)))
        raise Cut

    def _channel(self, call: Call) -> str:
        """The id of the channel that a call is about, so far as it can be told."""
        reference = call.text("channel") or call.text("channel_id")
        if call.method == "webhook":
            reference = self.desk.workspace.hooks.get(call.text("address"), "")
        with contextlib.suppress(Refused):
            return self.desk.workspace.channel(reference, by_name=True).id
        return ""


def _read(method: str, environ: WSGIEnvironment, body: bytes, site: str) -> Call:
    """The call of a request; a webhook may send its JSON in a form's `payload`, and with any content type."""
    if site == "api":
        return read_call(method, environ, body)
    text = body.decode(errors="replace").strip()
    if text.startswith("payload="):
        call = read_call(method, environ | {"CONTENT_TYPE": ""}, body)
        text = call.text("payload")
    address = environ.get("PATH_INFO", "").partition("/services/")[2]
    try:
        value = json.loads(text)
    except ValueError as broken:
        raise Refused("invalid_payload", status=400) from broken
    if not isinstance(value, dict):
        raise Refused("invalid_payload", status=400)
    return Call(method, value | ({"address": address} if site == "services" else {}))


def _json(value: Mapping[str, Any], status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, _JSON, json.dumps(value).encode(), headers or {})


def _refusal(refused: Refused, *, words: bool) -> Answer:
    headers = {} if refused.retry_after is None else {"Retry-After": str(refused.retry_after)}
    if words:
        return Answer(refused.status, _TEXT, refused.error.encode(), headers)
    return _json(refused.body(), refused.status, headers)


def _break(environ: WSGIEnvironment) -> None:
    """Break the connection: the client sees a reset, not an end.

    The server holds the socket in several files, so its descriptor is given to a dead one: that closes it at once.
    """
    connection = environ["werkzeug.socket"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    dead, other = socket.socketpair()
    other.close()
    os.dup2(dead.fileno(), connection.fileno())
    dead.close()
