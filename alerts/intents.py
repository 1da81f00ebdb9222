"""Carrying out what people asked of alerts on a page or in Slack: acknowledge, take it back, silence, end a silence.

An intent's payload comes from outside and is never trusted. The same intent carried out twice does what it does once.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from alerts.errors import AlertError
from alerts.routing.matching import LONGEST, holds_all, matcher_fault, parse_matcher
from store.alerting import Episode, Labels, Matcher, Silence
from store.durations import format_duration
from store.messages import Message, PluralMessage, Sentence
from store.vocabulary import Event, Intent

if TYPE_CHECKING:
    from store import Store

ACKNOWLEDGE = "alert.acknowledge"
"""`{"episode": ID}`, `{"episodes": [ID, …]}` or `{"notice": ID}`: the open episodes are acknowledged."""
UNACKNOWLEDGE = "alert.unacknowledge"
"""The same payload: acknowledgements are taken back."""
SILENCE = "alert.silence"
"""`{"episode": ID}`, `{"notice": ID}` or `{"matchers": ["a=b", …]}`, with `seconds` and `comment`."""
EXPIRE = "silence.expire"
"""`{"id": ID}`: a silence ends now."""
KINDS = (ACKNOWLEDGE, UNACKNOWLEDGE, SILENCE, EXPIRE)

SHORTEST_SILENCE = timedelta(minutes=1)
LONGEST_SILENCE = timedelta(days=30)
LONGEST_COMMENT = 500
MOST_EPISODES = 1_000
MOST_MATCHERS = 20

Result = tuple[str, Sentence]
"""The state of the intent afterwards (`done` or `refused`), and what is said to whoever asked."""
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class IntentRefused(AlertError):
    """What was asked for cannot be done; `sentence` says why, and what to do."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(str(sentence))


def carry_out(store: Store, intent: Intent, now: datetime) -> Result:
    """Carry out one intent of `KINDS`; returns its state and a sentence. It never raises for what the intent holds."""
    if not intent.actor.strip():
        return "refused", Message("It is not known who asks: sign in first")
    kinds: dict[str, Callable[[Store, Intent, datetime], Sentence]] = {
        ACKNOWLEDGE: _acknowledge,
        UNACKNOWLEDGE: _unacknowledge,
        SILENCE: _silence,
        EXPIRE: _expire,
    }
    act = kinds.get(intent.kind)
    if act is None:
        return "refused", Message("This version of Lamplighter cannot do “%(kind)s”", kind=intent.kind[:100])
    try:
        return "done", act(store, intent, now)
    except IntentRefused as refused:
        return "refused", refused.sentence


def _acknowledge(store: Store, intent: Intent, now: datetime) -> Sentence:
    episodes = _episodes(store, intent.payload)
    opened = [episode for episode in episodes if episode.is_open]
    if not opened:
        raise IntentRefused(Message("It is over already: there is nothing to acknowledge"))
    changed = store.alerts.acknowledge([episode.id for episode in opened], intent.actor, now)
    if changed:
        _record(store, intent, now, "alert.acknowledged", changed)
        return PluralMessage("%(num)s alert acknowledged", "%(num)s alerts acknowledged", len(changed))
    others = sorted({episode.acknowledged_by for episode in opened} - {intent.actor, ""})
    if others:
        return Message("%(who)s had acknowledged it already", who=", ".join(others))
    return Message("You had acknowledged it already")


def _unacknowledge(store: Store, intent: Intent, now: datetime) -> Sentence:
    episodes = _episodes(store, intent.payload)
    changed = store.alerts.unacknowledge([each.id for each in episodes if each.is_open], intent.actor, now)
    if not changed:
        return Message("It was not acknowledged")
    _record(store, intent, now, "alert.unacknowledged", changed)
    return PluralMessage(
        "The acknowledgement was taken back", "The acknowledgement of %(num)s alerts was taken back", len(changed)
    )


def _silence(store: Store, intent: Intent, now: datetime) -> Sentence:
    length = _length(intent.payload.get("seconds"))
    comment = intent.payload.get("comment", "")
    if not isinstance(comment, str) or len(comment) > LONGEST_COMMENT:
        raise IntentRefused(Message("A comment has at most %(most)s characters", most=LONGEST_COMMENT))
    matchers = _matchers(store, intent.payload)
    silence = Silence(
        id="s" + hashlib.blake2b(intent.id.encode(), digest_size=8).hexdigest(),
        matchers=matchers,
        starts_at=now,
        ends_at=now + length,
        created_by=intent.actor,
        comment=comment.strip(),
        created_at=now,
    )
    store.silences.add(silence)
    return Message("Silenced for %(time)s", time=format_duration(length))


def _expire(store: Store, intent: Intent, now: datetime) -> Sentence:
    name = _id(intent.payload.get("id"))
    known = store.silences.get(name)
    if known is None:
        raise IntentRefused(Message("There is no such silence"))
    if store.silences.expire(name, intent.actor, now):
        return Message("The silence ended")
    if known.expired_by:
        return Message("%(who)s had ended this silence already", who=known.expired_by)
    return Message("This silence was over already")


