"""The page for people: its files, what it draws as JSON, and what is clicked on it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from service.demo.origin import is_local
from service.demo.slack.desk import Desk
from service.demo.slack.interactions import Interactions
from service.demo.slack.model import Message
from service.demo.slack.sockets import Sockets
from service.demo.slack.wire import Refused, read_object
from service.demo.slack.workspace import describe

_PREFIXES = ("/page/", "/static/", "/archives/", "/files-pri/")
_KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif"})
_MOST_MESSAGES = 300
_SAFE = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def is_page(path: str) -> bool:
    """Whether a path belongs to the page."""
    return path in {"/", "/favicon.ico"} or path.startswith(_PREFIXES)


@dataclass(frozen=True, slots=True)
class _Shown:
    """One answer to the browser."""

    status: HTTPStatus
    kind: str = "text/plain"
    body: bytes = b""
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The page as a WSGI application."""

    desk: Desk
    interactions: Interactions
    sockets: Sockets

    def application(self) -> WSGIApplication:
        """The WSGI application."""

        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            shown = self._answer(environ)
            headers = {"Content-Type": f"{shown.kind}; charset=utf-8", **_SAFE, **(shown.headers or {})}
            if shown.status is not HTTPStatus.NOT_MODIFIED:
                headers["Content-Length"] = str(len(shown.body))
            start_response(f"{shown.status.value} {shown.status.phrase}", list(headers.items()))
            return [] if environ.get("REQUEST_METHOD") == "HEAD" else [shown.body]

        return answer

    def _answer(self, environ: WSGIEnvironment) -> _Shown:
        path, method = environ.get("PATH_INFO", "/"), environ.get("REQUEST_METHOD", "GET")
        if not is_local(environ):
            return _Shown(HTTPStatus.FORBIDDEN, body=b"This server answers only this machine.")
        if method == "POST":
            return self._act(path, environ) if _is_own(environ) else _Shown(HTTPStatus.FORBIDDEN, body=b"Not our page.")
        return self._get(path, environ) if method in {"GET", "HEAD"} else _Shown(HTTPStatus.METHOD_NOT_ALLOWED)

    def _get(self, path: str, environ: WSGIEnvironment) -> _Shown:
        if path == "/page/state":
            return self._state(environ)
        if path.startswith("/files-pri/"):
            return self._file(path)
        if path.startswith("/archives/"):
            return self._jump(path)
        return _static("page.html" if path == "/" else path.removeprefix("/static/"))

    def _state(self, environ: WSGIEnvironment) -> _Shown:
        """All that the page draws, for one person; 304 when nothing changed."""
        user = parse_qs(environ.get("QUERY_STRING", "")).get("user", [""])[0]
        tag = f'"{self.desk.workspace.revision}-{self.sockets.count()}-{user}"'
        if environ.get("HTTP_IF_NONE_MATCH") == tag:
            return _Shown(HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
        body = json.dumps(self._draw(user)).encode()
        return _Shown(HTTPStatus.OK, "application/json", body, {"ETag": tag})

    def _draw(self, user: str) -> dict[str, Any]:
        workspace = self.desk.workspace
        with workspace.lock:
            messages = [one for one in workspace.messages.values() if one.seen_by in {"", user} and not one.deleted]
            channels = [asdict(channel) for channel in workspace.channels.values()]
            pictures = {one.id: one.title for one in workspace.files.values() if one.kind in _PICTURES}
            views = [asdict(view) for view in self.desk.views.values() if view.user == user]
        outcomes = [one for one in list(self.interactions.deliveries) if one.user == user]
        failed = {f"{one.channel}/{one.ts}/{one.what}": one.state for one in outcomes if one.ts}
        return {
            "people": [asdict(person) for person in workspace.people.values()],
            "channels": channels,
            "messages": [_drawn(one) for one in messages[-_MOST_MESSAGES:]],
            "pictures": pictures,
            "views": views,
            "outcomes": failed,
            "connected": self.sockets.count() > 0 or bool(self.interactions.request_url),
            "commands": list(self.interactions.commands),
            "now": workspace.now(),
        }

    def _act(self, path: str, environ: WSGIEnvironment) -> _Shown:
        """What somebody did: how it went."""
        try:
            done = self._deed(path, read_object(environ))
        except Refused as refused:
            return _told(HTTPStatus.CONFLICT, {"error": refused.error})
        except LookupError as missing:
            return _told(HTTPStatus.NOT_FOUND, {"error": str(missing.args[0])})
        except (ValueError, TypeError) as wrong:
            return _told(HTTPStatus.BAD_REQUEST, {"error": str(wrong)})
        return _told(HTTPStatus.OK, done)

    def _deed(self, path: str, wish: Mapping[str, Any]) -> dict[str, Any]:
        if path == "/page/click":
            return asdict(self.interactions.click(wish)[-1])
        if path == "/page/submit":
            return asdict(self.interactions.submit(wish)[-1])
        if path == "/page/close":
            self.desk.views.pop(str(wish.get("view", "")), None)
            self.desk.workspace.touch()
            return {}
        if path == "/page/say":
            return self._say(wish)
        raise LookupError(f"there is no {path}")

    def _say(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """A line of the composer: a command, or a message."""
        line, user = str(wish.get("line", "")).strip(), str(wish.get("user", ""))
        if line.startswith("/"):
            return asdict(self.interactions.command(wish)[-1])
        channel = self.desk.workspace.channel(str(wish.get("channel", "")))
        if not line or user not in self.desk.workspace.people:
            raise ValueError("nothing to say, or nobody to say it")
        thread = str(wish.get("thread", ""))
        said = Message(channel.id, "", user, line[:4000], 0.0, thread=thread, via="person")
        return {"ts": self.desk.workspace.say(said).ts}

    def _file(self, path: str) -> _Shown:
        key = path.split("/")[3] if path.count("/") > 2 else ""  # noqa: PLR2004 - /files-pri/T…-F…/F…/name
        file = self.desk.workspace.files.get(key)
        if file is None or not file.body:
            return _Shown(HTTPStatus.NOT_FOUND, body=b"There is no such file.")
        if file.kind not in _PICTURES:
            return _Shown(HTTPStatus.OK, "application/octet-stream", file.body, {"Content-Disposition": "attachment"})
        return _Shown(HTTPStatus.OK, file.kind, file.body, {"Cache-Control": "private, max-age=3600"})

    def _jump(self, path: str) -> _Shown:
        """A permalink leads to its message on the page."""
        channel, _, mark = path.removeprefix("/archives/").partition("/")
        digits = mark.removeprefix("p")
        if channel not in self.desk.workspace.channels or not digits.isdigit():
            return _Shown(HTTPStatus.NOT_FOUND, body=b"There is no such message.")
        headers = {"Location": f"/#{channel}/{digits[:-6]}.{digits[-6:]}"}
        return _Shown(HTTPStatus.FOUND, headers=headers)


def _is_own(environ: WSGIEnvironment) -> bool:
    """Whether a POST comes from our own page: its Origin is our address, and its JSON needs a preflight elsewhere."""
    own = f"http://{environ.get('HTTP_HOST', '')}"
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip()
    return environ.get("HTTP_ORIGIN") == own and kind == "application/json"


def _drawn(message: Message) -> dict[str, Any]:
    versions = [{"text": one.text, "at": one.at} for one in message.versions]
    place = {"channel": message.channel, "at": message.at, "via": message.via, "seen_by": message.seen_by}
    return describe(message) | place | {"versions": versions, "broadcast": message.broadcast}


def _told(status: HTTPStatus, value: Mapping[str, Any]) -> _Shown:
    return _Shown(status, "application/json", json.dumps(value).encode())


def _static(name: str) -> _Shown:
    folder = files("service.demo.slack") / "static"
    known = {entry.name for entry in folder.iterdir()}
    if name not in known:
        return _Shown(HTTPStatus.NOT_FOUND, body=b"There is no such page.")
    return _Shown(HTTPStatus.OK, _KINDS[name.rpartition(".")[2]], (folder / name).read_bytes())
