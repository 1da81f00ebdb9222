"""Every method of the Web API that is answered here, and who may call it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.demo.slack import account, chat, conversations, uploads
from service.demo.slack.desk import Desk, Handler
from service.demo.slack.wire import Call, Refused

METHODS: Mapping[str, Handler] = {
    "apps.connections.open": account.open_connection,
    "auth.test": account.identity,
    "chat.delete": chat.delete,
    "chat.getPermalink": chat.permalink,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.postMessage": chat.post_message,
    "chat.update": chat.update,
    "conversations.history": conversations.history,
    "conversations.info": conversations.info,
    "conversations.join": conversations.join,
    "conversations.list": conversations.listing,
    "conversations.replies": conversations.replies,
    "files.completeUploadExternal": uploads.complete,
    "files.getUploadURLExternal": uploads.reserve,
    "files.info": uploads.info,
    "reactions.add": account.react,
    "users.info": account.person,
    "views.open": account.open_view,
}
_FOR_APPS = frozenset({"apps.connections.open"})
_FOR_ALL = frozenset({"auth.test"})


def answer(desk: Desk, call: Call) -> dict[str, Any]:
    """Answer a call. Raises Refused."""
    handler = METHODS.get(call.method)
    if handler is None:
        raise Refused("unknown_method", extra={"req_method": call.method})
    _authorise(desk, call)
    desk.limits.call(call.method)
    return {"ok": True} | handler(desk, call)


def _authorise(desk: Desk, call: Call) -> None:
    keys = desk.workspace.secrets
    if not call.token:
        raise Refused("not_authed")
    if call.token not in {keys.bot_token, keys.app_token}:
        raise Refused("invalid_auth")
    if call.token in desk.workspace.revoked:
        raise Refused("token_revoked")
    if call.method in _FOR_ALL:
        return
    if (call.token == keys.app_token) != (call.method in _FOR_APPS):
        raise Refused("not_allowed_token_type")
