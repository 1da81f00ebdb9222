"""Which few figures stand for a component, and how several series of one metric become one figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboards.charts.spark import Pair
from dashboards.charts.units import kind_of
from dashboards.site import MetricFacts
from store.vocabulary import Series

PER_COMPONENT = 3
_STATS = ("p95", "p99", "p90", "p50", "Average", "Sum", "Maximum", "Minimum", "SampleCount")
_TOTALS = frozenset({"Sum", "SampleCount"})

Place = tuple[str | None, str | None]
"""An (environment, component)."""


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure of a component: what it is called, and the series (one for each resource) behind it."""

    facts: MetricFacts
    stat: str
    series: tuple[Series, ...]

    @property
    def total(self) -> bool:
        """Whether its values count something up, so that they add over time and over resources."""
        return self.stat in _TOTALS

    @property
    def period(self) -> int:
        """The coarsest step of its series, in seconds."""
        return max(each.period for each in self.series)


def headlines(
    series: Iterable[Series], facts_of: Callable[[Series], MetricFacts], order: Sequence[tuple[str, str]]
) -> dict[Place, list[Headline]]:
    """Choose at most three figures for each component: by kind of resource, in it by the catalogue's rank.

    A metric that the catalogue calls a headline counts; where a component has none, its first metrics do. Of several
    statistics the one that users feel is taken (p95 before the average), of several dimension sets the broadest. A
    balancer's requests, errors and latency stand together before what its instances say.
    """
    ranks = {metric: at for at, metric in enumerate(order)}
    grouped: dict[Place, dict[tuple[str, str], list[Series]]] = defaultdict(lambda: defaultdict(list))
    for each in series:
        if each.component and not each.closed_at:
            grouped[each.environment, each.component][each.key.namespace, each.key.metric].append(each)
    chosen = {}
    for place, metrics in grouped.items():
        figures = [_headline(group, facts_of) for group in metrics.values()]
        chosen[place] = _in_order([each for each in figures if each.facts.headline] or figures, ranks)[:PER_COMPONENT]
    return chosen


def _in_order(figures: Sequence[Headline], ranks: Mapping[tuple[str, str], int]) -> list[Headline]:
    def at(figure: Headline) -> int:
        return ranks.get(_metric(figure), len(ranks))

    kinds: dict[str, int] = {}
    for figure in figures:
        kinds[_kind(figure)] = min(kinds.get(_kind(figure), len(ranks)), at(figure))
    return sorted(
        figures, key=lambda figure: (kinds[_kind(figure)], figure.facts.headline, at(figure), _metric(figure))
    )


def _kind(headline: Headline) -> str:
    """What tells the kind of resource behind a figure: one of its resources, which all its figures share.

    Not the namespace: metric math over a balancer's metrics has none of the balancer's.
    """
    return min(each.resource_id or each.key.namespace for each in headline.series)


def _metric(headline: Headline) -> tuple[str, str]:
    key = headline.series[0].key
    return key.namespace, key.metric


def _headline(group: list[Series], facts_of: Callable[[Series], MetricFacts]) -> Headline:
    stat = min({each.key.stat for each in group}, key=lambda name: (_STATS.index(name) if name in _STATS else 99, name))
    of_stat = [each for each in group if each.key.stat == stat]
    broadest = min(len(each.key.dimensions) for each in of_stat)
    kept = tuple(sorted((each for each in of_stat if len(each.key.dimensions) == broadest), key=lambda each: each.id))
    return Headline(facts_of(kept[0]), stat, kept)


def combine(headline: Headline, points: Mapping[str, Sequence[Pair]]) -> list[Pair]:
    """One line from the series of a headline: totals add; of levels the worst, else the mean."""
    buckets: dict[int, list[float]] = defaultdict(list)
    for each in headline.series:
        for time, value in points.get(each.id, ()):
            buckets[time].append(value)
    if headline.total:
        merge: Callable[[list[float]], float] = sum
    elif headline.facts.higher_is_worse is None:
        merge = _mean
    else:
        merge = max if headline.facts.higher_is_worse else min
    return [(time, merge(values)) for time, values in sorted(buckets.items())]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def rate(headline: Headline, value: float, step: int) -> tuple[float, str]:
    """A bucket's value as it is written on a tile, with its unit: totals become a rate that no step can change."""
    unit = headline.facts.unit or headline.series[0].unit
    if not headline.total or step <= 0:
        return value, unit
    if kind_of(unit) == "bytes":
        return value / step, "bytes/s"
    return value * 60 / step, "count/min"
