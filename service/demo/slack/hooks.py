"""Messages that come by an address of their own: incoming webhooks, and the response_url of a click or a command."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from service.demo.slack.content import Content, read_content
from service.demo.slack.desk import Desk, ResponsePlace
from service.demo.slack.model import BOT, BOT_USER, HOOK_BOT, Channel, Message
from service.demo.slack.wire import Call, Refused

_STATUS = {"channel_not_found": 404, "is_archived": 410}
_WORDS = {
    "is_archived": "channel_is_archived",
    "ratelimited": "rate_limited",
    "invalid_blocks_format": "invalid_blocks",
}


def webhook(desk: Desk, address: str, call: Call) -> str:
    """An incoming webhook `T…/B…/…`: `ok`. Raises Refused with the status and the word of a webhook."""
    reference = desk.workspace.hooks.get(address)
    if reference is None or address.rpartition("/")[2] in desk.workspace.revoked:
        raise Refused("no_service", status=404)
    try:
        channel = _open(desk, reference)
        content = read_content(desk, call)
        desk.limits.post(f"webhook:{address}")
    except Refused as refused:
        status = 429 if refused.status == 429 else _STATUS.get(refused.error, 400)  # noqa: PLR2004 - HTTP
        word = _WORDS.get(refused.error, refused.error)
        raise Refused(word, refused.messages, status=status, retry_after=refused.retry_after) from refused
    thread = call.text("thread_ts")
    message = _message(content, channel.id, bot=HOOK_BOT, via="webhook")
    desk.workspace.say(replace(message, thread=thread, name=call.text("username") or "Lamplighter (webhook)"))
    return "ok"


def _open(desk: Desk, reference: str) -> Channel:
    channel = desk.workspace.channel(reference)
    if channel.archived:
        raise Refused("is_archived")
    return channel


def respond(desk: Desk, key: str, call: Call) -> dict[str, Any]:
    """A response_url: an answer to one person, on wish to the channel or in place of the clicked message."""
    place = desk.use_response(key)
    if call.flag("delete_original") and place.ts:
        desk.workspace.change(_original(desk, place), deleted=True)
        return {"ok": True}
    return apply_response(desk, place, call)


def apply_response(desk: Desk, place: ResponsePlace, call: Call) -> dict[str, Any]:
    """Show an answer; also what an app gives as it acknowledges a command."""
    content = read_content(desk, call)
    if call.flag("replace_original") and place.ts:
        original = _original(desk, place)
        desk.workspace.change(original, text=content.text, blocks=content.blocks or ())
        return {"ok": True}
    everybody = call.text("response_type") == "in_channel"
    message = _message(content, place.channel, bot=BOT, via="response")
    thread = call.text("thread_ts")
    desk.workspace.say(replace(message, seen_by="" if everybody else place.user, thread=thread))
    return {"ok": True}


def _original(desk: Desk, place: ResponsePlace) -> Message:
    found = desk.workspace.messages.get((place.channel, place.ts))
    if found is None or found.deleted:
        raise Refused("message_not_found", status=404)
    return found


def _message(content: Content, channel: str, bot: str, via: str) -> Message:
    blocks, attachments = content.blocks or (), content.attachments or ()
    return Message(channel, "", BOT_USER, content.text, 0.0, blocks=blocks, attachments=attachments, bot=bot, via=via)
