"""What the methods work with: the workspace, its limits, and the short-lived addresses that clicks hand out."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from service.demo.slack.limits import Limits
from service.demo.slack.wire import Call, Refused
from service.demo.slack.workspace import Workspace

Handler = Callable[["Desk", Call], dict[str, Any]]
_TRIGGER_SECONDS = 3.0
_RESPONSE_SECONDS = 1800.0
_RESPONSE_USES = 5


@dataclass(slots=True)
class ResponsePlace:
    """Where a response_url leads: it may be used five times in half an hour. `ts` is empty after a command."""

    channel: str
    user: str
    ts: str
    made: float
    used: int = 0


@dataclass(slots=True)
class View:
    """A dialog that somebody has open."""

    id: str
    user: str
    view: Mapping[str, Any]
    at: float


@dataclass(slots=True)
class Desk:
    """The state that a call may touch. `url` is the server's own address, known once it listens."""

    workspace: Workspace
    limits: Limits
    open_socket: Callable[[], str]
    url: str = ""
    responses: dict[str, ResponsePlace] = field(default_factory=dict)
    triggers: dict[str, tuple[str, float]] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def reset(self) -> None:
        """Forget what clicks handed out."""
        with self.lock:
            self.responses.clear()
            self.triggers.clear()
            self.views.clear()

    def new_response(self, channel: str, user: str, ts: str) -> str:
        """A fresh response_url."""
        key = secrets.token_hex(12)
        with self.lock:
            self.responses[key] = ResponsePlace(channel, user, ts, self.workspace.now())
        return f"{self.url}/response/{key}"

    def use_response(self, key: str) -> ResponsePlace:
        """Take one use of a response_url. Raises Refused (404)."""
        with self.lock:
            place = self.responses.get(key)
            if place is None or self.workspace.now() - place.made > _RESPONSE_SECONDS:
                raise Refused("expired_url", status=404)
            if place.used >= _RESPONSE_USES:
                raise Refused("used_url", status=404)
            place.used += 1
        return place

    def new_trigger(self, user: str) -> str:
        """A fresh trigger_id: whoever holds it may open one dialog within three seconds."""
        key = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        with self.lock:
            self.triggers[key] = (user, self.workspace.now())
        return key

    def use_trigger(self, key: str) -> str:
        """The user behind a trigger_id, once. Raises Refused."""
        with self.lock:
            user, made = self.triggers.get(key, ("", 0.0))
            if not made:
                raise Refused("invalid_trigger_id")
            if not user:
                raise Refused("exchanged_trigger_id")
            self.triggers[key] = ("", made)
        if self.workspace.now() - made > _TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        return user
