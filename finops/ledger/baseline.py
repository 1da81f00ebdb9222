"""What something would have cost: a model of days that nothing was done on, and how far a later day stays below it.

The adjusted baseline of IPMVP (Core Concepts 2022, Option C): avoided = baseline model under a day's conditions less
actual. The condition is the cost of a control group, which makes it a difference in differences with a learnt slope:
cost = level + weekday + slope x control, by generalized ridge regression. The prior of the slope lies between "does not
follow the control" (0) and "grows in proportion" (mean cost / mean control); the days before decide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import NormalDist, median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CONFIDENCE = 0.95
LEAST_BEFORE = 7
"""Days without which there is nothing to hold a saving against: each weekday once."""
_WEEKDAY_SPREAD = 0.5
"""How far weekdays are apart beforehand, as a share of the level: days before decide."""
_NOISE = 0.002
"""The least noise of a daily cost, as a share: Cost Explorer itself restates days by that much."""
_WEEK = 7
_FAR, _SCALE, _USUAL = 6.0, 1.4826, 0.9
"""How many deviations are far off (from the median absolute one), and the share of days that must not be."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What a day cost, and what the control group cost (None: there is none)."""

    day: date
    cost: float
    control: float | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """A fitted model. `proportional` is the slope of growth in proportion; `control` the mean that it is learnt at."""

    coefficients: Floats
    covariance: Floats
    noise: float
    inflation: float
    days: int
    control: float | None
    proportional: float

    @property
    def slope(self) -> float:
        """How it follows the control."""
        return float(self.coefficients[-1]) if self.control is not None else 0.0


@dataclass(frozen=True, slots=True)
class Avoided:
    """By how much each day stayed below the baseline, their mean, and its interval. `still` is without any growth."""

    days: tuple[float, ...]
    mean: float
    low: float
    high: float
    still: float = 0.0


def fit(before: Sequence[Observed]) -> Baseline | None:
    """The model of the days before; None if they are fewer than `LEAST_BEFORE`.

    Days far off (a refund, a purchase) are left out, but never more than one in ten.
    """
    if len(before) < LEAST_BEFORE:
        return None
    model = _fitted(before)
    left = _residuals(model, before)
    far = _FAR * _SCALE * median(abs(one) for one in left) + 1e-9
    usual = [one for one, residual in zip(before, left, strict=True) if abs(residual) <= far]
    enough = len(usual) >= max(LEAST_BEFORE, _USUAL * len(before))
    return _fitted(usual) if enough and len(usual) < len(before) else model


def _residuals(model: Baseline, some: Sequence[Observed]) -> list[float]:
    rows = design([one.day for one in some], [one.control for one in some], model.control)
    return [one.cost - float(row @ model.coefficients) for one, row in zip(some, rows, strict=True)]


def _fitted(before: Sequence[Observed]) -> Baseline:
    import numpy as np  # noqa: PLC0415  heavy, and only needed where something is verified

    costs = np.asarray([one.cost for one in before])
    known = [one.control for one in before if one.control is not None]
    center = sum(known) / len(known) if len(known) == len(before) and sum(known) > 0 else None
    rows = design([one.day for one in before], [one.control for one in before], center)
    level = float(costs.mean())
    proportional = max(level, 0.0) / center if center else 0.0
    fitted, noise = np.zeros(rows.shape[1]), 0.0
    prior = np.zeros(rows.shape[1])
    prior[-1] = proportional / 2
    floor = _NOISE * abs(level) + 1e-9
    spread = np.concatenate([[1e12], np.full(_WEEK, _WEEKDAY_SPREAD * abs(level) + floor)])
    # Neither end is more than one deviation away.
    spread = np.concatenate([spread, [proportional / 2 + 1e-12]]) if center else spread
    prior = prior if center else np.zeros(_WEEK + 1)
    noise = max(float(costs.std(ddof=1)), floor)
    inverse: Floats = np.eye(len(spread))
    for _ in range(4):  # the noise is learnt along with what it weighs
        precision = np.diag((noise / spread) ** 2)
        inverse = np.asarray(np.linalg.inv(rows.T @ rows + precision), dtype=np.float64)
        fitted = inverse @ (rows.T @ costs + precision @ prior)
        used = float(np.trace(inverse @ rows.T @ rows))
        left = costs - rows @ fitted
        noise = max(math.sqrt(float(left @ left) / max(len(before) - used, 1.0)), floor)
    inflation = _inflation(costs - rows @ fitted)
    return Baseline(fitted, noise**2 * inflation * inverse, noise, inflation, len(before), center, proportional)


