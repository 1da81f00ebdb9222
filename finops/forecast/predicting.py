"""The total of a period to come, with an interval from how wrong the same forecast was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from math import ceil, sqrt
from statistics import median

from finops.forecast.profile import WEEK, Model, fit
from finops.series import DAY, Daily
from store.money import DayForecast

REMEMBERED = 512
"""Predictions, of some 40 KB each with a year of days: two for each scope of a stack of 200."""
METHOD = "weekday profile x robust level"
CENT = Decimal("0.01")
COVERAGE = 0.8
ENOUGH = 8
"""Past errors from which an interval is made of them alone."""
ORIGINS = 40
"""Past days from which the same forecast is made again, a few days apart."""
APART = 5
TRAINING = 100
"""Days before a day that a forecast of it looks at: profile, level and three months of fixed charges."""
LEAST = 0.04
"""An interval is at least this share of what is expected to each side, and with no past to learn from half of it."""
FEW = 0.8
"""Forecasts a few days apart overlap: of n past errors, n x APART / length tell something new, and of so few the
quantile lies too close. Student's t over the normal at the 90th percentile is about 1 + 0.8 / n of them."""
UNKNOWN = 0.5
_NORMAL = 1.2816
"""The 90th percentile of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The total of a period: what is known of it plus what is expected, with an 80 % interval.

    `days` are those that are expected. `scored_on` past forecasts of as many days were held against what came; `error`
    is their median absolute error as a share of the total. `baseline` is the seasonal naive forecast.
    """

    spent: Decimal
    total: Decimal
    low: Decimal
    high: Decimal
    method: str
    scored_on: int
    error: Decimal | None
    baseline: Decimal
    days: Sequence[DayForecast]


def predict(known: Daily, as_of: date, start: date, end: date) -> Prediction:
    """The total of [start, end), from nothing but the days before `as_of`.

    A day that is not known is neither zero nor skipped: before `as_of` within the period it is expected as usual. The
    same days give the same answer, which is remembered: costs change once a day, and are looked at far more often.
    """
    before = max(0, (min(known.end, as_of) - known.start).days)
    return _predicted(Daily(known.currency, known.start, known.amounts[:before]), as_of, start, end)


@lru_cache(maxsize=REMEMBERED)
def _predicted(known: Daily, as_of: date, start: date, end: date) -> Prediction:
    seen = [(day, amount) for day, amount in _before(known, as_of) if amount is not None]
    model = _fitted(seen[-TRAINING:])
    given = dict(seen)
    spent = sum((given[day] for day in _days(start, end) if day in given), Decimal(0))
    open_ = [day for day in _days(start, end) if day not in given]
    expected = [model.expect(day) for day in open_]
    errors = _past_errors(seen, as_of, start, end)
    days = _by_day(open_, expected, model)
    low, high = _interval(sum(expected), errors, model, len(open_), len(seen))
    total = _cents(spent + _decimal(sum(expected)))
    naive = sum(_naive(given, as_of, day) for day in open_)
    return Prediction(
        spent=spent,
        total=total,
        low=min(total, _cents(spent + _decimal(sum(expected) + low))),
        high=max(total, _cents(spent + _decimal(sum(expected) + high))),
        method=METHOD if len(seen) >= 2 * WEEK else "level of the days so far",
        scored_on=len(errors),
        error=_error(errors, float(spent), sum(expected)),
        baseline=_cents(spent + _decimal(naive)),
        days=days,
    )


def _fitted(seen: Sequence[tuple[date, Decimal]]) -> Model:
    return fit([day for day, _ in seen], [float(amount) for _, amount in seen])


def _past_errors(seen: Sequence[tuple[date, Decimal]], as_of: date, start: date, end: date) -> list[float]:
    """What came less what was expected, as a share of it, of past forecasts as far ahead and as long as this one."""
    ahead, length = max(0, (start - as_of).days), (end - max(start, as_of)).days
    given = dict(seen)
    first = seen[0][0] + 2 * WEEK * DAY if seen else as_of
    errors: list[float] = []
    for number in range(1, ORIGINS + 1):
        origin = as_of - (ahead + length + (number - 1) * APART) * DAY
        if origin < first or length <= 0:
            break
        days = list(_days(origin + ahead * DAY, origin + (ahead + length) * DAY))
        came = [float(given[day]) for day in days if day in given]
        if len(came) < len(days):
            continue
        place = next(index for index, (day, _) in enumerate(seen) if day >= origin)
        model = _fitted(seen[max(0, place - TRAINING) : place])
        expected = sum(model.expect(day) for day in days)
        if expected > 0:
            errors.append((sum(came) - expected) / expected)
    return errors


def _interval(expected: float, errors: Sequence[float], model: Model, length: int, known: int) -> tuple[float, float]:
    """How far below and above the expected sum the interval reaches (the first is negative or zero).

    With enough past errors, their quantiles with the finite-sample rank of split conformal prediction: of n errors the
    one at the place ceil((n + 1) x 0.9). Else the noise of single days, never less than half of what is expected for an
    account of which two weeks are not known yet.
    """
    if length <= 0:
        return 0.0, 0.0
    least = LEAST * abs(expected)
    if len(errors) >= ENOUGH:
        ordered = sorted(errors)
        place = min(len(ordered), ceil((len(ordered) + 1) * (1 + COVERAGE) / 2))
        wider = 1 + FEW * length / (APART * len(ordered))
        low, high = ordered[len(ordered) - place] * expected * wider, ordered[place - 1] * expected * wider
        return min(low, -least), max(high, least)
    noise = _NORMAL * model.spread * sqrt(length)
    wide = UNKNOWN * abs(expected) if known < 2 * WEEK else 0.2 * abs(expected)
    return -max(noise, wide), max(noise, wide)


def _error(errors: Sequence[float], spent: float, expected: float) -> Decimal | None:
    """The median absolute error as a share of the whole period's total."""
    if not errors:
        return None
    share = expected / (spent + expected) if spent + expected > 0 else 1.0
    return _decimal(median(abs(error) for error in errors) * share).quantize(Decimal("0.0001"))


def _by_day(days: Sequence[date], expected: Sequence[float], model: Model) -> list[DayForecast]:
    noise = _NORMAL * model.spread
    return [
        DayForecast(day, _cents(_decimal(one)), _cents(_decimal(one - noise)), _cents(_decimal(one + noise)))
        for day, one in zip(days, expected, strict=True)
    ]


def _naive(given: dict[date, Decimal], as_of: date, day: date) -> float:
    """The last known amount of the same weekday; the newest one at all where that weekday was never seen."""
    back = day
    while back >= as_of:
        back -= WEEK * DAY
    for _ in range(8):
        if back in given:
            return float(given[back])
        back -= WEEK * DAY
    return float(next(reversed(given.values()), Decimal(0)))


def _before(known: Daily, as_of: date) -> list[tuple[date, Decimal | None]]:
    return [(day, known.at(day)) for day in _days(known.start, min(known.end, as_of))]


def _days(start: date, end: date) -> list[date]:
    return [start + number * DAY for number in range(max(0, (end - start).days))]


def _decimal(amount: float) -> Decimal:
    return Decimal(repr(amount))


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT)
