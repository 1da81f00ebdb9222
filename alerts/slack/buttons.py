"""The buttons of a message, and what their values say."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from alerts.notice import Notice, Voice
from alerts.slack.links import Links
from alerts.slack.text import fit_plain, link, size
from alerts.slack.words import acknowledged, budget_of, firing, stop_of, used_up
from store.alerting import NoticeKind
from store.messages import Message, Sentence

ACKNOWLEDGE = "lamplighter.acknowledge"
UNACKNOWLEDGE = "lamplighter.unacknowledge"
SILENCE = "lamplighter.silence"
OPEN = "lamplighter.open"
REMIND = "lamplighter.remind"
"""Silences a budget's alert, whose labels name threshold and period: that of 100 % and the next period's still come."""
SILENCE_SECONDS = 3600
ENVIRONMENT = "lamplighter.environment"
"""What a click asks of an environment; its deed stands behind a dot: lamplighter.environment.keep."""
REMIND_SECONDS = 30 * 86400
"""As long as a silence may last; the period in the labels ends most of them earlier."""
_LINK_LIMIT = 3000
"""The longest address of a button; Slack's limit."""
_LINKS = 600
_TITLE, _QUESTION, _LABEL = 100, 300, 75
"""Slack's limits of a confirmation's title and text, and of a button's label."""
MINUS = "\N{MINUS SIGN}"
_CHOICES: Mapping[str, tuple[Sentence, Callable[[str, str], Sentence]]] = {
    "keep": (
        Message("Keep on 2 h"),
        lambda name, until: Message("%(name)s stays on until %(until)s.", name=name, until=until),
    ),
    "skip": (
        Message("Keep on tonight"),
        lambda name, until: Message("%(name)s stays on until %(until)s.", name=name, until=until),
    ),
    "stop": (
        Message("Stop now"),
        lambda name, until: Message("%(name)s stops now and sleeps until %(until)s.", name=name, until=until),
    ),
}
"""The label of each deed, and what is asked before it is done."""


def row(notice: Notice, voice: Voice, links: Links, *, clickable: bool = True) -> list[dict[str, Any]]:
    """The row of buttons as a list of one block, or of none. Where clicks reach nobody, they are links to pages."""
    if notice.kind is NoticeKind.NOTE or not notice.alerts:
        return []
    if not clickable:
        return _as_links(notice, voice, links)
    elements = _choices(notice, voice)
    if not elements and notice.status != "resolved" and firing(notice):
        if acknowledged(notice):
            elements.append(_button(UNACKNOWLEDGE, voice.say(Message("Take back")), {"notice": notice.notice}))
        else:
            elements.append(
                _button(ACKNOWLEDGE, voice.say(Message("Acknowledge")), {"notice": notice.notice}, "primary")
            )
        elements.append(_quiet(notice, voice))
    label, page = _page(notice, links)
    if page and len(page) <= _LINK_LIMIT:
        elements.append(_button(OPEN, voice.say(label), {"notice": notice.notice}) | {"url": page})
    return [{"type": "actions", "elements": elements}] if elements else []


def _choices(notice: Notice, voice: Voice) -> list[dict[str, Any]]:
    """What may be asked for of an environment that stops soon, each with its price and a question before it is done."""
    alert = stop_of(notice)
    if alert is None or notice.status == "resolved":
        return []
    return [_choice(notice, one, voice) for one in alert.choices if one.get("do") in _CHOICES]


def _choice(notice: Notice, one: Mapping[str, Any], voice: Voice) -> dict[str, Any]:
    do = str(one["do"])
    title, asked = _CHOICES[do]
    price = Decimal(one["price"]) if one.get("price") is not None else None
    said = voice.say(title)
    if price is not None:
        said += f" · {'+' if price >= 0 else MINUS}{voice.money(abs(price), str(one.get('currency') or 'USD'))}"
    value = {"notice": notice.notice, "environment": one["environment"], "do": do, "seconds": one.get("seconds")}
    question = voice.say(asked(str(one["environment"]), str(one["until"])))
    confirm = {
        "title": {"type": "plain_text", "text": fit_plain(said, _TITLE)},
        "text": {"type": "plain_text", "text": fit_plain(question, _QUESTION)},
        "confirm": {"type": "plain_text", "text": voice.say(Message("Yes"))},
        "deny": {"type": "plain_text", "text": voice.say(Message("No"))},
    }
    return _button(f"{ENVIRONMENT}.{do}", fit_plain(said, _LABEL), value) | {"confirm": confirm}


def _quiet(notice: Notice, voice: Voice) -> dict[str, Any]:
    """What makes it quiet for a while: an hour, or until a budget is used up."""
    budget = budget_of(notice)
    if budget is not None and not used_up(budget):
        wish = {"notice": notice.notice, "seconds": REMIND_SECONDS}
        return _button(REMIND, voice.say(Message("Remind at 100 %%")), wish)
    wish = {"notice": notice.notice, "seconds": SILENCE_SECONDS}
    return _button(SILENCE, voice.say(Message("Silence 1 h")), wish)


def _page(notice: Notice, links: Links) -> tuple[Sentence, str]:
    """Where it goes on: what grew, for a budget; else the page of the alerts."""
    budget = budget_of(notice)
    if budget is not None:
        return Message("See what grew"), links.costs(budget)
    return Message("Open"), links.notice(notice)


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
    wanted.append(_page(notice, links))
    said = ""
    for label, url in wanted:
        more = (" · " if said else "") + link(url, voice.say(label))
        said += more if url and size(said + more) <= _LINKS else ""
    return [{"type": "section", "text": {"type": "mrkdwn", "text": said, "verbatim": True}}] if said else []
