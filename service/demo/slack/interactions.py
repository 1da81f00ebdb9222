"""What people do: click a button, choose, send a dialog, give a command; and how that reaches the app."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from service.demo.slack.desk import Desk
from service.demo.slack.hooks import apply_response
from service.demo.slack.model import APP, TEAM, TEAM_DOMAIN, Message
from service.demo.slack.signing import HttpAnswer, post
from service.demo.slack.sockets import Sockets
from service.demo.slack.wire import Call, Refused
from service.demo.slack.workspace import describe

_MOST_KEPT = 500
_VERIFICATION = "demo-verification-token"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one interaction went. `state` is answered, unanswered, refused or not_connected."""

    id: int
    kind: str
    way: str
    user: str
    channel: str
    ts: str
    what: str
    state: str
    status: int
    seconds: float
    at: float


@dataclass(frozen=True, slots=True)
class Way:
    """How to send one interaction: more often than once, or with an old or a false signature."""

    times: int = 1
    signed_seconds_ago: float = 0.0
    bad_signature: bool = False


@dataclass(slots=True)
class Interactions:
    """Carries what people do to the app: by Socket Mode, or to `request_url` when one is set."""

    desk: Desk
    sockets: Sockets
    request_url: str = ""
    commands: tuple[str, ...] = ("/lamplighter",)
    deliveries: list[Delivery] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    count: int = 0

    def reset(self) -> None:
        """As at the start."""
        self.request_url, self.commands = "", ("/lamplighter",)
        with self.lock:
            self.deliveries.clear()

    def click(self, wish: Mapping[str, Any], way: Way | None = None) -> list[Delivery]:
        """Click: `user`, `channel`, `ts`, `action_id` (and `block_id` where that is not enough), `value` for a choice.

        Raises LookupError when there is nothing such to click.
        """
        user, channel, ts = (str(wish.get(name, "")) for name in ("user", "channel", "ts"))
        message = self.desk.workspace.messages.get((channel, ts))
        if message is None or message.deleted or message.seen_by not in {"", user}:
            raise LookupError(f"there is no message {ts} in {channel} for {user}")
        block, element = _element(message, str(wish.get("block_id", "")), str(wish.get("action_id", "")))
        action = _action(block, element, wish.get("value")) | {"action_ts": self.desk.workspace.stamp()}
        payload = self._about(user, channel, message) | {"actions": [action], "state": {"values": {}}}
        what = str(action["action_id"])
        return self._deliver("interactive", payload, (user, channel, ts, what), way or Way())

    def command(self, wish: Mapping[str, Any], way: Way | None = None) -> list[Delivery]:
        """Give a command: `user`, `channel`, `line` (`/lamplighter status`). Raises LookupError if unknown."""
        user, channel = self._person(wish), self.desk.workspace.channel(str(wish.get("channel", "")), by_name=True)
        command, _, text = str(wish.get("line", "")).strip().partition(" ")
        if command not in self.commands:
            raise LookupError(f"{command} is not a valid command. Valid here: {', '.join(self.commands)}")
        payload = {
            "token": _VERIFICATION, "team_id": TEAM, "team_domain": TEAM_DOMAIN, "channel_id": channel.id,
            "channel_name": channel.name, "user_id": user["id"], "user_name": user["username"], "command": command,
            "text": text.strip(), "api_app_id": APP, "is_enterprise_install": "false",
            "response_url": self.desk.new_response(channel.id, user["id"], ""),
            "trigger_id": self.desk.new_trigger(user["id"]),
        }  # fmt: skip
        return self._deliver("slash_commands", payload, (user["id"], channel.id, "", command), way or Way())

    def submit(self, wish: Mapping[str, Any]) -> list[Delivery]:
        """Send a dialog: `view` its id, `values` by block and action. Raises LookupError when it is not open."""
        opened = self.desk.views.get(str(wish.get("view", "")))
        if opened is None:
            raise LookupError("there is no such dialog open")
        user = self._person({"user": opened.user})
        view = dict(opened.view) | {"id": opened.id, "state": {"values": wish.get("values") or {}}}
        payload = {"type": "view_submission", "user": user, "view": view, "api_app_id": APP, "team": _team()}
        payload |= {"token": _VERIFICATION, "trigger_id": self.desk.new_trigger(opened.user), "response_urls": []}
        done = self._deliver("interactive", payload, (opened.user, "", "", str(view.get("callback_id", ""))), Way())
        if done[-1].state == "answered":
            self.desk.views.pop(opened.id, None)
            self.desk.workspace.touch()
        return done

    def _person(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        found = self.desk.workspace.people.get(str(wish.get("user", "")))
        if found is None:
            raise LookupError(f"there is no user {wish.get('user', '')}")
        return {"id": found.id, "username": found.name, "name": found.name, "team_id": TEAM}

    def _about(self, user: str, channel: str, message: Message) -> dict[str, Any]:
        """What every block_actions payload has."""
        hidden = bool(message.seen_by)
        container = {"type": "message", "message_ts": message.ts, "channel_id": channel, "is_ephemeral": hidden}
        shown = {} if hidden else {"message": describe(message)}
        return {
            "type": "block_actions", "user": self._person({"user": user}), "api_app_id": APP, "token": _VERIFICATION,
            "container": container, "trigger_id": self.desk.new_trigger(user), "team": _team(), "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": channel, "name": self.desk.workspace.channel(channel).name},
            "response_url": self.desk.new_response(channel, user, message.ts),
        } | shown  # fmt: skip

    def _deliver(
        self, kind: str, payload: Mapping[str, Any], about: tuple[str, str, str, str], way: Way
    ) -> list[Delivery]:
        return [self._once(kind, payload, about, way) for _ in range(way.times)]

    def _once(self, kind: str, payload: Mapping[str, Any], about: tuple[str, str, str, str], way: Way) -> Delivery:
        began = time.monotonic()
        seconds, retries = self.desk.limits.settings.answer_seconds, self.desk.limits.settings.retries
        state, status, answer = "unanswered", 0, None
        for attempt in range(retries + 1):
            try:
                if self.request_url:
                    answer = self._by_http(kind, payload, way, seconds)
                    status = answer.status
                else:
                    given = self.sockets.deliver(kind, payload, seconds, attempt)
                    answer = None if given is None else HttpAnswer(200, given)
            except TimeoutError:
                state = "unanswered"
            except OSError:
                state = "not_connected"
            if answer is not None:
                state = "answered" if answer.status < 300 else "refused"  # noqa: PLR2004 - HTTP
                break
        delivery = self._record(kind, about, state, status, time.monotonic() - began)
        if answer is not None and state == "answered":
            self._show(kind, payload, answer.payload)
        return delivery

    def _by_http(self, kind: str, payload: Mapping[str, Any], way: Way, seconds: float) -> HttpAnswer:
        form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
        stamp = str(int(time.time() - way.signed_seconds_ago))
        secret = "another" if way.bad_signature else self.desk.workspace.secrets.signing_secret
        return post(self.request_url, urlencode(form).encode(), secret, stamp, seconds)

    def _show(self, kind: str, payload: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """What an app says as it acknowledges a command is shown as an answer."""
        if kind != "slash_commands" or not answer:
            return
        place = self.desk.responses[str(payload["response_url"]).rpartition("/")[2]]
        try:
            apply_response(self.desk, place, Call("response", answer))
        except Refused:
            # Slack shows nothing either when the answer is no message.
            return

    def _record(self, kind: str, about: tuple[str, str, str, str], state: str, status: int, seconds: float) -> Delivery:
        way = "http" if self.request_url else "socket"
        with self.lock:
            self.count += 1
            done = Delivery(self.count, kind, way, *about, state, status, round(seconds, 3), self.desk.workspace.now())
            self.deliveries.append(done)
            del self.deliveries[:-_MOST_KEPT]
        self.desk.workspace.touch()
        return done


def _team() -> dict[str, str]:
    return {"id": TEAM, "domain": TEAM_DOMAIN}


def _elements(message: Message) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """What can be clicked, with its block."""
    for block in message.blocks:
        for element in block.get("elements", ()) if block.get("type") == "actions" else ():
            yield block, element
        if "action_id" in block.get("accessory", {}):
            yield block, block["accessory"]


def _element(message: Message, block_id: str, action_id: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    for block, element in _elements(message):
        if element["action_id"] == action_id and block_id in {"", block["block_id"]}:
            return block, element
    raise LookupError(f"there is no {action_id} to click in message {message.ts}")


def _action(block: Mapping[str, Any], element: Mapping[str, Any], value: object) -> dict[str, Any]:
    """The action of a payload."""
    action = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    if element["type"] == "button":
        return action | {name: element[name] for name in ("text", "value", "style") if name in element}
    options = [option for option in element.get("options", ()) if option.get("value") == value]
    if not options:
        raise LookupError(f"{element['action_id']} has no choice {value!r}")
    return action | {"selected_option": options[0]}
