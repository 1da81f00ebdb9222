"""What a Slack message says in words: state, severity, place, value, times; in the receiver's language and zone."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from alerts.chart.figures import SPACE, exact_text
from alerts.notice import Notice, NoticeAlert, Voice
from store.alerting import NoticeKind, Severity
from store.messages import Message, PluralMessage, Sentence

ACTOR_PREFIXES = ("slack:", "web:", "page:", "cli:")
_SLACK_ACTOR = re.compile(r"slack:[A-Z0-9]{1,20} \(([^()]{1,80})\)")
_CURRENCY = re.compile(r"[A-Z]{3}")
_SAME_DAY = timedelta(hours=12)
"""Times nearer than this are told without their date."""
_ALL = 100
"""Percent."""
_MONEY = 1e15
"""Above this nobody has that much, and decimals run out of digits."""
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Mood:
    """How a message looks: a symbol with its word, for the colour alone says nothing to many."""

    symbol: str
    word: Sentence


def mood_of(notice: Notice) -> Mood:
    """The state of a notice as a symbol and a word."""
    if notice.kind is NoticeKind.NOTE:
        return Mood("💬", "")
    if stop_of(notice) is not None:
        return Mood("🌙", "")
    if notice.status == "resolved":
        return Mood("✅", Message("Resolved"))
    if acknowledged(notice):
        return Mood("🟣", Message("Acknowledged"))
    return _BY_SEVERITY[notice.severity]


def firing(notice: Notice) -> list[NoticeAlert]:
    """The alerts that still fire, worst first."""
    return [alert for alert in notice.alerts if alert.state != "resolved"]


def budget_of(notice: Notice) -> NoticeAlert | None:
    """The alert of a budget, where the notice is of that alone."""
    if max(notice.total, len(notice.alerts)) != 1 or not notice.alerts:
        return None
    alert = notice.alerts[0]
    return alert if {"budget", "basis", "period"} <= alert.labels.keys() else None


def stop_of(notice: Notice) -> NoticeAlert | None:
    """The alert that tells of a stop to come, where the notice is of that alone."""
    if max(notice.total, len(notice.alerts)) != 1 or not notice.alerts:
        return None
    alert = notice.alerts[0]
    return alert if alert.labels.get("power") == "stops_soon" else None


def is_of_money(alert: NoticeAlert) -> bool:
    """Whether it is about costs, whose figures stand in its lines."""
    return "anomaly" in alert.labels or {"budget", "basis", "period"} <= alert.labels.keys()


def used_up(budget: NoticeAlert) -> bool:
    """Whether all of a budget was spent: then there is no 100 % left to remind of."""
    passed = budget.thresholds or [budget.labels.get("threshold", "0")]
    return budget.labels["basis"] == "actual" and any(Decimal(percent) >= _ALL for percent in passed)


def acknowledged(notice: Notice) -> bool:
    """Whether somebody took on everything that fires."""
    return bool(firing(notice)) and all(alert.acknowledged_by for alert in firing(notice))


_BY_SEVERITY = {
    Severity.PAGE: Mood("🔴", Message("Page")),
    Severity.WARNING: Mood("🟡", Message("Warning")),
    Severity.INFO: Mood("🔵", Message("Info")),
}


def severity_word(severity: Severity) -> Sentence:
    """Page, Warning or Info."""
    return _BY_SEVERITY[severity].word


def symbol_of(alert: NoticeAlert) -> str:
    """The symbol of one alert in a list."""
    if alert.state == "resolved":
        return "✅"
    return "🟣" if alert.acknowledged_by else _BY_SEVERITY[alert.severity].symbol


def in_language(texts: Mapping[str, Kept], voice: Voice, otherwise: Kept) -> Kept:
    """The text in the receiver's language, else English, else any there is."""
    return texts.get(voice.code) or texts.get("en") or next(iter(texts.values()), otherwise) or otherwise


def summary_of(alert: NoticeAlert, voice: Voice) -> str:
    """What is wrong, with the component in front where the summary does not name it."""
    summary = in_language(alert.summary, voice, "") or alert.rule_id
    place = alert.component or alert.environment
    return summary if not place or place.lower() in summary.lower() else f"{place}: {summary}"


