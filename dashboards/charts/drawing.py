"""A chart with its values: what is fetched for the canvas, told in a sentence, and shown as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboards.charts.grouping import Chart
from dashboards.charts.spark import Pair
from dashboards.charts.units import format_value
from dashboards.charts.window import Window
from store.messages import Message
from store.vocabulary import Gap

TOTALS = frozenset({"Sum", "SampleCount"})
_DIGITS = 6
SPARSE = 3
"""Values in a window below which they make no line."""
SHOWN_WHERE_SPARSE = 14
"""Values drawn then: two weeks of what AWS measures once a day, such as the size of a bucket."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart over a window: one value (or None) per line for each `step` seconds from `start`."""

    chart: Chart
    start: int
    step: int
    values: tuple[tuple[float | None, ...], ...]
    gaps: tuple[Gap, ...]
    span: tuple[int, int] | None = None
    """What a sparse chart shows instead of the window, as [from, to); None where it shows the window."""

    @property
    def times(self) -> range:
        """The start of each bucket, in epoch seconds."""
        return range(
            self.start, self.start + self.step * max((len(line) for line in self.values), default=0), self.step
        )

    @property
    def empty(self) -> bool:
        """Whether no line has a value."""
        return all(value is None for line in self.values for value in line)


def window_for(step: int, window: Window) -> Window:
    """The window itself, or a longer one with the same end for values that are too sparse to draw a line in it."""
    if (window.end - window.start) // step >= SPARSE:
        return window
    end = -(-window.end // step) * step
    return Window(end - SHOWN_WHERE_SPARSE * step, end, step, window.range)


def step_of(chart: Chart, window: Window) -> int:
    """How finely a chart can be drawn: no finer than its coarsest series."""
    return max([window.step, *(line.series.period for line in chart.lines)])


def draw(
    chart: Chart,
    window: Window,
    points: Mapping[str, Sequence[Pair]],
    gaps: Sequence[Gap],
    collected_to: Mapping[str, int],
) -> Drawn:
    """Put the points of each line on the chart's grid.

    A total whose bucket is not yet collected to its end is left out: half a bucket looks like a drop.
    """
    step = step_of(chart, window)
    shown = window_for(step, window)
    span = None if shown is window else (shown.start, shown.end)
    window = shown
    start = window.start // step * step
    count = max(-(-(window.end - start) // step), 1)
    lines = []
    for line in chart.lines:
        found = dict(points.get(line.series.id, ()))
        known_to = collected_to.get(line.series.id, 0) if line.series.key.stat in TOTALS else 0
        times = range(start, start + count * step, step)
        lines.append(tuple(None if known_to and time + step > known_to else found.get(time) for time in times))
    return Drawn(chart, start, step, tuple(lines), merged(gaps, step, window), span)


def merged(gaps: Sequence[Gap], step: int, window: Window) -> tuple[Gap, ...]:
    """Gaps inside the window and at least one step long, those that touch made one."""
    kept: list[Gap] = []
    for gap in sorted(gaps, key=lambda each: (each.start, each.end)):
        start, end = max(gap.start, window.start), min(gap.end, window.end)
        if kept and start <= kept[-1].end + step:
            kept[-1] = Gap(kept[-1].start, max(kept[-1].end, end), kept[-1].reason or gap.reason)
        elif end > start:
            kept.append(Gap(start, end, gap.reason))
    return tuple(gap for gap in kept if gap.end - gap.start >= step)


def compact(drawn: Drawn) -> dict[str, object]:
    """What a browser is sent: the grid by its start and step, values to six digits, gaps as [from, to, reason]."""
    span = {"from": drawn.span[0], "to": drawn.span[1]} if drawn.span else {}
    return {
        **span,
        "key": drawn.chart.key,
        "start": drawn.start,
        "step": drawn.step,
        "values": [[None if value is None else _short(value) for value in line] for line in drawn.values],
        "gaps": [[gap.start, gap.end, gap.reason] for gap in drawn.gaps],
    }


def _short(value: float) -> float | int:
    rounded = float(f"{value:.{_DIGITS}g}")
    return int(rounded) if rounded.is_integer() else rounded


def caption(drawn: Drawn, label: str = "") -> Message:
    """A sentence that says what the eye would see of the first line: now, lowest, highest; or that there is nothing."""
    known = [value for value in drawn.values[0] if value is not None] if drawn.values else []
    if not known:
        return Message("No values in this range.")
    unit = drawn.chart.unit
    words = (
        "%(line)s: now %(now)s; between %(low)s and %(high)s."
        if label
        else "Now %(now)s; between %(low)s and %(high)s."
    )
    return Message(
        words,
        line=label,
        now=format_value(known[-1], unit),
        low=format_value(min(known), unit),
        high=format_value(max(known), unit),
    )
