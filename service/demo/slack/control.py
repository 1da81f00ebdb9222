"""The control API of Demo Slack, below `/_demo/`: JSON in, JSON out, for tests and the demo.

| Call | Does |
|---|---|
| `GET /_demo/ready` | `{"ready": true}` |
| `POST /_demo/reset` | everything as at the start: messages, faults, limits, clock, tokens, sockets |
| `GET POST /_demo/clock` | as the embedded AWS: `{"now"}`, `{"advance"}`, `{"offset"}` or `{}` |
| `GET POST DELETE /_demo/faults[/ID]` | what goes wrong on purpose, see below |
| `GET POST /_demo/limits` | `enabled`, `burst`, `rate`, `file_seconds`, `answer_seconds`, `retries` (`limits.py`) |
| `GET /_demo/messages[/CHANNEL]` | all messages with their versions, threads, metadata, ephemeral and deleted ones |
| `GET DELETE /_demo/calls[/METHOD]` | the log of the apps' calls |
| `POST /_demo/click` | `user`, `channel`, `ts`, `action_id`, `block_id`, `value`; and a way, see below |
| `POST /_demo/command` | `user`, `channel`, `line`; and a way |
| `POST /_demo/submit` | `view`, `values`: sends a dialog |
| `GET /_demo/views` | dialogs that are open |
| `GET /_demo/deliveries` | how clicks and commands went |
| `POST /_demo/say` | `user`, `channel`, `text`, `thread_ts`: somebody writes |
| `POST /_demo/tokens` | `{"revoke": "bot" / "app" / "hook"}` or `{"restore": …}` |
| `POST /_demo/channels` | `{"channel": id or name, "archived": bool, "joined": bool}`, or `{"name": …}` for a new one |
| `GET POST /_demo/sockets` | `{"count"}`; `{"disconnect": reason}` (refresh_requested, warning) or `{"break": true}` |
| `POST /_demo/interactivity` | `{"request_url": "http://127.0.0.1:…"}` (empty: Socket Mode), `{"commands": […]}` |

A way: `times` delivers the same interaction again (same trigger and action_ts); by HTTP also `signed_seconds_ago` and
`bad_signature`.

A fault: `kind`, `method` (a Web API method, `webhook`, `response_url`, `upload`; empty: any), `channel` (id), `times`,
`skip`, `rate` + `seed`. Kinds, before the effect: `ratelimited` (429, `seconds`), `status` (`status`, an HTML page),
`error` (`error`, `messages`, `extra`: an `ok: false` answer), `reset_before`, `slow` (`seconds`, then as usual),
`garbage` (200, but HTML). After it: `reset_after`, `timeout_after` (holds the answer for `seconds`, then breaks),
`status_after`.

Errors are `{"error": "…"}` with status 400, 403 (not from this machine, or from a web page), 404 or 405.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from service.demo.clock import DemoClock
from service.demo.origin import is_from_here
from service.demo.slack.calls import Calls
from service.demo.slack.desk import Desk
from service.demo.slack.faults import Faults
from service.demo.slack.interactions import Interactions, Way
from service.demo.slack.model import Channel, Message
from service.demo.slack.sockets import Sockets
from service.demo.slack.wire import Refused, read_object
from service.demo.slack.workspace import describe

PREFIX = "/_demo"
_Deed = Callable[[Mapping[str, Any], str], Any]


@dataclass(frozen=True, slots=True)
class Control:
    """The control API as a WSGI application; it looks at the whole path."""

    desk: Desk
    clock: DemoClock
    faults: Faults
    calls: Calls
    sockets: Sockets
    interactions: Interactions

    def application(self) -> WSGIApplication:
        """The WSGI application."""
        deeds = self._deeds()

        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            status, value = _answer(deeds, environ)
            body = json.dumps(value).encode()
            headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
            start_response(f"{status.value} {status.phrase}", headers)
            return [body]

        return answer

    def reset(self) -> None:
        """Everything as at the start."""
        self.faults.remove(None)
        self.clock.reset()
        self.sockets.reset()
        self.desk.limits.reset()
        self.interactions.reset()
        self.desk.reset()
        self.calls.reset()
        self.desk.workspace.reset()

    def _deeds(self) -> dict[tuple[str, str], _Deed]:
        """What each method and path does; it is given the JSON body and what stands behind the path."""
        return {
            ("GET", "ready"): lambda _body, _rest: {"ready": True},
            ("POST", "reset"): lambda _body, _rest: self.reset(),
            ("GET", "clock"): lambda _body, _rest: self.clock.describe(),
            ("POST", "clock"): lambda body, _rest: self._set_clock(body),
            ("GET", "faults"): lambda _body, _rest: self.faults.describe(),
            ("POST", "faults"): lambda body, _rest: self.faults.add(body),
            ("DELETE", "faults"): lambda _body, rest: self.faults.remove(int(rest) if rest else None),
            ("GET", "limits"): lambda _body, _rest: self.desk.limits.describe(),
            ("POST", "limits"): lambda body, _rest: self.desk.limits.change(body),
            ("GET", "messages"): lambda _body, rest: self._messages(rest),
            ("GET", "calls"): lambda _body, rest: self.calls.describe(rest),
            ("DELETE", "calls"): lambda _body, _rest: self.calls.reset(),
            ("POST", "click"): lambda body, _rest: _shown(self.interactions.click(body, _way(body))),
            ("POST", "command"): lambda body, _rest: _shown(self.interactions.command(body, _way(body))),
            ("POST", "submit"): lambda body, _rest: _shown(self.interactions.submit(body)),
            ("GET", "views"): lambda _body, _rest: [asdict(view) for view in self.desk.views.values()],
            ("GET", "deliveries"): lambda _body, _rest: _shown(self.interactions.deliveries),
            ("POST", "say"): lambda body, _rest: self._say(body),
            ("POST", "tokens"): lambda body, _rest: self._tokens(body),
            ("POST", "channels"): lambda body, _rest: self._channels(body),
            ("GET", "sockets"): lambda _body, _rest: {"count": self.sockets.count()},
            ("POST", "sockets"): lambda body, _rest: self._sockets(body),
            ("POST", "interactivity"): lambda body, _rest: self._interactivity(body),
        }

    def _set_clock(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        unknown = set(wish) - {"now", "offset", "advance"}
        if unknown or len(wish) > 1:
            raise ValueError("give one of now, offset and advance, or nothing to follow the machine's clock")
        for name, deed in (("now", self.clock.freeze), ("offset", self.clock.shift), ("advance", self.clock.advance)):
            if name in wish:
                deed(float(wish[name]))
        if not wish:
            self.clock.reset()
        return dict(self.clock.describe())

    def _messages(self, channel: str) -> list[dict[str, Any]]:
        wanted = self.desk.workspace.channel(channel, by_name=True).id if channel else ""
        with self.desk.workspace.lock:
            kept = list(self.desk.workspace.messages.values())
        return [_message(one, kept) for one in kept if wanted in {"", one.channel}]

    def _say(self, body: Mapping[str, Any]) -> dict[str, Any]:
        channel = self.desk.workspace.channel(str(body.get("channel", "")), by_name=True)
        user, text = str(body.get("user", "")), str(body.get("text", ""))
        if user not in self.desk.workspace.people or not text:
            raise ValueError("say needs the id of a user and a text")
        said = Message(channel.id, "", user, text, 0.0, thread=str(body.get("thread_ts", "")), via="person")
        return describe(self.desk.workspace.say(said))

    def _tokens(self, body: Mapping[str, Any]) -> dict[str, Any]:
        workspace, keys = self.desk.workspace, self.desk.workspace.secrets
        tokens = {"bot": keys.bot_token, "app": keys.app_token, "hook": keys.hook_secret}
        for name, change in (("revoke", workspace.revoked.add), ("restore", workspace.revoked.discard)):
            if name in body:
                change(tokens[str(body[name])])
        return {"revoked": [name for name, token in tokens.items() if token in workspace.revoked]}

    def _channels(self, body: Mapping[str, Any]) -> dict[str, Any]:
        workspace = self.desk.workspace
        if "name" in body:
            number = len(workspace.channels) + 1
            return asdict(workspace.add_channel(Channel(f"C0DEMO{number:04d}", str(body["name"]).removeprefix("#"))))
        channel = workspace.channel(str(body.get("channel", "")), by_name=True)
        archived, joined = body.get("archived", channel.archived), body.get("joined", channel.joined)
        return asdict(workspace.add_channel(replace(channel, archived=bool(archived), joined=bool(joined))))

    def _sockets(self, body: Mapping[str, Any]) -> dict[str, Any]:
        if body.get("break"):
            return {"closed": self.sockets.disconnect(warn=False)}
        return {"closed": self.sockets.disconnect(str(body.get("disconnect") or "refresh_requested"))}

    def _interactivity(self, body: Mapping[str, Any]) -> dict[str, Any]:
        if "request_url" in body:
            url = str(body["request_url"])
            if url and urlsplit(url).hostname not in {"127.0.0.1", "localhost", "::1"}:
                raise ValueError("request_url must be an address of this machine")
            self.interactions.request_url = url
        if "commands" in body:
            self.interactions.commands = tuple(str(one) for one in body["commands"])
        return {"request_url": self.interactions.request_url, "commands": list(self.interactions.commands)}


def _way(body: Mapping[str, Any]) -> Way:
    late, bad = float(body.get("signed_seconds_ago", 0)), bool(body.get("bad_signature"))
    return Way(int(body.get("times", 1)), late, bad)


def _shown(deliveries: Iterable[Any]) -> list[dict[str, Any]]:
    return [asdict(one) for one in list(deliveries)]


def _message(message: Message, every: list[Message]) -> dict[str, Any]:
    """A message with what the Web API does not tell."""
    replies = [one for one in every if one.thread == message.ts and one.channel == message.channel and not one.seen_by]
    versions = [asdict(version) for version in message.versions]
    more = {"channel": message.channel, "via": message.via, "seen_by": message.seen_by, "deleted": message.deleted}
    return describe(message, replies) | more | {"metadata": message.metadata, "versions": versions}


def _answer(deeds: Mapping[tuple[str, str], _Deed], environ: WSGIEnvironment) -> tuple[HTTPStatus, Any]:
    """The status and JSON value of one request."""
    if not is_from_here(environ):
        return HTTPStatus.FORBIDDEN, {"error": "the control API answers only programs of this machine"}
    name, _, rest = environ.get("PATH_INFO", "").removeprefix(PREFIX).strip("/").partition("/")
    method = environ.get("REQUEST_METHOD", "GET")
    deed = deeds.get((method, name))
    if deed is None:
        known = any(path == name for _, path in deeds)
        status = HTTPStatus.METHOD_NOT_ALLOWED if known else HTTPStatus.NOT_FOUND
        return status, {"error": f"there is no {method} {PREFIX}/{name}"}
    try:
        return HTTPStatus.OK, deed(read_object(environ), rest)
    except LookupError as missing:
        return HTTPStatus.NOT_FOUND, {"error": str(missing.args[0] if missing.args else missing)}
    except Refused as refused:
        return HTTPStatus.NOT_FOUND, {"error": refused.error}
    except (ValueError, TypeError) as wrong:
        return HTTPStatus.BAD_REQUEST, {"error": str(wrong)}
