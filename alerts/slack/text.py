"""Text from outside, made safe for Slack: nothing in it can mention, link or break a limit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

ELLIPSIS = "…"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""What shows nothing or turns the direction of what follows it; tab and line feed stay."""
_SPACES = re.compile(r"[^\S\u00a0]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_JOINER = "\u200d"
_BACK_OFF = 32
"""Characters that a cut gives up at most to keep one sign whole; text piled up beyond that is not language."""
_ASTRAL = 0xFFFF

_MENTION = re.compile(
    r"<!(?:here|channel|everyone)>|<@[UW][A-Z0-9]{1,20}>|<!subteam\^S[A-Z0-9]{1,20}(?:\|@?[\w.-]{1,80})?>"
)
_SPOKEN = {"@here": "<!here>", "@channel": "<!channel>", "@everyone": "<!everyone>"}
_MENTIONS = 5


def clean(text: str) -> str:
    """Text without control characters, direction marks and halves of characters."""
    return _CONTROL.sub("", _SURROGATE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n")))


def line(text: str) -> str:
    """The text on one line, its white space folded; no-break spaces stay."""
    return _SPACES.sub(" ", clean(text)).strip()


def escape(text: str) -> str:
    """Text that Slack shows as it is: the three characters that mean something to it are written as entities.

    Source: https://docs.slack.dev/messaging/formatting-message-text/#escaping
    """
    return "".join(_ENTITIES.get(character, character) for character in text)


def weight(character: str) -> int:
    """How much of a limit a character uses: its entity's length, or its UTF-16 units (the strictest way to count)."""
    if (entity := _ENTITIES.get(character)) is not None:
        return len(entity)
    return 2 if ord(character) > _ASTRAL else 1


def size(text: str) -> int:
    """The length of text as the strictest counter sees it, in UTF-16 units."""
    return len(text) + sum(1 for character in text if ord(character) > _ASTRAL)


def fit(text: str, limit: int) -> str:
    """Escaped text of at most `limit` units, cut between signs, with an ellipsis where something was cut."""
    return escape(_cut(clean(text), limit, weight))


def fit_line(text: str, limit: int) -> str:
    """The same on one line."""
    return escape(_cut(line(text), limit, weight))


def fit_plain(text: str, limit: int) -> str:
    """Text for a place that knows no markup, such as an image's alternative text: one line, not escaped."""
    return _cut(line(text), limit, size)


def _cut(text: str, limit: int, cost: Callable[[str], int]) -> str:
    total, room = 0, 0
    for at, character in enumerate(text):
        total += cost(character)
        if total <= limit - len(ELLIPSIS):
            room = at + 1
        if total > limit:
            return text[: _boundary(text, room)].rstrip() + ELLIPSIS if limit > 0 else ""
    return text


def _boundary(text: str, at: int) -> int:
    """The nearest place at or before `at` between two signs."""
    for place in range(at, max(at - _BACK_OFF, 0), -1):
        if not _joined(text, place):
            return place
    return max(at - _BACK_OFF, 0) if at > _BACK_OFF else 0


def _joined(text: str, place: int) -> bool:
    """Whether the characters on both sides of a place belong together (an approximation of UAX #29)."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if _JOINER in {before, after} or unicodedata.category(after)[0] == "M":
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff":  # skin tones
        return True
    if _is_flag(before) and _is_flag(after):
        start = place
        while start > 0 and _is_flag(text[start - 1]):
            start -= 1
        return (place - start) % 2 == 1
    return "\u1100" <= before <= "\u11ff" and "\u1160" <= after <= "\u11ff"  # Hangul in its parts


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def mentions(wish: str) -> str:
    """Whom a route asks to name, as Slack's own marks; anything else in it is left out."""
    spoken = " ".join(_SPOKEN.get(word, word) for word in wish.split())
    return " ".join(_MENTION.findall(spoken)[:_MENTIONS])


def link(url: str, label: str) -> str:
    """A link with an already escaped label; the label alone where the address is none that a browser opens."""
    if not re.match(r"https?://[^\s]+$", url):
        return label
    safe = url
    for character, code in (("&", "&amp;"), ("<", "%3C"), (">", "%3E"), ("|", "%7C")):
        safe = safe.replace(character, code)
    return f"<{safe}|{label}>"
