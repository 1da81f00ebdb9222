"""The chat.* methods: say, edit, say to one person, delete, and where a message stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from service.demo.slack.content import Content, read_content
from service.demo.slack.desk import Desk
from service.demo.slack.model import BOT, BOT_USER, Channel, Message
from service.demo.slack.wire import Call, Refused
from service.demo.slack.workspace import Workspace, describe


def post_message(desk: Desk, call: Call) -> dict[str, Any]:
    """chat.postMessage."""
    channel = _open(desk.workspace, call.required("channel"))
    content = read_content(desk, call)
    desk.limits.post(channel.id)
    message = replace(
        _written(channel, content),
        thread=_thread(desk.workspace, channel, call.text("thread_ts")),
        broadcast=call.flag("reply_broadcast"),
        name=call.text("username"),
    )
    kept = desk.workspace.say(message)
    return {"channel": channel.id, "ts": kept.ts, "message": describe(kept)} | dict(content.warning)


def update(desk: Desk, call: Call) -> dict[str, Any]:
    """chat.update: new text without blocks takes the blocks away; what is left out otherwise stays."""
    channel = desk.workspace.channel(call.required("channel"))
    before = desk.workspace.message(channel.id, call.required("ts"))
    if channel.archived:
        raise Refused("is_archived")
    if before.bot != BOT:
        raise Refused("cant_update_message")
    content = read_content(desk, call, update=True)
    blocks = content.blocks if content.blocks is not None else () if content.text else before.blocks
    kept = desk.workspace.change(
        before,
        text=content.text if "text" in call.params else before.text,
        blocks=blocks,
        attachments=before.attachments if content.attachments is None else content.attachments,
        metadata=before.metadata if content.metadata is None else content.metadata,
    )
    return {"channel": channel.id, "ts": kept.ts, "text": kept.text, "message": describe(kept)}


def delete(desk: Desk, call: Call) -> dict[str, Any]:
    """chat.delete."""
    channel = desk.workspace.channel(call.required("channel"))
    message = desk.workspace.message(channel.id, call.required("ts"))
    if message.bot != BOT:
        raise Refused("cant_delete_message")
    desk.workspace.change(message, deleted=True)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(desk: Desk, call: Call) -> dict[str, Any]:
    """chat.postEphemeral: only one person sees it, and no history has it."""
    channel = _open(desk.workspace, call.required("channel"))
    user = call.required("user")
    if user not in desk.workspace.people:
        raise Refused("user_not_in_channel")
    content = read_content(desk, call)
    thread = _thread(desk.workspace, channel, call.text("thread_ts"))
    kept = desk.workspace.say(replace(_written(channel, content), seen_by=user, thread=thread))
    return {"message_ts": kept.ts}


def permalink(desk: Desk, call: Call) -> dict[str, Any]:
    """chat.getPermalink; it leads to the demo's page."""
    channel = desk.workspace.channel(call.required("channel"))
    message = desk.workspace.message(channel.id, call.required("message_ts"))
    return {"channel": channel.id, "permalink": link_to(desk, message)}


def link_to(desk: Desk, message: Message) -> str:
    """The address of a message."""
    query = f"?thread_ts={message.thread}&cid={message.channel}" if message.thread else ""
    return f"{desk.url}/archives/{message.channel}/p{message.ts.replace('.', '')}{query}"


def _open(workspace: Workspace, reference: str) -> Channel:
    """A channel that the bot may write to. Raises Refused."""
    channel = workspace.channel(reference, by_name=True)
    if channel.archived:
        raise Refused("is_archived")
    if not channel.joined:
        raise Refused("not_in_channel")
    return channel


def _thread(workspace: Workspace, channel: Channel, ts: str) -> str:
    """The parent of a thread: a reply to a reply goes to its parent."""
    if not ts:
        return ""
    parent = workspace.messages.get((channel.id, ts))
    if parent is None or parent.deleted or parent.seen_by:
        raise Refused("thread_not_found")
    return parent.thread or parent.ts


def _written(channel: Channel, content: Content) -> Message:
    return Message(
        channel=channel.id,
        ts="",
        user=BOT_USER,
        text=content.text,
        at=0.0,
        blocks=content.blocks or (),
        attachments=content.attachments or (),
        metadata=content.metadata,
        bot=BOT,
    )
