"""The sentences of a notice's thread: what is new since the last delivery."""

from __future__ import annotations

from collections.abc import Sequence

from store.alerting import Episode, Group, Member
from store.messages import Message, PluralMessage, Sentence

MOST_CHANGES = 8
"""Sentences that a thread's message has; the rest are counted."""
_MOST_VALUES = 3
_TOLD_ELSEWHERE = ("rule", "severity", "kind", "environment", "component")


def name_of(episode: Episode, group: Group) -> str:
    """A short name that needs no translation: the rule, and what tells the alert from others of the group."""
    alert = episode.alert
    place = [
        value for name in ("environment", "component") if (value := getattr(alert, name)) and name not in group.labels
    ]
    own = [value for name, value in alert.labels.items() if name not in group.labels and name not in _TOLD_ELSEWHERE]
    return alert.rule_id + (f" ({', '.join((place + own)[:_MOST_VALUES])})" if place or own else "")


def about(episode: Episode, group: Group) -> dict[str, str]:
    """What a sentence about one alert names: a short name, and the episode, by which channels find its summary."""
    return {"alert": name_of(episode, group), "episode": episode.id}


def joined_in(members: Sequence[Member], group: Group) -> list[Sentence]:
    """Members that are told for the first time in this notice."""
    return [Message("Now also firing: %(alert)s", **about(each.episode, group)) for each in members]


def fired_again(members: Sequence[Member], group: Group) -> list[Sentence]:
    """Members that had been told as resolved."""
    sentences: list[Sentence] = []
    for each in members:
        times = each.episode.flaps + 1
        if times > 1:
            named = about(each.episode, group)
            sentences.append(Message("%(alert)s fired again (%(times)s times by now)", **named, times=times))
        else:
            sentences.append(Message("%(alert)s fired again", **about(each.episode, group)))
    return sentences


def resolved(members: Sequence[Member], group: Group) -> list[Sentence]:
    """Members that are over."""
    return [Message("Resolved: %(alert)s", **about(each.episode, group)) for each in members]


def risen(members: Sequence[Member], group: Group) -> list[Sentence]:
    """Members that are graver than was told."""
    return [
        Message(
            "%(alert)s rose from %(before)s to %(severity)s",
            **about(each.episode, group),
            before=(each.told_severity or each.episode.severity).value,
            severity=each.episode.severity.value,
        )
        for each in members
    ]


def acknowledged(members: Sequence[Member], group: Group) -> list[Sentence]:
    """Members that somebody acknowledged, or took it back, since they were told: by person where it is all of one's."""
    sentences: list[Sentence] = []
    by_person: dict[str, list[Member]] = {}
    for each in members:
        by_person.setdefault(each.episode.acknowledged_by if each.episode.acknowledged_at else "", []).append(each)
    for person, theirs in by_person.items():
        if not person:
            sentences += [
                Message("%(alert)s is no longer acknowledged", **about(each.episode, group)) for each in theirs
            ]
        elif len(theirs) == 1:
            sentences.append(Message("%(who)s acknowledged %(alert)s", **about(theirs[0].episode, group), who=person))
        else:
            sentences.append(
                PluralMessage(
                    "%(who)s acknowledged %(num)s alert",
                    "%(who)s acknowledged %(num)s alerts",
                    len(theirs),
                    who=person,
                )
            )
    return sentences


def at_most(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The first sentences, and how many there are more."""
    if len(sentences) <= MOST_CHANGES:
        return tuple(sentences)
    rest = len(sentences) - MOST_CHANGES
    return (*sentences[:MOST_CHANGES], PluralMessage("and %(num)s more change", "and %(num)s more changes", rest))
