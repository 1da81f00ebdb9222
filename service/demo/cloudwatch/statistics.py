"""Turns samples into the statistics that CloudWatch offers, for any period, without a Python loop over the points.

Definitions: CloudWatch user guide, "CloudWatch statistics definitions". A percentile is the smallest sample whose
cumulated weight reaches that share of the bucket's weight; trimmed statistics count a sample by its share inside the
bounds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from service.demo.source import Buckets

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
SIMPLE = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_SHORT = re.compile(r"(p|tm|tc|ts|wm)(\d{1,2}(?:\.\d{0,10})?|100)", re.IGNORECASE)
_RANGE = re.compile(r"(PR|TM|TC|TS|WM)\(([\d.]*)(%?):([\d.]*)(%?)\)", re.IGNORECASE)
_EPSILON = 1e-12


@dataclass(frozen=True, slots=True)
class Statistic:
    """A parsed statistic: `kind` is one of SIMPLE or p, pr, tm, tc, ts, wm; bounds are shares (0 to 1) or values."""

    kind: str
    low: float = 0.0
    high: float = 1.0
    by_value: bool = False

    @property
    def needs_samples(self) -> bool:
        """Whether the sum, count, minimum and maximum are not enough to reckon it."""
        return self.kind not in SIMPLE


@lru_cache(maxsize=1024)
def parse_statistic(text: str) -> Statistic | None:
    """The statistic that a text means; None where it means none."""
    if text in SIMPLE:
        return Statistic(text)
    if text.upper() == "IQM":
        return Statistic("tm", 0.25, 0.75)
    short = _SHORT.fullmatch(text)
    if short:
        return Statistic(short[1].lower(), 0.0, float(short[2]) / 100)
    ranged = _RANGE.fullmatch(text)
    if ranged is None or not (ranged[2] or ranged[4]):
        return None
    kind, share = ranged[1].lower(), bool(ranged[3] or ranged[5])
    if kind == "pr" and share:
        return None
    low = float(ranged[2]) if ranged[2] else (0.0 if share else -np.inf)
    high = float(ranged[4]) if ranged[4] else (100.0 if share else np.inf)
    return Statistic(kind, low / 100, high / 100) if share else Statistic(kind, low, high, by_value=True)


def aggregate(found: Buckets, statistic: Statistic, period: int) -> tuple[Ints, Floats]:
    """The statistic for each clock-aligned period that has a sample: starts (ascending) and values."""
    seen = np.isfinite(found.values) & (found.weights > 0)
    rows = seen.any(axis=1)
    if not rows.all():
        found = Buckets(found.times[rows], found.values[rows], found.weights[rows])
        seen = seen[rows]
    if not len(found.times):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64)
    starts = found.times // period * period
    firsts = _group_starts(starts)
    if statistic.kind in SIMPLE:
        return starts[firsts], _simple(found, seen, firsts, statistic.kind)
    if statistic.kind == "p" and len(firsts) == len(starts):
        return starts, _row_percentiles(found, seen, statistic.high)
    return starts[firsts], _sampled(found, seen, firsts, statistic)


def _group_starts(keys: Ints) -> Ints:
    """Where each run of equal keys starts."""
    return np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))


def _simple(found: Buckets, seen: npt.NDArray[np.bool_], firsts: Ints, kind: str) -> Floats:
    """SampleCount, Sum, Average, Minimum and Maximum."""
    alone = len(firsts) == len(found.times)
    if alone and found.values.shape[1] == 1 and kind in {"Average", "Minimum", "Maximum"}:
        return found.values[:, 0]
    if kind in {"Minimum", "Maximum"}:
        least = kind == "Minimum"
        filled = np.where(seen, found.values, np.inf if least else -np.inf)
        fold = np.minimum if least else np.maximum
        rows = fold.reduce(filled, axis=1)
        return np.asarray(rows if alone else fold.reduceat(rows, firsts), dtype=np.float64)
    weights = np.where(seen, found.weights, 0.0)
    count = weights.sum(axis=1)
    total = (np.where(seen, found.values, 0.0) * weights).sum(axis=1)
    if not alone:
        count, total = np.add.reduceat(count, firsts), np.add.reduceat(total, firsts)
    if kind == "Average":
        return np.asarray(total / count, dtype=np.float64)
    return np.asarray(count if kind == "SampleCount" else total, dtype=np.float64)


def _row_percentiles(found: Buckets, seen: npt.NDArray[np.bool_], share: float) -> Floats:
    """The percentile of each bucket by itself: the common case, in which no bucket shares its period."""
    order = np.argsort(np.where(seen, found.values, np.inf), axis=1, kind="stable")
    values = np.take_along_axis(found.values, order, axis=1)
    until = np.cumsum(np.take_along_axis(np.where(seen, found.weights, 0.0), order, axis=1), axis=1)
    total = until[:, -1:]
    place = (until < total * (share - _EPSILON)).sum(axis=1)
    last = seen.sum(axis=1) - 1
    return np.asarray(values[np.arange(len(values)), np.minimum(place, last)], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Samples:
    """All samples in one row, sorted by period and value; `first` is each period's first sample, `after` its end."""

    values: Floats
    weights: Floats
    until: Floats
    first: Ints
    after: Ints
    before: Floats
    total: Floats
    group: Ints

    def quantile(self, share: float) -> Floats:
        """The percentile of each period."""
        wanted = self.before + share * self.total
        place = np.searchsorted(self.until, wanted - _EPSILON * (1 + self.until[-1]), side="left")
        return np.asarray(self.values[np.clip(place, self.first, self.after - 1)], dtype=np.float64)

    def inside(self, low: float, high: float) -> Floats:
        """How much weight of each sample lies between two shares of its period's weight."""
        bottom = (self.before + low * self.total)[self.group]
        top = (self.before + high * self.total)[self.group]
        overlap = np.minimum(self.until, top) - np.maximum(self.until - self.weights, bottom)
        return np.where(overlap > _EPSILON, overlap, 0.0)

    def sums(self, per_sample: Floats) -> Floats:
        """Sum up a number per sample for each period."""
        return np.asarray(np.add.reduceat(per_sample, self.first), dtype=np.float64)


