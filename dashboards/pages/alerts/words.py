"""The words of alerts for a reader: severities, states, and the texts that rules bring, cut to what a page can bear."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from dashboards.charts.units import format_value
from dashboards.language import Language
from dashboards.verdict import place_name
from store.alerting import Alert, AlertState, DeliveryState, Evaluation, NoticeKind, Severity
from store.messages import Message, Sentence
from store.stack import Stack
from store.vocabulary import Intent

LINE = 240
"""Characters of a text in a list: what a phone shows in six lines."""
WHOLE = 2_000
"""Characters of a text on its own page."""
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""What shows nothing, or turns the direction of what follows it."""
_HALVES = re.compile("[\ud800-\udfff]")
"""Halves of characters, which no page can be encoded with."""

SEVERITIES: Mapping[Severity, Message] = {
    Severity.PAGE: Message("Page"),
    Severity.WARNING: Message("Warning"),
    Severity.INFO: Message("Info"),
}
COLOURS: Mapping[Severity, str] = {Severity.PAGE: "critical", Severity.WARNING: "warn", Severity.INFO: "unknown"}
"""The status whose colour a severity has."""
STATES: Mapping[AlertState, Message] = {
    AlertState.INACTIVE: Message("Not firing"),
    AlertState.PENDING: Message("Pending"),
    AlertState.FIRING: Message("Firing"),
    AlertState.RECOVERING: Message("Recovering"),
}
HEALTHS: Mapping[Evaluation, Message] = {
    Evaluation.OK: Message("OK"),
    Evaluation.NO_DATA: Message("No data"),
    Evaluation.ERROR: Message("Error"),
}
HEALTH_COLOURS: Mapping[Evaluation, str] = {
    Evaluation.OK: "ok",
    Evaluation.NO_DATA: "unknown",
    Evaluation.ERROR: "critical",
}
KINDS: Mapping[NoticeKind, Message] = {
    NoticeKind.FIRING: Message("Firing"),
    NoticeKind.CHANGED: Message("Changed"),
    NoticeKind.REMINDER: Message("Reminder"),
    NoticeKind.RESOLVED: Message("Resolved"),
    NoticeKind.NOTE: Message("Note"),
}
DELIVERIES: Mapping[DeliveryState, tuple[str, Message]] = {
    DeliveryState.QUEUED: ("warn", Message("Waiting")),
    DeliveryState.SENDING: ("warn", Message("Being sent")),
    DeliveryState.SENT: ("ok", Message("Sent")),
    DeliveryState.DEAD: ("critical", Message("Given up")),
    DeliveryState.SUPERSEDED: ("asleep", Message("Replaced by a later one")),
}
"""The status whose colour a delivery has, and its word."""


def text_of(texts: Mapping[str, str], language: Language, most: int = LINE) -> str:
    """A text in the reader's language, else in English, else in any; at most `most` characters."""
    found = texts.get(language.code) or texts.get("en") or next((text for text in texts.values() if text), "")
    return shortened(found, most)


def shortened(text: str, most: int = LINE) -> str:
    """The text itself, or its beginning and an ellipsis; without what shows nothing or cannot be encoded."""
    kept = text if len(text) <= most else text[: most - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
    return _HALVES.sub("\N{REPLACEMENT CHARACTER}", _UNFIT.sub("", kept))


def said(language: Language, sentence: Sentence, most: int = WHOLE) -> str:
    """A sentence in the reader's language, of a bounded length."""
    return shortened(language.say(sentence), most)


def title_of(alert: Alert, language: Language, most: int = LINE) -> str:
    """What is wrong in one line: the rule's summary, or its id."""
    return text_of(alert.summary, language, most) or alert.rule_id


def place_of(alert: Alert, stack: Stack) -> str:
    """What people call the place of an alert; empty where it has none."""
    if not alert.environment and not alert.component:
        return ""
    return shortened(place_name(stack, (alert.environment or "", alert.component or "")), 120)


def quantity(value: float | None, unit: str) -> str:
    """A value with its unit; empty where there is none."""
    return "" if value is None else format_value(value, unit)


def runbook_of(alert: Alert) -> str:
    """The link to what to do, if it leads to the web: a link of any other kind (`javascript:`) is not offered."""
    try:
        parts = urlsplit(alert.runbook.strip())
        safe = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return ""
    return alert.runbook.strip() if safe and alert.runbook.strip().isprintable() else ""


def refusal(intent: Intent, language: Language) -> tuple[str, str]:
    """Who asked for what was refused, and why."""
    return shortened(intent.actor, 80), said(language, intent.result, 300)


def cleaned(value: Any) -> Any:  # noqa: ANN401  JSON is any value
    """JSON whose texts can be encoded, each of a bounded length."""
    if isinstance(value, Mapping):
        return {shortened(str(name)): cleaned(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(each) for each in value]
    return shortened(value, WHOLE) if isinstance(value, str) else value
