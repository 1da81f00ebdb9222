"""The conversations.* methods: which channels there are, and what was said in them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from service.demo.slack.desk import Desk
from service.demo.slack.model import BOT_USER, Channel, Message
from service.demo.slack.wire import Call, Refused
from service.demo.slack.workspace import describe

_MOST = 999
_Item = TypeVar("_Item", Channel, Message)


def history(desk: Desk, call: Call) -> dict[str, Any]:
    """conversations.history: newest first, without replies; `oldest` and `latest` are exclusive unless `inclusive`."""
    channel = _readable(desk, call)
    every = desk.workspace.in_channel(channel.id)
    found = [one for one in every if not one.thread or one.broadcast]
    found = [one for one in reversed(found) if _within(call, one.ts)]
    return _page(call, found, every) | {"pin_count": 0}


def replies(desk: Desk, call: Call) -> dict[str, Any]:
    """conversations.replies: a message and what was answered to it, oldest first."""
    channel = _readable(desk, call)
    ts = call.required("ts")
    every = desk.workspace.thread(channel.id, ts)
    if not every:
        raise Refused("thread_not_found")
    first = [one for one in every if one.ts == ts]
    return _page(call, first + [one for one in every if one.ts != ts and _within(call, one.ts)], every)


def listing(desk: Desk, call: Call) -> dict[str, Any]:
    """conversations.list."""
    channels = list(desk.workspace.channels.values())
    if call.flag("exclude_archived"):
        channels = [channel for channel in channels if not channel.archived]
    shown, cursor = _cut(call, channels, 100)
    return {"channels": [_describe(one) for one in shown], "response_metadata": {"next_cursor": cursor}}


def info(desk: Desk, call: Call) -> dict[str, Any]:
    """conversations.info."""
    return {"channel": _describe(desk.workspace.channel(call.required("channel")))}


def join(desk: Desk, call: Call) -> dict[str, Any]:
    """conversations.join."""
    channel = desk.workspace.channel(call.required("channel"))
    if channel.archived:
        raise Refused("is_archived")
    joined = desk.workspace.add_channel(replace(channel, joined=True))
    already = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    return {"channel": _describe(joined)} | (already if channel.joined else {})


def _readable(desk: Desk, call: Call) -> Channel:
    channel = desk.workspace.channel(call.required("channel"))
    if not channel.joined:
        raise Refused("not_in_channel")
    return channel


def _describe(channel: Channel) -> dict[str, Any]:
    """A channel as the Web API gives it."""
    kind = {"is_channel": True, "is_group": False, "is_im": False, "is_private": False, "is_general": False}
    topic = {"value": channel.topic, "creator": "", "last_set": 0}
    state = {"is_archived": channel.archived, "is_member": channel.joined, "name_normalized": channel.name}
    return {"id": channel.id, "name": channel.name, "topic": topic, "purpose": topic, "num_members": 4} | kind | state


def _within(call: Call, ts: str) -> bool:
    """Whether a message lies between `oldest` and `latest`. Raises Refused for bounds that are no times."""
    here = float(ts)
    try:
        oldest, latest = float(call.text("oldest") or 0), float(call.text("latest") or "inf")
    except ValueError as wrong:
        raise Refused("invalid_ts_latest" if _is_time(call.text("oldest")) else "invalid_ts_oldest") from wrong
    if call.flag("inclusive"):
        return oldest <= here <= latest
    return oldest < here < latest


def _is_time(value: str) -> bool:
    return not value or value.replace(".", "", 1).isdigit()


def _page(call: Call, found: Sequence[Message], every: Sequence[Message]) -> dict[str, Any]:
    shown, cursor = _cut(call, found, 100)
    messages = [_with_thread(call, one, every) for one in shown]
    more = {"has_more": bool(cursor)}
    return {"messages": messages} | more | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


def _with_thread(call: Call, message: Message, every: Sequence[Message]) -> dict[str, Any]:
    answers = [one for one in every if one.thread == message.ts]
    shown = describe(message, answers)
    if message.thread:
        shown["parent_user_id"] = BOT_USER
    if message.metadata and call.flag("include_all_metadata"):
        shown["metadata"] = dict(message.metadata)
    return shown


def _cut(call: Call, items: Sequence[_Item], default: int) -> tuple[Sequence[_Item], str]:
    """One page of some items, and the cursor of the next one."""
    limit = call.number("limit", default, _MOST)
    start = _place(call.text("cursor"))
    end = start + limit
    cursor = base64.urlsafe_b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return items[start:end], cursor


def _place(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, place = base64.urlsafe_b64decode(cursor).decode().partition(":")
    except ValueError as wrong:
        raise Refused("invalid_cursor") from wrong
    if word != "next" or not place.isdigit():
        raise Refused("invalid_cursor")
    return int(place)
