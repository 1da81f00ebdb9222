"""The methods about the app itself and the people: auth.test, users.info, Socket Mode's address, dialogs, reactions."""

from __future__ import annotations

import secrets
from typing import Any

from service.demo.slack.blocks import problems
from service.demo.slack.desk import Desk, View
from service.demo.slack.model import APP, BOT, BOT_NAME, BOT_USER, TEAM, TEAM_NAME
from service.demo.slack.wire import Call, Refused

_MOST_TITLE = 24
_MOST_VIEW_BLOCKS = 100


def identity(desk: Desk, call: Call) -> dict[str, Any]:
    """auth.test."""
    if call.token == desk.workspace.secrets.app_token:
        return {"app_name": "Lamplighter", "app_id": APP}
    names = {"url": f"{desk.url}/", "team": TEAM_NAME, "user": BOT_NAME, "team_id": TEAM}
    return names | {"user_id": BOT_USER, "bot_id": BOT, "is_enterprise_install": False}


def person(desk: Desk, call: Call) -> dict[str, Any]:
    """users.info."""
    found = desk.workspace.people.get(call.required("user"))
    if found is None:
        raise Refused("user_not_found")
    profile = {"real_name": found.real_name, "display_name": found.name}
    names = {"id": found.id, "team_id": TEAM, "name": found.name, "real_name": found.real_name, "profile": profile}
    return {"user": names | {"is_bot": found.is_bot, "deleted": False, "tz": found.zone, "locale": "en-US"}}


def open_connection(desk: Desk, _call: Call) -> dict[str, Any]:
    """apps.connections.open: the address of a WebSocket, good for one connection."""
    return {"url": desk.open_socket()}


def open_view(desk: Desk, call: Call) -> dict[str, Any]:
    """views.open: a dialog on the screen of whoever clicked."""
    view = call.structured("view")
    if not isinstance(view, dict) or view.get("type") != "modal":
        raise Refused("invalid_arguments", ("must be a modal [json-pointer:/view/type]",))
    title = view.get("title")
    if not isinstance(title, dict) or not 0 < len(str(title.get("text", ""))) <= _MOST_TITLE:
        raise Refused("invalid_arguments", ("must be less than 25 characters [json-pointer:/view/title/text]",))
    found = problems(
        view.get("blocks"), lambda file: desk.workspace.shown_file(file) is not None, most=_MOST_VIEW_BLOCKS
    )
    if found:
        raise Refused("invalid_arguments", tuple(one.replace("pointer:/", "pointer:/view/") for one in found))
    user = desk.use_trigger(call.required("trigger_id"))
    opened = View(f"V{secrets.token_hex(5).upper()}", user, view, desk.workspace.now())
    desk.views[opened.id] = opened
    desk.workspace.touch()
    return {"view": dict(view) | {"id": opened.id, "team_id": TEAM, "app_id": APP, "bot_id": BOT}}


def react(desk: Desk, call: Call) -> dict[str, Any]:
    """reactions.add."""
    channel = desk.workspace.channel(call.required("channel"))
    if channel.archived:
        raise Refused("is_archived")
    message = desk.workspace.message(channel.id, call.required("timestamp"))
    name = call.required("name").strip(":")
    reactions = dict(message.reactions)
    if BOT_USER in reactions.get(name, ()):
        raise Refused("already_reacted")
    reactions[name] = (*reactions.get(name, ()), BOT_USER)
    desk.workspace.change(message, reactions=tuple(reactions.items()))
    return {}
