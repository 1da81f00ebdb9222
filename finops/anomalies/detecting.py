"""Which days of a series cost more than was to be expected: a band around one-day forecasts, and a drift sum.

Each day is judged by the days before it alone, so what is found of a day never changes by what comes after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from statistics import median

from finops.forecast.predicting import REMEMBERED, TRAINING
from finops.forecast.profile import fit
from store.money import Drift

SLACK = 0.5
"""CUSUM's allowance: half a usual deviation a day is no drift (Page 1954; Montgomery, Statistical Quality Control)."""
DECISION = 8.0
"""Its limit, in usual deviations: at 5 a quiet series alarms every 930 days, at 8 next to never."""
FLOOR = 0.05
"""A usual deviation is at least this share of the usual cost: bills of steady services hardly vary at all."""
RESIDUALS = 28
SHORT = 2
"""Days: a stretch as short as that may be a charge of one day of each month."""
_SPREAD = 1.4826


@dataclass(frozen=True, slots=True)
class Limits:
    """When something is told: deviations away, days known before, and dollars in all."""

    sensitivity: float
    history: int
    minimum: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """Unusual days in a row, [`start`, `end`): what they cost, what was expected, and the edge of the band."""

    kind: Drift
    start: date
    end: date
    actual: float
    expected: float
    low: float
    high: float
    open: bool

    @property
    def impact(self) -> float:
        """What they cost beyond what was expected."""
        return self.actual - self.expected


def find(days: Sequence[date], amounts: Sequence[float], limits: Limits) -> list[Stretch]:
    """The stretches of unusual days, in order of time. `days` are those that are known and complete.

    A day above the band begins a stretch, and so does the day at which small excesses have added up; the model does not
    learn from unusual days, until they have lasted for two weeks and are the new usual. The same days give the same
    answer, which is remembered: costs change once a day, and are looked at far more often.
    """
    return list(_found(tuple(days), tuple(amounts), limits))


@lru_cache(maxsize=REMEMBERED)
def _found(days: Sequence[date], amounts: Sequence[float], limits: Limits) -> tuple[Stretch, ...]:
    found: list[Stretch] = []
    walk = _Walk(limits)
    for place, day in enumerate(days):
        walk.step(day, amounts[place])
        if walk.ended is not None:
            found.append(walk.ended)
            walk.ended = None
    if walk.running:
        found.append(walk.stretch(open_=True))
    return tuple(one for one in found if one.impact >= limits.minimum)


class _Walk:
    """Goes through a series day by day; `ended` is the stretch that the last day showed to be over."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.ended: Stretch | None = None
        self.running: list[tuple[date, float, float, float]] = []  # day, amount, expected, half the band
        self._kind = Drift.JUMP
        self._usual: list[tuple[date, float]] = []
        self._residuals: list[float] = []
        self._excess: list[tuple[date, float, float, float]] = []
        self._sum = 0.0

    def step(self, day: date, amount: float) -> None:
        """Judge one day by those before it."""
        if len(self._usual) < self.limits.history:
            self._learn(day, amount, None)
            return
        # While something unusual goes on, what is usual stays as it was before.
        train = self._usual[-TRAINING:]
        expected = fit([one for one, _ in train], [each for _, each in train]).expect(day)
        scale = self._scale(expected)
        row = day, amount, expected, self.limits.sensitivity * scale
        if amount - expected > row[3]:
            self._begin(Drift.JUMP, row)
            return
        if self.running:
            if self._kind is Drift.DRIFT and amount - expected > SLACK * scale:
                self._begin(Drift.DRIFT, row)
                return
            self.ended = self.stretch(open_=False)
            if len(self.running) <= SHORT:
                # What came and went is learnt, too: the model is robust, and finds charges that come each month.
                self._usual += [(one[0], one[1]) for one in self.running]
            self.running = []
        self._drift(row, scale)
        if not self.running:
            self._learn(day, amount, expected)

    def _begin(self, kind: Drift, row: tuple[date, float, float, float]) -> None:
        if not self.running:
            self._kind = kind
        self.running.append(row)
        self._excess, self._sum = [], 0.0
        if len(self.running) >= 2 * self.limits.history:
            # It has lasted: from now on it is what is usual.
            self.ended = self.stretch(open_=False)
            self._usual = [(day, amount) for day, amount, _, _ in self.running]
            self._residuals, self.running = [], []

    def _drift(self, row: tuple[date, float, float, float], scale: float) -> None:
        """Add up what is beyond the allowance; the day on which it is too much is a drift since it began to add up."""
        self._sum = max(0.0, self._sum + (row[1] - row[2]) / scale - SLACK)
        self._excess = [*self._excess, row] if self._sum else []
        if self._sum > DECISION:
            self._kind, self.running = Drift.DRIFT, self._excess
            since = self.running[0][0]
            self._usual = [one for one in self._usual if one[0] < since]
            self._excess, self._sum = [], 0.0

    def _learn(self, day: date, amount: float, expected: float | None) -> None:
        self._usual.append((day, amount))
        if expected is not None:
            self._residuals = [*self._residuals[1 - RESIDUALS :], amount - expected]

    def _scale(self, expected: float) -> float:
        """The usual deviation of a day from what was expected of it."""
        known = self._residuals or [0.0]
        return max(_SPREAD * median(abs(one) for one in known), FLOOR * abs(expected), 1e-6)

    def stretch(self, *, open_: bool) -> Stretch:
        """The unusual days so far."""
        expected = sum(one[2] for one in self.running)
        band = sum(one[3] for one in self.running)
        return Stretch(
            kind=self._kind,
            start=self.running[0][0],
            end=date.fromordinal(self.running[-1][0].toordinal() + 1),
            actual=sum(one[1] for one in self.running),
            expected=expected,
            low=expected - band,
            high=expected + band,
            open=open_,
        )
