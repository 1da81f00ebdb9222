"""The headline figures on the tiles: their values as written, and their last hours as sparklines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from dashboards.charts.headline import Headline, Place, combine, rate
from dashboards.charts.spark import Pair, sparkline
from dashboards.charts.units import format_value
from dashboards.language import Language
from dashboards.pages.gather import WINDOW, Headlines, Lines

SILENT_AFTER = 1800
"""Seconds without a value after which a tile stops showing the last one as the present."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One headline figure on a tile: its name, its value as written, and its last hours."""

    label: str
    value: str
    spark: Markup


Figures = Mapping[Place, tuple[Figure, ...]]


def figures_of(chosen: Headlines, lines: Lines, language: Language) -> Figures:
    """Every headline figure in the reader's language."""
    return {place: tuple(_figure(each, lines, language) for each in found) for place, found in chosen.items()}


def _figure(headline: Headline, lines: Lines, language: Language) -> Figure:
    title = headline.facts.title_in(language.code)
    label = f"{title} {headline.stat}" if headline.stat.startswith("p") else title
    if headline.period > WINDOW // 4:
        value = max((lines.latest[each.id] for each in headline.series if each.id in lines.latest), default=None)
        return Figure(label, _written(headline, value[1] if value else None, headline.period), Markup(""))
    step = max(lines.frame.step, headline.period)
    line = whole_buckets(headline, combine(headline, lines.points), lines)
    fresh = bool(line) and lines.frame.end - line[-1][0] <= max(SILENT_AFTER, 2 * headline.period)
    shown = [(time, rate(headline, value, step)[0]) for time, value in line]
    label_of_line = _described(headline, shown, language)
    return Figure(
        label,
        _written(headline, line[-1][1] if fresh else None, step),
        sparkline(shown, replace(lines.frame, step=step), label_of_line),
    )


def whole_buckets(headline: Headline, line: list[Pair], lines: Lines) -> list[Pair]:
    """Without the last buckets that are not yet collected to their end: half a bucket of a total looks like a drop."""
    if not headline.total:
        return line
    collected = min(
        (lines.collected_to[each.id] for each in headline.series if each.id in lines.collected_to), default=0
    )
    step = max(lines.frame.step, headline.period)
    return [(time, value) for time, value in line if not collected or time + step <= collected]


def _written(headline: Headline, value: float | None, step: int) -> str:
    if value is None:
        return format_value(None, "")
    return format_value(*rate(headline, value, step))


def _described(headline: Headline, line: Sequence[Pair], language: Language) -> str:
    if not line:
        return language.text("No values in the last 3 hours")
    _, unit = rate(headline, 0.0, 60)
    values = [value for _, value in line]
    low, high = format_value(min(values), unit), format_value(max(values), unit)
    return language.text("Last 3 hours: %(low)s to %(high)s", low=low, high=high)