def change_of(change: Sentence, notice: Notice, voice: Voice) -> str:
    """What changed, in the receiver's language: an alert is called by its summary where the notice tells it."""
    if isinstance(change, Message) and not isinstance(change, PluralMessage):
        told = next((one for one in notice.alerts if one.episode == change.values.get("episode")), None)
        if told is not None:
            change = change.naming(alert=summary_of(told, voice))
    return voice.say(change)


def measured(alert: NoticeAlert, voice: Voice) -> Sentence:
    """The value with what it was held against; empty where nothing was measured."""
    if alert.value is None or not math.isfinite(alert.value):
        return ""
    value = amount(alert.value, alert.unit, voice)
    if alert.limit is None or not math.isfinite(alert.limit):
        return value
    return Message("%(value)s (limit %(limit)s)", value=value, limit=amount(alert.limit, alert.unit, voice))


def unsaid(alert: NoticeAlert, voice: Voice) -> Sentence:
    """The value with its limit where the summary does not tell it anyway."""
    if alert.value is None or not math.isfinite(alert.value):
        return ""
    told = summary_of(alert, voice).replace(SPACE, " ")
    written = {amount(alert.value, alert.unit, voice), exact_text(alert.value, alert.unit)}
    return "" if any(said.replace(SPACE, " ") in told for said in written) else measured(alert, voice)


def amount(value: float, unit: str, voice: Voice) -> str:
    """A value with its unit; money as the receiver's language writes it."""
    if _CURRENCY.fullmatch(unit.strip()) and abs(value) < _MONEY:
        return voice.money(Decimal(str(round(value, 2))), unit.strip())
    return exact_text(value, unit)


def place_of(alert: NoticeAlert) -> str:
    """Environment and component, as far as they are known."""
    return " / ".join(part for part in (alert.environment, alert.component) if part)


def at_time(when: datetime, now: datetime, voice: Voice) -> str:
    """The time with its zone, `03:04 KST`; with the date where that is not obvious."""
    zone = when.astimezone(voice.zone).tzname() or "UTC"
    local, today = when.astimezone(voice.zone).date(), now.astimezone(voice.zone).date()
    near = local == today or abs(now - when) < _SAME_DAY
    return f"{voice.time(when) if near else voice.moment(when)}{SPACE}{zone}"


def lasting(length: timedelta) -> Sentence:
    """A length of time in two units at most: `12 min`, `1 h 12 min`, `3 d 4 h`."""
    seconds = max(round(length.total_seconds()), 0)
    if seconds < 60:  # noqa: PLR2004  a minute
        return Message("%(seconds)s s", seconds=seconds)
    minutes = seconds // 60
    hours, days = minutes // 60, minutes // 1440
    if days:
        return Message("%(days)s d %(hours)s h", days=days, hours=hours % 24)
    if hours:
        return Message("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes % 60)
    return Message("%(minutes)s min", minutes=minutes)


def started(alerts: Sequence[NoticeAlert]) -> datetime | None:
    """When the first of the alerts began to fire."""
    return min((alert.fired_at for alert in alerts if alert.fired_at is not None), default=None)


def ended(alerts: Sequence[NoticeAlert]) -> datetime | None:
    """When the last of the alerts was over."""
    return max((alert.resolved_at for alert in alerts if alert.resolved_at is not None), default=None)


def person(actor: str) -> str:
    """The name of who acted: `kim` of `slack:U123 (kim)`; the login itself elsewhere."""
    bare = next((actor.removeprefix(prefix) for prefix in ACTOR_PREFIXES if actor.startswith(prefix)), actor)
    found = re.fullmatch(r"[A-Z0-9]+ \((.+)\)", bare)
    return found.group(1) if found else bare


def named(sentence: str) -> str:
    """A sentence with people's names in place of their ids: `slack:U123 (kim)` is kim."""
    return _SLACK_ACTOR.sub(r"\1", sentence)


def actors(alerts: Sequence[NoticeAlert]) -> list[str]:
    """Who acknowledged any of the alerts, each once."""
    return list(dict.fromkeys(person(alert.acknowledged_by) for alert in alerts if alert.acknowledged_by))
