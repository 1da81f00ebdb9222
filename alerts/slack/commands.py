"""`/lamplighter`: what was typed, and the answer that only its sender sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alerts.notice import Voice
from alerts.slack.actions import actor_of
from alerts.slack.blocks import PLAIN
from alerts.slack.text import fit_line, line
from alerts.slack.words import named
from store.messages import Message

_WORD, _ARGUMENT = 20, 60
_ROWS = 40
WORDS = ("status", "alerts", "env", "keep", "skip", "start", "stop", "resume")
"""The words that are answered; each of the last five asks something of an environment."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command's first word (one of `WORDS`) and what follows it, such as an environment. `actor` is who typed it."""

    word: str
    argument: str = ""
    user: str = ""
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `lines` are plain words, the first of them the heading; they are escaped and cut here."""

    lines: Sequence[str]


Answer = Callable[[Command, Voice], Reply]
"""Answers one of `WORDS`: the service's, which can read the store and write wishes down."""


def reply_to(payload: Mapping[str, Any], answer: Answer, voice: Voice) -> dict[str, Any]:
    """The answer to a slash command as Slack wants it: a message that only the sender sees."""
    words = line(str(payload.get("text") or "")).split(maxsplit=1)
    word = words[0].lower()[:_WORD] if words else "status"
    if word in WORDS:
        argument = words[1][:_ARGUMENT] if len(words) > 1 else ""
        user = str(payload.get("user_id") or "")
        return shown(answer(Command(word, argument, user, actor_of(user, payload.get("user_name"))), voice))
    return shown(_help(word, voice))


def shown(reply: Reply) -> dict[str, Any]:
    """A reply as a message for one person."""
    title, *rest = [fit_line(named(said), PLAIN // 10) for said in reply.lines[:_ROWS]] or ["…"]
    text = ""
    for said in (f"*{title}*", *rest):
        if len(text) + len(said) + 1 > PLAIN:
            break
        text += ("\n" if text else "") + said
    block = {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
    return {"response_type": "ephemeral", "text": title, "blocks": [block]}


def _help(word: str, voice: Voice) -> Reply:
    if word == "help":
        title = Message("What Lamplighter answers")
    else:
        title = Message("Lamplighter does not know “%(word)s”", word=word)
    return Reply(
        [
            voice.say(title),
            f"/lamplighter status [ENV] — {voice.say(Message('how things stand'))}",
            f"/lamplighter alerts — {voice.say(Message('what fires now'))}",
            f"/lamplighter env — {voice.say(Message('which environments sleep, and when that changes'))}",
            f"/lamplighter keep ENV [2h] — {voice.say(Message('keep it on beyond its stop, with the price'))}",
            f"/lamplighter skip|stop|start ENV — {voice.say(Message('on tonight, off now, on now'))}",
            f"/lamplighter resume ENV — {voice.say(Message('by its schedule again'))}",
            f"/lamplighter help — {voice.say(Message('this list'))}",
        ]
    )
