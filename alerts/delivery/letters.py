"""What another receiver is told when a channel cannot be reached, and the event that is kept of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.delivery.text import title
from alerts.notice import Notice, Voice
from alerts.notice_json import to_json
from store.alerting import Delivery, Draft, NoticeKind, Severity
from store.messages import Message, Sentence
from store.vocabulary import Event

_PREFIX = "letter/"
DEAD_EVENT = "delivery.dead"


def is_letter(draft: Draft) -> bool:
    """Whether a draft tells of another delivery. What becomes of it is an event and never a letter again."""
    return draft.notice.startswith(_PREFIX)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A delivery that does not get through, what it says (None if that cannot be read), why, and when that was seen."""

    delivery: Delivery
    notice: Notice | None
    error: Sentence
    at: datetime


def dead_letter(trouble: Trouble, to: str, voices: Sequence[Voice]) -> Draft:
    """Tell that a delivery was given up. One an hour and receiver: the key is the same for all of an hour."""
    lost = trouble.delivery.draft.receiver
    first = Message("Lamplighter cannot reach %(receiver)s: a notice was lost", receiver=lost)
    return _letter("dead", trouble, to, _by_language(voices, first, _lines(trouble)))


def late_letter(trouble: Trouble, to: str, voices: Sequence[Voice]) -> Draft:
    """Tell that notices wait because a channel has been away for long. One an hour and receiver."""
    late = trouble.delivery.draft.receiver
    first = Message("Lamplighter has not reached %(receiver)s for long: notices wait", receiver=late)
    return _letter("late", trouble, to, _by_language(voices, first, _lines(trouble)))


def dead_event(trouble: Trouble, told: str | None) -> Event:
    """The event of a delivery that was given up; `told` is who got the letter."""
    draft = trouble.delivery.draft
    return Event(
        key=f"{DEAD_EVENT}:{draft.key}",
        at=trouble.at,
        kind=DEAD_EVENT,
        title=f"A notice for {draft.receiver} was given up",
        detail={
            "delivery": draft.key,
            "kind": draft.kind.value,
            "receiver": draft.receiver,
            "error": str(trouble.error),
            "attempts": trouble.delivery.attempts,
            "episodes": list(draft.episodes),
            "told": told,
        },
    )


def _lines(trouble: Trouble) -> list[Sentence | Notice]:
    lines: list[Sentence | Notice] = [Message("Why: %(error)s", error=trouble.error)]
    if trouble.notice is not None:
        lines += [trouble.notice]
    hint = Message(
        "Until this is mended, nothing reaches %(receiver)s. It is told once an hour; all that was lost or waits "
        "stands on the page under Alerts. Try it afterwards: lamplighter notify test %(receiver)s",
        receiver=trouble.delivery.draft.receiver,
    )
    return [*lines, hint]


def _by_language(
    voices: Sequence[Voice], first: Sentence, lines: Iterable[Sentence | Notice]
) -> dict[str, tuple[str, ...]]:
    listed = list(lines)
    if not voices:
        return {"en": (str(first), *(str(line) for line in listed if not isinstance(line, Notice)))}
    return {voice.code: (voice.say(first), *(_said(line, voice) for line in listed)) for voice in voices}


def _said(line: Sentence | Notice, voice: Voice) -> str:
    if isinstance(line, Notice):
        return voice.say(Message("Not told: %(title)s", title=title(line, voice)))
    return voice.say(line)


def _letter(what: str, trouble: Trouble, to: str, note: dict[str, tuple[str, ...]]) -> Draft:
    notice, receiver = trouble.notice, trouble.delivery.draft.receiver
    name = f"{_PREFIX}{what}/{receiver}/{trouble.at:%Y%m%d%H}"
    told = Notice(
        key=f"{to}/{name}/0",
        notice=name,
        sequence=0,
        kind=NoticeKind.NOTE,
        receiver=to,
        status="firing",
        severity=notice.severity if notice is not None else Severity.WARNING,
        at=trouble.at,
        note=note,
    )
    return Draft(to, NoticeKind.NOTE, to_json(told), name, 0, reason=f"{what}: {receiver}")
