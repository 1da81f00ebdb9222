"""A notice as plain text in the receiver's language: what mail, SNS and webhooks say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from alerts.notice import Notice, NoticeAlert, Voice
from alerts.slack.words import (
    acknowledged,
    at_time,
    change_of,
    ended,
    firing,
    in_language,
    lasting,
    measured,
    person,
    place_of,
    severity_word,
    started,
    summary_of,
)
from store.alerting import NoticeKind
from store.messages import Message, PluralMessage, Sentence

MOST_ALERTS = 10
"""Alerts that are told in full; a letter of fifty is not read at night."""
MOST_CHARACTERS = 2_000
"""Of one text that comes from outside, such as a rendered summary."""
SUBJECT = 100
"""Characters of an SNS Subject: ASCII, no control characters, no line break (SNS API reference, Publish)."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str, limit: int = MOST_CHARACTERS) -> str:
    """Text that any channel can carry: no control characters or halves of characters, cut with an ellipsis."""
    plain = _SURROGATE.sub("\ufffd", _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    return plain if len(plain) <= limit else f"{plain[: limit - 1].rstrip()}…"


def one_line(text: str, limit: int = 200) -> str:
    """The text on one line."""
    return clean(" ".join(text.split()), limit)


def title(notice: Notice, voice: Voice) -> str:
    """One line, state first."""
    return one_line(voice.say(_title(notice, voice)))


def subject(notice: Notice) -> str:
    """The title as SNS takes it: ASCII of at most 100 characters, state first, always in English."""
    if notice.kind is NoticeKind.NOTE:
        words = next(iter(_note(notice, "en")), "Lamplighter")
    else:
        worst = _worst(notice)
        words = f"{_state(notice).upper()} {notice.severity.value}: {_english(worst) if worst else notice.notice}"
        if notice.total > 1:
            words += f" (+{notice.total - 1})"
    # A place that is not ASCII would make SNS refuse the whole message.
    plain = "".join(character if " " <= character <= "~" else "?" for character in " ".join(words.split()))
    return plain if len(plain) <= SUBJECT else f"{plain[: SUBJECT - 3].rstrip()}..."


def plain_text(notice: Notice, voice: Voice, public_url: str) -> str:
    """The whole notice, title first, in short lines that read well on a phone."""
    return "\n".join([title(notice, voice), "", *body(notice, voice, public_url)]).rstrip()


def body(notice: Notice, voice: Voice, public_url: str) -> list[str]:
    """The lines below the title."""
    if notice.kind is NoticeKind.NOTE:
        return [clean(line) for line in _note(notice, voice.code)[1:]]
    told = ([*_alert(alert, notice, voice, public_url), ""] for alert in notice.alerts[:MOST_ALERTS])
    lines = [clean(line) for paragraph in told for line in paragraph]
    left = notice.total - min(len(notice.alerts), MOST_ALERTS)
    if left > 0:
        lines += [voice.say(PluralMessage("and %(num)s more alert", "and %(num)s more alerts", left)), ""]
    if notice.changes and notice.kind is not NoticeKind.FIRING:
        lines += [
            voice.say(Message("What is new:")),
            *(f"- {one_line(change_of(said, notice, voice), 500)}" for said in notice.changes),
        ]
    return lines


def link(alert: NoticeAlert, public_url: str) -> str:
    """The alert's page; empty where nobody said at which address the pages are."""
    return f"{public_url}/alerts/{alert.episode}" if public_url else ""


def _state(notice: Notice) -> str:
    if notice.status == "resolved":
        return "resolved"
    if notice.kind is NoticeKind.REMINDER:
        return "still firing"
    return "acknowledged" if acknowledged(notice) else "firing"


def _worst(notice: Notice) -> NoticeAlert | None:
    return next(iter(firing(notice) or notice.alerts), None)


def _english(alert: NoticeAlert) -> str:
    texts = (alert.summary.get("en", ""), *alert.summary.values())
    summary = next((text for text in texts if text.strip()), alert.rule_id)
    place = alert.component or alert.environment or ""
    return summary if place.lower() in summary.lower() else f"{place}: {summary}"


def _title(notice: Notice, voice: Voice) -> Sentence:
    if notice.kind is NoticeKind.NOTE:
        return next(iter(_note(notice, voice.code)), "Lamplighter")
    worst = _worst(notice)
    what = summary_of(worst, voice) if worst else ", ".join(notice.group_labels.values())
    if notice.total > 1:
        more = PluralMessage("and %(num)s more", "and %(num)s more", notice.total - 1)
        what = f"{what} ({voice.say(more)})"
    severity = severity_word(notice.severity)
    return {
        "resolved": Message("Resolved: %(what)s", what=what),
        "acknowledged": Message("Acknowledged: %(what)s", what=what),
        "still firing": Message("Still firing (%(severity)s): %(what)s", severity=severity, what=what),
        "firing": Message("Firing (%(severity)s): %(what)s", severity=severity, what=what),
    }[_state(notice)]


def _note(notice: Notice, language: str) -> list[str]:
    texts = notice.note
    return list(texts.get(language) or texts.get("en") or next(iter(texts.values()), ()))


def _alert(alert: NoticeAlert, notice: Notice, voice: Voice, public_url: str) -> Iterator[str]:
    """What one alert's paragraph says, in the order in which somebody who was woken up asks."""
    place = place_of(alert)
    yield clean(summary_of(alert, voice)) + (f" [{one_line(place)}]" if place else "")
    if (impact := in_language(alert.impact, voice, "")) and alert.state != "resolved":
        yield clean(impact)
    if when := _when(alert, notice, voice):
        yield voice.say(when)
    if value := measured(alert, voice):
        yield voice.say(Message("Measured: %(value)s", value=value))
    for line in alert.lines:
        yield clean(voice.say(line))
    if alert.last_change:
        yield voice.say(_change(alert, notice, voice))
    if alert.acknowledged_by:
        yield voice.say(Message("Acknowledged by %(who)s", who=one_line(person(alert.acknowledged_by))))
    if alert.runbook and alert.state != "resolved":
        yield voice.say(Message("What to do: %(link)s", link=clean(alert.runbook)))
    if page := link(alert, public_url):
        yield voice.say(Message("Why, and its chart: %(link)s", link=page))


def _when(alert: NoticeAlert, notice: Notice, voice: Voice) -> Sentence:
    since, until = started([alert]), ended([alert])
    if since is None:
        return ""
    if alert.state == "resolved" and until is not None:
        length = lasting(max(until - since, timedelta(0)))
        return Message(
            "From %(since)s to %(until)s (%(length)s)",
            since=at_time(since, notice.at, voice),
            until=at_time(until, notice.at, voice),
            length=length,
        )
    length = lasting(max(notice.at - since, timedelta(0)))
    return Message("Since %(since)s (%(length)s)", since=at_time(since, notice.at, voice), length=length)


def _change(alert: NoticeAlert, notice: Notice, voice: Voice) -> Sentence:
    if alert.last_change_at is None:
        return Message("Last change before it: %(what)s", what=alert.last_change)
    when = at_time(alert.last_change_at, notice.at, voice)
    return Message("Last change before it: %(what)s, %(when)s", what=alert.last_change, when=when)
