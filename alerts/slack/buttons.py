"""The buttons of a message, and what their values say."""

from __future__ import annotations

import json
from typing import Any

from alerts.notice import Notice, Voice
from alerts.slack.links import Links
from alerts.slack.text import link, size
from alerts.slack.words import acknowledged, firing
from store.alerting import NoticeKind
from store.messages import Message, Sentence

ACKNOWLEDGE = "lamplighter.acknowledge"
UNACKNOWLEDGE = "lamplighter.unacknowledge"
SILENCE = "lamplighter.silence"
OPEN = "lamplighter.open"
SILENCE_SECONDS = 3600
_LINK_LIMIT = 3000
"""The longest address of a button; Slack's limit."""
_LINKS = 600


def row(notice: Notice, voice: Voice, links: Links, *, clickable: bool = True) -> list[dict[str, Any]]:
    """The row of buttons as a list of one block, or of none. Where clicks reach nobody, they are links to pages."""
    if notice.kind is NoticeKind.NOTE or not notice.alerts:
        return []
    if not clickable:
        return _as_links(notice, voice, links)
    elements = []
    if notice.status != "resolved" and firing(notice):
        if acknowledged(notice):
            elements.append(_button(UNACKNOWLEDGE, voice.say(Message("Take back")), {"notice": notice.notice}))
        else:
            elements.append(
                _button(ACKNOWLEDGE, voice.say(Message("Acknowledge")), {"notice": notice.notice}, "primary")
            )
        wish = {"notice": notice.notice, "seconds": SILENCE_SECONDS}
        elements.append(_button(SILENCE, voice.say(Message("Silence 1 h")), wish))
    page = links.notice(notice)
    if page and len(page) <= _LINK_LIMIT:
        elements.append(_button(OPEN, voice.say(Message("Open")), {"notice": notice.notice}) | {"url": page})
    return [{"type": "actions", "elements": elements}] if elements else []


def _button(action: str, label: str, value: dict[str, Any], style: str = "") -> dict[str, Any]:
    button: dict[str, Any] = {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": label, "emoji": True},
        "value": json.dumps(value, separators=(",", ":")),
    }
    return button | ({"style": style} if style else {})


def _as_links(notice: Notice, voice: Voice, links: Links) -> list[dict[str, Any]]:
    wanted: list[tuple[Sentence, str]] = []
    if notice.status != "resolved" and firing(notice):
        wanted.append((Message("Acknowledge"), links.confirm(notice, "acknowledge")))
        wanted.append((Message("Silence 1 h"), links.confirm(notice, "silence")))
    wanted.append((Message("Open"), links.notice(notice)))
    said = ""
    for label, url in wanted:
        more = (" · " if said else "") + link(url, voice.say(label))
        said += more if url and size(said + more) <= _LINKS else ""
    return [{"type": "section", "text": {"type": "mrkdwn", "text": said, "verbatim": True}}] if said else []
