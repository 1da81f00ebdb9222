"""What a message may contain: text, blocks and metadata of a call, read, checked and completed with ids."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.demo.slack.blocks import MOST_CHARACTERS, characters, problems
from service.demo.slack.desk import Desk
from service.demo.slack.wire import Call, Refused

MOST_TEXT = 40_000
MOST_TEXT_OF_AN_UPDATE = 4_000
_MOST_METADATA = 16 * 1024
_TRUNCATED = {
    "warning": "message_truncated",
    "response_metadata": {
        "warnings": ["message_truncated"],
        "messages": [
            "[WARN] Your message was truncated but still posted. The `text` field accepts up to 40,000 characters."
        ],
    },
}


@dataclass(frozen=True, slots=True)
class Content:
    """What a message will say. `blocks`, `attachments` and `metadata` are None when the call left them out."""

    text: str
    blocks: tuple[Mapping[str, Any], ...] | None
    attachments: tuple[Mapping[str, Any], ...] | None
    metadata: Mapping[str, Any] | None
    warning: Mapping[str, Any]


def read_content(desk: Desk, call: Call, *, update: bool = False) -> Content:
    """The content of a call. Raises Refused with what Slack says to it."""
    if call.params.get("text") is not None and not isinstance(call.params["text"], str):
        raise Refused("invalid_arguments", ("must be a string [json-pointer:/text]",))
    text = call.text("text")
    enforced = desk.limits.settings.enabled
    if update and enforced and len(text) > MOST_TEXT_OF_AN_UPDATE:
        raise Refused("msg_too_long")
    cut = enforced and len(text) > MOST_TEXT
    blocks, attachments = _blocks(desk, call), _attachments(call)
    if not text.strip() and not blocks and not attachments and not (update and "metadata" in call.params):
        raise Refused("no_text")
    return Content(text[:MOST_TEXT] if cut else text, blocks, attachments, _metadata(call), _TRUNCATED if cut else {})


def _blocks(desk: Desk, call: Call) -> tuple[Mapping[str, Any], ...] | None:
    value = call.structured("blocks", "invalid_blocks_format")
    if value is None:
        return None
    if not isinstance(value, list):
        raise Refused("invalid_blocks_format")
    found = problems(value, lambda reference: desk.workspace.shown_file(reference) is not None)
    if found and desk.limits.settings.enabled:
        raise Refused("invalid_blocks", tuple(found))
    if desk.limits.settings.enabled and characters(value) > MOST_CHARACTERS:
        raise Refused("msg_blocks_too_long")
    return tuple(complete(block) for block in value)


def complete(block: Mapping[str, Any]) -> dict[str, Any]:
    """A block with the ids that Slack gives to what has none."""
    whole = {"block_id": secrets.token_urlsafe(4), **block}
    if block.get("type") == "actions":
        whole["elements"] = [_named(element) for element in block.get("elements", ())]
    if isinstance(block.get("accessory"), dict) and block["accessory"].get("type") != "image":
        whole["accessory"] = _named(block["accessory"])
    return whole


def _named(element: Mapping[str, Any]) -> dict[str, Any]:
    return {"action_id": secrets.token_urlsafe(4), **element}


def _attachments(call: Call) -> tuple[Mapping[str, Any], ...] | None:
    value = call.structured("attachments")
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Refused("invalid_attachments")
    if len(value) > 100:  # noqa: PLR2004 - Slack's limit
        raise Refused("too_many_attachments")
    return tuple(value)


def _metadata(call: Call) -> Mapping[str, Any] | None:
    value = call.structured("metadata", "invalid_metadata_format")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Refused("invalid_metadata_format")
    if value and not (isinstance(value.get("event_type"), str) and isinstance(value.get("event_payload"), dict)):
        raise Refused("invalid_metadata_schema")
    if len(str(value)) > _MOST_METADATA:
        raise Refused("metadata_too_large")
    return value