def _sorted_samples(found: Buckets, seen: npt.NDArray[np.bool_], firsts: Ints) -> _Samples:
    """Lay the samples out for percentiles."""
    lengths = np.diff(np.append(firsts, len(found.times)))
    group = np.repeat(np.repeat(np.arange(len(firsts)), lengths), seen.shape[1]).reshape(seen.shape)[seen]
    values, weights = found.values[seen], found.weights[seen]
    order = np.lexsort((values, group))
    values, weights, group = values[order], weights[order], group[order]
    first = _group_starts(group)
    after = np.append(first[1:], len(group))
    until = np.cumsum(weights)
    before = until[first] - weights[first]
    return _Samples(values, weights, until, first, after, before, until[after - 1] - before, group)


def _sampled(found: Buckets, seen: npt.NDArray[np.bool_], firsts: Ints, statistic: Statistic) -> Floats:
    """Percentiles, percentile ranks, and trimmed or winsorized statistics."""
    samples = _sorted_samples(found, seen, firsts)
    if statistic.kind == "p":
        return samples.quantile(statistic.high)
    if statistic.by_value:
        within = (samples.values > statistic.low) & (samples.values <= statistic.high)
        weights = np.where(within, samples.weights, 0.0)
    else:
        weights = samples.inside(statistic.low, statistic.high)
    reckon: dict[str, Callable[[], Floats]] = {
        "pr": lambda: 100 * samples.sums(weights) / samples.total,
        "tc": lambda: samples.sums(weights),
        "ts": lambda: samples.sums(weights * samples.values),
        "tm": lambda: _ratio(samples.sums(weights * samples.values), samples.sums(weights)),
        "wm": lambda: _winsorized(samples, statistic),
    }
    return reckon[statistic.kind]()


def _ratio(above: Floats, below: Floats) -> Floats:
    """A quotient; NaN where nothing was left to divide by."""
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)


def _winsorized(samples: _Samples, statistic: Statistic) -> Floats:
    """The mean with what lies outside the bounds moved onto them."""
    low: Floats | float = statistic.low
    high: Floats | float = statistic.high
    if not statistic.by_value:
        low, high = samples.quantile(statistic.low)[samples.group], samples.quantile(statistic.high)[samples.group]
    moved = np.clip(samples.values, low, high)
    return samples.sums(moved * samples.weights) / samples.total
