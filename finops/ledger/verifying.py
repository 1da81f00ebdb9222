"""Whether the bill bears a saving out: months of final days, each judged as a whole. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from statistics import median

from finops.ledger.baseline import Avoided, Baseline, Observed, avoided, bounded

LEAST_DAYS = 7
"""Final days after acceptance before which nothing is verified: each weekday once."""
_ENOUGH = 0.5
"""The share of what was expected from which on a saving is verified; less of it is found short."""
_BACK = 0.25
"""A saving of whose last week less than this share of the usual is left is there no more."""
_SPIKE = 6.0
"""How many deviations a single day stands out by, to be a refund or a correction and no saving."""


class Outcome(StrEnum):
    """What the bill says of a saving."""

    WAITING = "waiting"
    VERIFIED = "verified"
    SHORT = "short"
    NOT_FOUND = "not_found"

    @property
    def counts(self) -> bool:
        """Whether what was avoided is told apart from chance."""
        return self in {Outcome.VERIFIED, Outcome.SHORT}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One block of days: what each was below the baseline, and what that means. `expected` is a day's mean.

    `ended`: in the last week it was there no more.
    """

    outcome: Outcome
    days: Mapping[date, float]
    expected: float
    found: Avoided
    ended: bool = False


def blocks(days: Sequence[date]) -> tuple[list[list[date]], list[date]]:
    """Days by calendar month, one that is too short together with the next; and those that wait for more."""
    done: list[list[date]] = []
    waiting: list[date] = []
    for place, day in enumerate(days):
        waiting.append(day)
        following = days[place + 1] if place + 1 < len(days) else None
        turns = following is None or following.replace(day=1) != day.replace(day=1)
        if turns and len(waiting) >= LEAST_DAYS:
            done.append(waiting)
            waiting = []
    return done, waiting


def judge(model: Baseline, after: Sequence[Observed], expected: float) -> Verdict:
    """What the bill says of days of which `expected` was to be saved each, on average."""
    found = avoided(model, after)
    steady = steadied(found.days, model.noise)
    shift = sum(steady) / len(steady) - found.mean
    found = replace(
        found, days=tuple(steady), mean=found.mean + shift, low=found.low + shift, still=found.still + shift
    )
    found = bounded(found, expected)
    week = found.days[-LEAST_DAYS:]
    ended = found.mean > 0 and sum(week) / len(week) < _BACK * min(found.mean, expected)
    outcome = Outcome.NOT_FOUND
    if found.low > 0 and found.mean > 0:
        outcome = Outcome.VERIFIED if found.mean >= _ENOUGH * expected else Outcome.SHORT
    days = dict(zip((one.day for one in after), found.days, strict=True))
    return Verdict(outcome, days, expected, found, ended and outcome.counts)


def steadied(days: Sequence[float], noise: float) -> list[float]:
    """The same without single days far above both neighbours: a refund on one day is not a saving of that day."""
    result = list(days)
    usual = median(days) if days else 0.0
    for place, one in enumerate(days):
        near = [*days[max(place - 1, 0) : place], *days[place + 1 : place + 2]]
        if near and one - max(*near, usual) > _SPIKE * noise:
            result[place] = sum(near) / len(near)
    return result
