"""What a rule is worth: from how its firings went, one word and one sentence. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from store.alerting import Score
from store.messages import Message, Sentence

FEW = 4
"""Firings below which nothing is said of a rule: one bad night is no habit."""
MOST = 0.6
"""The share of firings from which on they speak for the rule."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What can be said of a rule. `colour` is the status whose colour it has."""

    colour: str
    word: Sentence
    sentence: Sentence


def judge(score: Score | None) -> Judgement:
    """Judge a rule by its score over some weeks.

    Unseen are firings that ended by themselves and that nobody opened; where the same one was opened and ended by
    itself this counts too few, never too many.
    """
    if score is None or not score.fired:
        return Judgement("asleep", Message("Quiet"), Message("It did not fire."))
    unseen = max(score.self_resolved - score.opened, 0)
    if score.fired >= FEW and unseen / score.fired >= MOST:
        told = Message("%(num)s of %(all)s resolved themselves unseen.", num=unseen, all=score.fired)
        return Judgement("warn", Message("Noisy"), told)
    if score.fired >= FEW and score.flaps >= score.fired:
        told = Message("It came back %(num)s times after it had ended.", num=score.flaps)
        return Judgement("warn", Message("Flapping"), told)
    taken = Message("Somebody acknowledged %(num)s of %(all)s.", num=score.acknowledged, all=score.fired)
    if score.acknowledged / score.fired >= MOST:
        return Judgement("ok", Message("Useful"), taken)
    if score.fired < FEW:
        return Judgement("unknown", Message("Too early to say"), taken)
    return Judgement("unknown", Message("Mixed"), taken)
