"""Made-up series for tests and benchmarks: every value is a pure function of number and time, so it can be checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from service.demo.chance import uniform
from service.demo.source import Buckets, MetricId
from service.demo.upstream import DEFAULT_ACCOUNT

_GAP_EVERY = 37
_DAY = 86_400


@dataclass(frozen=True)
class SyntheticSource:
    """`count` metrics `Synthetic/Load {Series=00000…}` at one minute; with `gaps`, each lacks one minute in 37.

    Even numbers are a gauge of one sample; odd ones a distribution of `samples` samples with growing values and weights
    1, 2, 1, 2…, so that percentiles and averages differ.
    """

    count: int
    account: str = DEFAULT_ACCOUNT
    region: str = "ap-northeast-2"
    namespace: str = "Synthetic"
    samples: int = 8
    gaps: bool = False
    ids: dict[MetricId, int] = field(init=False)

    def __post_init__(self) -> None:
        numbered = {self.metric(number): number for number in range(self.count)}
        object.__setattr__(self, "ids", numbered)

    def metric(self, number: int) -> MetricId:
        """The identity of series `number`."""
        return MetricId(self.account, self.region, self.namespace, "Load", (("Series", f"{number:05d}"),))

    def metrics(self, now: float) -> Iterable[MetricId]:  # noqa: ARG002 - they have been there for ever
        """All of them."""
        return self.ids

    def resolution(self, metric: MetricId) -> int:  # noqa: ARG002 - all alike
        """One minute."""
        return 60

    def unit(self, metric: MetricId) -> str:  # noqa: ARG002 - all alike
        """Counts."""
        return "Count"

    def observe(self, metric: MetricId, start: int, end: int, now: float) -> Buckets | None:  # noqa: ARG002 - no state
        """The buckets of one series."""
        number = self.ids.get(metric)
        if number is None:
            return None
        times = np.arange(-(-start // 60) * 60, end, 60, dtype=np.int64)
        if self.gaps:
            times = times[(times // 60 + number) % _GAP_EVERY != 0]
        level = _level(number, times)
        if number % 2 == 0:
            return Buckets.gauge(times, level)
        steps = np.arange(self.samples, dtype=np.float64)
        values = np.round(level[:, None] * (1 + 0.25 * steps[None, :] ** 1.5), 4)
        return Buckets(times, values, np.broadcast_to(1 + steps % 2, values.shape))

    def truth(self, number: int, start: int, end: int) -> dict[int, float]:
        """The minute averages of series `number` in [start, end), by plain arithmetic, one minute at a time."""
        found = self.observe(self.metric(number), start, end, float(end))
        if found is None:
            raise LookupError(f"there is no series {number}: the last is {self.count - 1}")
        rows = zip(found.times.tolist(), found.values.tolist(), found.weights.tolist(), strict=True)
        return {
            at: sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)
            for at, values, weights in rows
        }


def _level(number: int, times: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """A daily wave with noise, rounded to four decimals."""
    wave = np.sin(2 * np.pi * ((times % _DAY) / _DAY + (number % 24) / 24))
    level = 50 + number % 100 + 30 * wave + 10 * uniform(number, times)
    return np.asarray(np.round(level, 4), dtype=np.float64)


def parse_synthetic(spec: str) -> SyntheticSource:
    """The source that `N` or `N,gaps` stands for on the command line. Raises ValueError."""
    number, _, rest = spec.partition(",")
    if not number.isdigit() or rest not in {"", "gaps"}:
        raise ValueError(f"synthetic:{spec} is not understood: write synthetic:200 or synthetic:200,gaps")
    return SyntheticSource(int(number), gaps=rest == "gaps")