def avoided(model: Baseline, after: Sequence[Observed]) -> Avoided:
    """How far the days after stayed below what they would have cost.

    Doubt counts against the saving: where the control shrank, the slope is at least that of proportion, so that a
    scope that shrank along with everything else saved nothing. No scope shrinks because its control grows.
    """
    import numpy as np  # noqa: PLC0415  as above

    rows = design([one.day for one in after], [one.control for one in after], model.control)
    costs = np.asarray([one.cost for one in after])
    coefficients = model.coefficients.copy()
    if model.control is not None:
        shrank = float(rows[:, -1].mean()) < 0.0
        coefficients[-1] = max(coefficients[-1], model.proportional if shrank else 0.0)
    each = rows @ coefficients - costs
    mean, margin = float(each.mean()), _margin(model, rows)
    low = mean - margin
    flat = rows.copy()
    flat[:, _WEEK + 1 :] = 0.0
    still = float((flat @ coefficients - costs).mean())
    if model.control is not None and float(rows[:, -1].mean()) > 0.0:
        # Nothing shrinks because the control grows: at worst the scope does not follow it at all.
        low = max(low, still - _margin(model, flat))
    return Avoided(tuple(float(one) for one in each), mean, min(low, mean), mean + margin, still)


def _margin(model: Baseline, rows: Floats) -> float:
    """Half the interval of the mean of some days: what is not known of the model, and the days' own noise."""
    place = rows.mean(axis=0)
    variance = float(place @ model.covariance @ place) + model.noise**2 * model.inflation / len(rows)
    return quantile(model.days - 2) * math.sqrt(variance)


def smoothed(controls: Sequence[float]) -> list[float]:
    """Means over the seven days around each (the nearest seven at the ends), for a control without noise and weekdays.

    Noise in the control would make the slope too small (regression dilution).
    """
    sums = [0.0]
    for one in controls:
        sums.append(sums[-1] + one)
    width = min(_WEEK, len(controls))
    starts = (min(max(place - width // 2, 0), len(controls) - width) for place in range(len(controls)))
    return [(sums[start + width] - sums[start]) / width for start in starts]


def bounded(found: Avoided, expected: float) -> Avoided:
    """Growth makes up for what it hid of a saving, but is no saving of its own.

    What is due to the control alone is credited up to what was expected, or up to what is sure of it, and no further.
    """
    excess = found.mean - max(found.still, found.low, expected)
    if excess <= 0.0 or found.mean <= found.still:
        return found
    days = tuple(one - excess for one in found.days)
    return replace(found, days=days, mean=found.mean - excess, high=found.high, low=min(found.low, found.mean - excess))


def design(days: Sequence[date], controls: Sequence[float | None], center: float | None) -> Floats:
    """A row for each day: 1, its weekday as seven zeros and ones, and the control less its mean, where there is one."""
    import numpy as np  # noqa: PLC0415  as above

    rows = np.zeros((len(days), _WEEK + (1 if center is None else 2)))
    rows[:, 0] = 1.0
    rows[np.arange(len(days)), [1 + day.weekday() for day in days]] = 1.0
    if center is not None:
        rows[:, -1] = [0.0 if one is None else one - center for one in controls]
    return rows


def quantile(freedom: int) -> float:
    """Student's t for `CONFIDENCE`, two-sided (Abramowitz & Stegun 26.7.5, three terms)."""
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    free = max(freedom, 2)
    second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * free**2)
    return z + (z**3 + z) / (4 * free) + second


def _inflation(left: Floats) -> float:
    """By how much days that resemble the one before say less: (1 + r) / (1 - r), r the lag-one autocorrelation."""
    total = float(left @ left)
    if total <= 0.0:
        return 1.0
    alike = min(max(float(left[1:] @ left[:-1]) / total, 0.0), 0.9)
    return (1 + alike) / (1 - alike)
