"""Sparklines: a series as a small SVG of a few hundred bytes, whose gaps stay gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

Pair = tuple[int, float]
HEAD_ROOM = 1.3


@dataclass(frozen=True, slots=True)
class Frame:
    """What a small drawing shows: [`start`, `end`) in epoch seconds, a value each `step` seconds, and its pixels."""

    start: int
    end: int
    step: int
    width: int = 112
    height: int = 28


def runs(points: Sequence[Pair], step: int) -> list[list[Pair]]:
    """Cut a series where more than one and a half steps lie between two points, so that nothing is drawn across."""
    cut: list[list[Pair]] = []
    for point in points:
        if cut and point[0] - cut[-1][-1][0] <= step * 1.5:
            cut[-1].append(point)
        else:
            cut.append([point])
    return cut


def bounds(points: Sequence[Pair]) -> tuple[float, float]:
    """The lowest and highest value to draw between: the scale always holds zero, so that a small wobble stays small."""
    low = min(0.0, *(value for _, value in points)) if points else 0.0
    high = max(0.0, *(value for _, value in points)) if points else 1.0
    return (low, high) if high > low else (low, low + 1.0)


def path(points: Sequence[Pair], frame: Frame, peak: float | None = None) -> str:
    """The path of a line in a box of twice the frame's size (so that whole numbers are half pixels).

    A run of one point becomes a dot (a line of no length with round ends). `peak` is the top of the scale where
    several lines share it.
    """
    low, high = bounds(points)
    high = max(high, peak) if peak is not None else high
    wide, tall, inset = frame.width * 2, frame.height * 2, 4
    across = (wide - 2 * inset) / max(frame.end - frame.step - frame.start, frame.step)
    drawn = []
    for run in runs(points, frame.step):
        spots = [
            (
                inset + round((time - frame.start) * across),
                tall - inset - round((value - low) / (high - low) * (tall - 2 * inset)),
            )
            for time, value in run
        ]
        drawn.append(f"M{spots[0][0]} {spots[0][1]}l" + (_moves(spots) or "0 0"))
    return "".join(drawn)


def _moves(spots: Sequence[tuple[int, int]]) -> str:
    # A minus sign separates numbers by itself; sparklines are most of the page's bytes.
    numbers = [number for (a, b), (x, y) in pairwise(spots) for number in (x - a, y - b)]
    return "".join(f"{number}" if number < 0 or not at else f" {number}" for at, number in enumerate(numbers))


def sparkline(points: Sequence[Pair], frame: Frame, label: str) -> Markup:
    """A sparkline with its text alternative; an empty frame of the same size where there are no points."""
    # Head room: a steady line at the very top would look as if it belonged to the row above.
    peak = max((value for _, value in points), default=0.0) * HEAD_ROOM
    line = Markup('<path d="{}"/>').format(path(points, frame, peak)) if points else Markup("")
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>'
    ).format(frame.width * 2, frame.height * 2, frame.width, frame.height, label, line)
