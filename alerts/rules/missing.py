"""M of N with missing data, as CloudWatch evaluates its alarms.

Source: Amazon CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data", whose tables are the
tests. CloudWatch reads more than the N points that it needs; in its documented examples (N = 3) two more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from alerts.rules.base import Outcome

SPARE = 2
"""Places that are read beyond N, in case that newer ones are missing: 5 for N = 3 in CloudWatch's examples."""


class Missing(StrEnum):
    """What a missing point means where there are fewer real ones than N."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "not_breaching"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the places of a range say together.

    `breaching` of the `counted` real points breach, `filled` missing ones had the policy stand in for them. `early`
    tells that it breaches by the rule of the premature alarm, with fewer than M points.
    """

    outcome: Outcome
    breaching: int
    counted: int
    filled: int = 0
    early: bool = False


def decide(places: Sequence[bool | None], m: int, n: int, policy: Missing) -> Decision:
    """Judge the places of an evaluation range, oldest first: True breaches, False does not, None is missing.

    - With N real points or more, the most recent N real ones decide and the policy does not matter.
    - With fewer, the missing places that are needed to make N are filled by the policy.
    - `missing` and `ignore` fill in neither way: M real breaching points breach, and a real point that does not breach
      clears. Where all that is known breaches, yet in fewer than M points, `ignore` keeps the state. So does `missing`,
      since the next point may clear it; unless the oldest of them is M places old or older: then it breaches
      (CloudWatch's "premature alarm" rule).
    - Nothing real at all: no data under `missing`, the state is kept under `ignore`.
    """
    real = [place for place in places if place is not None]
    if len(real) >= n:
        breaching = sum(real[-n:])
        return Decision(_breach_if(breaching >= m), breaching, n)
    breaching, counted = sum(real), len(real)
    filled = n - counted
    if policy is Missing.BREACHING:
        return Decision(_breach_if(breaching + filled >= m), breaching, counted, filled)
    if policy is Missing.NOT_BREACHING or breaching >= m or breaching < counted:
        return Decision(_breach_if(breaching >= m), breaching, counted, filled)
    if policy is Missing.IGNORE:
        return Decision(Outcome.KEEP, breaching, counted, filled)
    if not counted:
        return Decision(Outcome.NO_DATA, 0, 0, filled)
    early = len(places) - places.index(True) >= m
    return Decision(Outcome.BREACH if early else Outcome.KEEP, breaching, counted, filled, early)


def _breach_if(breaches: bool) -> Outcome:  # noqa: FBT001  the one thing it is asked
    return Outcome.BREACH if breaches else Outcome.CLEAR