def _episodes(store: Store, payload: Mapping[str, Any]) -> list[Episode]:
    """The episodes that a payload names, in one of its three ways."""
    if "notice" in payload:
        found = [member.episode for member in store.notices.members_of_notice(_id(payload["notice"]))]
        if not found:
            raise IntentRefused(Message("There is no such notice, or its alerts are no longer kept"))
        return found
    named = payload.get("episodes", [payload.get("episode")])
    if not isinstance(named, Sequence) or isinstance(named, str) or not 0 < len(named) <= MOST_EPISODES:
        raise IntentRefused(Message("Name between 1 and %(most)s alerts", most=MOST_EPISODES))
    names = dict.fromkeys(_id(name) for name in named)
    episodes = [episode for name in names if (episode := store.alerts.episode(name)) is not None]
    if not episodes:
        raise IntentRefused(Message("There is no such alert, or it is no longer kept"))
    return episodes


def _id(value: object) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise IntentRefused(Message("The request names nothing that can be looked up: reload the page and try again"))
    return value


def _length(seconds: object) -> timedelta:
    if isinstance(seconds, int) and not isinstance(seconds, bool):
        shortest, longest = (round(length.total_seconds()) for length in (SHORTEST_SILENCE, LONGEST_SILENCE))
        if shortest <= seconds <= longest:
            return timedelta(seconds=seconds)
    raise IntentRefused(Message("A silence lasts between 1 minute and 30 days"))


def _matchers(store: Store, payload: Mapping[str, Any]) -> tuple[Matcher, ...]:
    """What is silenced: the matchers that were given, or those of what was clicked."""
    if "matchers" not in payload:
        chosen = _episodes(store, payload)
        matchers = _common([_labels(episode) for episode in [each for each in chosen if each.is_open] or chosen])
    else:
        given = payload["matchers"]
        if not isinstance(given, Sequence) or isinstance(given, str) or not 0 < len(given) <= MOST_MATCHERS:
            raise IntentRefused(Message("Write between 1 and %(most)s matchers", most=MOST_MATCHERS))
        matchers = tuple(_matcher(each) for each in given)
    if holds_all(matchers)({}):
        raise IntentRefused(Message("This would silence everything: name a rule, a component or an environment"))
    return matchers


def _matcher(given: object) -> Matcher:
    """A matcher as text, as (label, operator, value), or as a mapping of the three."""
    parts = [given.get(name) for name in ("label", "op", "value")] if isinstance(given, Mapping) else given
    if isinstance(parts, str):
        try:
            return parse_matcher(parts)
        except ValueError as error:
            raise IntentRefused(str(error)) from None
    if not isinstance(parts, list | tuple) or len(parts) != 3 or not all(isinstance(part, str) for part in parts):  # noqa: PLR2004  a matcher's parts
        raise IntentRefused(Message("Write a matcher as LABEL=VALUE, LABEL!=VALUE, LABEL=~REGEX or LABEL!~REGEX"))
    matcher = Matcher(*parts)
    if fault := matcher_fault(matcher):
        raise IntentRefused(fault)
    return matcher


def _labels(episode: Episode) -> dict[str, str]:
    alert = episode.alert
    labels = {"rule": alert.rule_id, **alert.labels}
    for name, value in (("environment", alert.environment), ("component", alert.component)):
        if value is not None:
            labels.setdefault(name, value)
    return labels


def _common(labels: Sequence[Labels]) -> tuple[Matcher, ...]:
    """Matchers for what several alerts have in common, and for their rules: they fit each of them, and little else."""
    shared = set(labels[0].items()).intersection(*(each.items() for each in labels))
    rules = sorted({each["rule"] for each in labels})
    any_rule = Matcher("rule", "=~", "|".join(re.escape(rule) for rule in rules))
    if len(any_rule.value) > LONGEST:
        raise IntentRefused(Message("These are too many rules for one silence: silence by labels on the page"))
    matchers = [Matcher(name, "=", value) for name, value in sorted(shared) if len(value) <= LONGEST]
    return tuple(matchers if len(rules) == 1 else [*matchers, any_rule])


def _record(store: Store, intent: Intent, now: datetime, kind: str, episodes: Sequence[Episode]) -> None:
    """Put it into the audit, once for each intent."""
    rules = sorted({episode.alert.rule_id for episode in episodes})
    shown = ", ".join(rules[:3]) + (f" and {len(rules) - 3} more" if len(rules) > 3 else "")  # noqa: PLR2004  as shown
    places = {(episode.alert.environment, episode.alert.component) for episode in episodes}
    environment, component = next(iter(places)) if len(places) == 1 else (None, None)
    store.events.add(
        Event(
            f"{kind}:{intent.id}",
            now,
            kind,
            f"{kind.removeprefix('alert.').capitalize()}: {shown}",
            intent.actor,
            environment,
            component,
            {"episodes": [episode.id for episode in episodes], "intent": intent.id},
        )
    )
