"""A notice as a Slack message: at most 8 blocks, 3 buttons, 1 image and 600 characters a section. Pure.

Slack's own limits lie well above: 50 blocks, 3,000 characters a section, 25 elements, 75 characters a button, values of
2,000 (https://docs.slack.dev/reference/block-kit/blocks), about 13,200 in all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from alerts.notice import Notice, NoticeAlert, Voice
from alerts.slack import buttons
from alerts.slack.links import Links
from alerts.slack.text import fit, fit_line, fit_plain, link, mentions, size
from alerts.slack.words import (
    acknowledged,
    actors,
    at_time,
    budget_of,
    change_of,
    ended,
    firing,
    in_language,
    is_of_money,
    lasting,
    measured,
    mood_of,
    named,
    place_of,
    severity_word,
    started,
    stop_of,
    summary_of,
    symbol_of,
    unsaid,
)
from store.alerting import NoticeKind
from store.messages import Message, PluralMessage, Sentence

SECTION = 600
FIELD = 140
TEXT = 600
PLAIN = 3000
ALT = 300
WORST = 5
"""Alerts that a message lists; the others are counted."""
_TITLE, _ROW, _PLACES = 300, 108, 3
_IMPACT, _REASON, _CHANGE, _TAKEN = 220, 160, 120, 90
_RUNBOOK = 300
_MORE = 40
_CHANGES = 9

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Post:
    """A rendered message. `text` is for lock screens and screen readers; `plain` says everything without blocks."""

    text: str
    blocks: tuple[Block, ...]
    plain: str


def render(notice: Notice, voice: Voice, links: Links, chart: str | None = None, *, clickable: bool = True) -> Post:
    """Render a notice. `chart` is the id of its uploaded picture; `clickable` says whether clicks reach anybody."""
    naming = mentions(notice.mention) if notice.status != "resolved" else ""
    if notice.kind is NoticeKind.NOTE:
        title, parts = _note(notice, voice)
    else:
        title, parts = _title(notice, voice), _parts(notice, voice)
    sections = [text for text in parts if text]
    fields = _fields(notice, voice)
    context = _context(notice, voice)
    blocks: list[Block] = [_section(f"*{title}* {naming}".rstrip())]
    blocks += [_section(text) for text in sections[:2]]
    blocks += [{"type": "section", "fields": [_mrkdwn(field) for field in fields]}] if fields else []
    blocks += [_image(chart, notice, voice)] if chart else []
    blocks += buttons.row(notice, voice, links, clickable=clickable)
    blocks += [{"type": "context", "elements": [_mrkdwn(context)]}] if context else []
    facts = [field.replace("*", "").replace("\n", ": ") for field in fields]
    opening = link(links.notice(notice), voice.say(Message("Open")))
    ending = [context, opening if links.public_url else ""]
    plain = _stacked([f"{title} {naming}".rstrip(), *sections, *facts, *ending], PLAIN)
    return Post(_text(notice, title, naming, voice), tuple(blocks), plain)


def thread_text(notice: Notice, voice: Voice) -> str:
    """What is said in the thread of the message: changes, a reminder, the end; empty where there is nothing new."""
    since = started(firing(notice)) or started(notice.alerts)
    opening = ""
    if notice.kind is NoticeKind.REMINDER and since is not None:
        said = Message("Still firing: %(length)s", length=lasting(notice.at - since))
        opening = fit_line(f"⏰ {voice.say(said)}", _ROW)
    elif notice.kind is NoticeKind.RESOLVED:
        opening = fit_line(f"✅ {_lasted(notice, voice)}", _ROW)
    # The end of the only alert is said by the opening.
    told = () if notice.kind is NoticeKind.RESOLVED and notice.total <= 1 else notice.changes
    changes = [f"• {fit_line(named(change_of(change, notice, voice)), _IMPACT)}" for change in told[:_CHANGES]]
    if len(told) > _CHANGES:
        changes.append(fit_line(voice.say(_more(len(told) - _CHANGES)), _ROW))
    naming = mentions(notice.mention) if notice.kind in {NoticeKind.CHANGED, NoticeKind.REMINDER} else ""
    news = [opening, *changes]
    return _stacked([naming, *news], 4 * SECTION) if any(news) else ""


def _title(notice: Notice, voice: Voice) -> str:
    mood = mood_of(notice)
    worst = (firing(notice) or list(notice.alerts))[:1]
    what = summary_of(worst[0], voice) if worst else ", ".join(value for value in notice.group_labels.values() if value)
    left = max(notice.total, len(notice.alerts)) - 1
    # That a budget is a matter of money says more than how severe it is, which stands below (interface.md).
    stop = stop_of(notice)
    if stop is not None:
        # Once it is over, what became of it is the news: asleep, or kept on and by whom.
        over = f"{stop.environment}: {named(voice.say(stop.reason))}"
        return fit_line(f"{mood.symbol} {over if notice.status == 'resolved' else what}", _TITLE)
    plain = budget_of(notice) is not None and notice.status != "resolved" and not acknowledged(notice)
    said = f"{mood.symbol} {what}" if plain else f"{mood.symbol} {voice.say(mood.word)} · {what}"
    if left < 1:
        return fit_line(said, _TITLE)
    return f"{fit_line(said, _TITLE - _MORE)} ({fit_line(voice.say(_more(left)), _MORE - 3)})"


def _parts(notice: Notice, voice: Voice) -> list[str]:
    alerts = firing(notice) or list(notice.alerts)
    if not alerts:
        return []
    if notice.total > 1 or len(notice.alerts) > 1:
        # What users feel of the worst stands before the list: it decides whether one gets up.
        felt = fit_line(in_language(alerts[0].impact, voice, ""), _IMPACT) if notice.status != "resolved" else ""
        # The cause of an unusual cost says why the budget beside it is passed.
        causes = [alert.lines[0] for alert in alerts[1:] if "anomaly" in alert.labels and alert.lines]
        lines = (fit_line(voice.say(line), _IMPACT) for line in [*causes[:1], *alerts[0].lines])
        return [_stacked([_taken(notice, voice), felt, *lines], SECTION), _stacked(_rows(notice, voice), SECTION)]
    alert = alerts[0]
    said = [
        _taken(notice, voice),
        fit_line(in_language(alert.impact, voice, ""), _IMPACT) if notice.status != "resolved" else "",
        "" if is_of_money(alert) or stop_of(notice) is not None else fit_line(voice.say(alert.reason), _REASON),
        _change(alert, notice, voice),
    ]
    return [_stacked(said, SECTION), _extra(alert, voice)]


def _taken(notice: Notice, voice: Voice) -> str:
    """Who took it on, and how much of it."""
    alerts = firing(notice)
    taken = [alert for alert in alerts if alert.acknowledged_by]
    if not taken:
        return ""
    names = ", ".join(actors(alerts)[:_PLACES])
    when = max((alert.acknowledged_at for alert in taken if alert.acknowledged_at), default=None)
    if not acknowledged(notice):
        said: Sentence = Message(
            "%(names)s took on %(taken)s of %(total)s", names=names, taken=len(taken), total=len(alerts)
        )
    elif when is None:
        said = Message("Acknowledged by %(names)s", names=names)
    else:
        time = at_time(when, notice.at, voice)
        said = Message("Acknowledged by %(names)s at %(time)s", names=names, time=time)
    return fit_line(voice.say(said), _TAKEN)


def _change(alert: NoticeAlert, notice: Notice, voice: Voice) -> str:
    if not alert.last_change or notice.status == "resolved":
        return ""
    if alert.last_change_at is None or alert.fired_at is None or alert.last_change_at > alert.fired_at:
        return fit_line(voice.say(Message("Before it: %(change)s", change=alert.last_change)), _CHANGE)
    gap = lasting(alert.fired_at - alert.last_change_at)
    return fit_line(voice.say(Message("%(gap)s before it: %(change)s", gap=gap, change=alert.last_change)), _CHANGE)


def _rows(notice: Notice, voice: Voice) -> Iterable[str]:
    shown = sorted(notice.alerts, key=lambda alert: alert.state == "resolved")[:WORST]
    for alert in shown:
        value = unsaid(alert, voice)
        said = " · ".join(part for part in (summary_of(alert, voice), voice.say(value)) if part)
        yield fit_line(f"{symbol_of(alert)} {said}", _ROW)
    rest = max(notice.total, len(notice.alerts)) - len(shown)
    if rest > 0:
        yield fit_line(voice.say(_more(rest)), FIELD)


def _more(count: int) -> Sentence:
    return PluralMessage("and %(num)s more", "and %(num)s more", count)


def _extra(alert: NoticeAlert, voice: Voice) -> str:
    """The lines of its kind: what a budget spent and its movers, the top log line."""
    return _stacked([fit_line(voice.say(line), _IMPACT) for line in alert.lines], SECTION)


def _fields(notice: Notice, voice: Voice) -> list[str]:
    if notice.kind is NoticeKind.NOTE or not notice.alerts:
        return []
    alerts = firing(notice) or list(notice.alerts)
    single = alerts[0] if max(notice.total, len(notice.alerts)) == 1 else None
    places = list(dict.fromkeys(place for alert in alerts if (place := place_of(alert))))
    start, end = started(alerts), ended(notice.alerts)
    figure = measured(single, voice) if single and not is_of_money(single) else ""
    shown: list[tuple[Sentence, Sentence]] = [(Message("Value"), figure)]
    shown.append((Message("Where"), ", ".join(places[:_PLACES]) + ("…" if len(places) > _PLACES else "")))
    if notice.status == "resolved":
        shown.append((Message("Lasted"), _lasted_only(notice)))
        span = (
            f"{at_time(start, notice.at, voice)} \N{EN DASH} {at_time(end, notice.at, voice)}" if start and end else ""
        )
        shown.append((Message("From, to"), span))
    else:
        time = at_time(start, notice.at, voice) if start else ""
        length = lasting(notice.at - start) if start else ""
        shown.append((Message("Since"), Message("%(time)s (%(length)s)", time=time, length=length) if start else ""))
        shown.append((Message("Severity"), severity_word(notice.severity)))
    return [
        f"*{fit_line(voice.say(name), FIELD // 4)}*\n{fit_line(voice.say(value), FIELD - FIELD // 4 - 3)}"
        for name, value in shown
        if value
    ]


def _lasted_only(notice: Notice) -> Sentence:
    start, end = started(notice.alerts), ended(notice.alerts)
    return lasting(end - start) if start is not None and end is not None else ""


def _lasted(notice: Notice, voice: Voice) -> str:
    length = _lasted_only(notice)
    return voice.say(Message("Resolved after %(length)s", length=length) if length else Message("Resolved"))


def _context(notice: Notice, voice: Voice) -> str:
    alerts = firing(notice) or list(notice.alerts)
    if notice.kind is NoticeKind.NOTE or not alerts:
        return ""
    rules = list(dict.fromkeys(alert.rule_id for alert in alerts))
    flaps = max(alert.flaps for alert in alerts)
    parts = [fit_line(voice.say(Message("Rule %(rule)s", rule=", ".join(rules[:_PLACES]))), FIELD)]
    runbook = next((alert.runbook for alert in alerts if alert.runbook), "")
    if runbook and size(runbook) <= _RUNBOOK and notice.status != "resolved":
        parts.append(link(runbook, fit_line(voice.say(Message("Runbook")), FIELD)))
    if flaps:
        said = PluralMessage("Flapping: came back %(num)s time", "Flapping: came back %(num)s times", flaps)
        parts.append(fit_line(voice.say(said), FIELD))
    if notice.status != "resolved" and all(alert.state == "recovering" for alert in alerts):
        parts.append(fit_line(voice.say(Message("Recovering")), FIELD))
    parts += [fit_line(named(voice.say(alert.muted)), FIELD) for alert in alerts if alert.muted][:1]
    return _stacked(parts, SECTION, " · ")


def _note(notice: Notice, voice: Voice) -> tuple[str, list[str]]:
    nothing: Sequence[str] = ()
    title, *lines = in_language(notice.note, voice, nothing) or [voice.say(Message("A note from Lamplighter"))]
    return fit_line(f"💬 {title}", _TITLE), [_stacked([fit(said, _IMPACT) for said in lines], SECTION)]


def _text(notice: Notice, title: str, naming: str, voice: Voice) -> str:
    """The title and the most telling facts, on one line."""
    alerts = firing(notice) or list(notice.alerts)
    facts: list[str] = []
    if notice.kind is not NoticeKind.NOTE and alerts:
        start = started(alerts)
        since = Message("since %(time)s", time=at_time(start, notice.at, voice)) if start else ""
        facts.append(alerts[0].environment or "")
        if notice.total <= 1 and notice.status != "resolved":
            facts.append(voice.say(unsaid(alerts[0], voice)))
        facts.append(_lasted(notice, voice) if notice.status == "resolved" else voice.say(since))
    shown = [said for fact in facts if (said := fit_line(fact, FIELD)) and said not in title]
    said = " · ".join([title, *shown])
    return f"{said} {naming}".strip() if size(said) + size(naming) < TEXT else f"{title} {naming}".strip()


def _stacked(lines: Iterable[str], limit: int, between: str = "\n") -> str:
    """Those of the escaped lines, from the first, that fit into the limit."""
    kept, total = [], 0
    for each in lines:
        if not each:
            continue
        total += size(each) + len(between)
        if total - len(between) > limit:
            break
        kept.append(each)
    return between.join(kept)


def _mrkdwn(text: str) -> Block:
    # Verbatim: without it Slack makes links and mentions of words such as @here and #ops in what came from outside.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text)}


def _image(chart: str, notice: Notice, voice: Voice) -> Block:
    said = next((summary_of(alert, voice) for alert in [*firing(notice), *notice.alerts]), "")
    alt = voice.say(Message("Chart: %(what)s", what=said)) if said else voice.say(Message("Chart"))
    return {"type": "image", "slack_file": {"id": chart}, "alt_text": fit_plain(alt, ALT)}
