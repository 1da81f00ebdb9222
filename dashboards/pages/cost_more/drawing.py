"""Small drawings of money: a line over days, and a bar of a variance's parts. Numbers stand beside each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from markupsafe import Markup

from dashboards.charts.spark import Frame, bounds, path

DAY = 86400
WIDE, TALL = 160, 16
"""Of a bar, in its own units."""


@dataclass(frozen=True, slots=True)
class DayLine:
    """A line over days: its path in a box of 320 by 90, and the amounts at top and bottom of the box."""

    path: str
    low: Decimal
    high: Decimal
    first: date
    last: date


def day_line(values: Sequence[tuple[date, Decimal | None]]) -> DayLine | None:
    """The line of some days, in their order; a day without a value is a gap. None where no day has one."""
    known = [(_second(day), float(value)) for day, value in values if value is not None]
    if not known:
        return None
    first, last = values[0][0], values[-1][0]
    frame = Frame(_second(first), _second(last + timedelta(days=1)), DAY, width=320, height=90)
    low, high = bounds(known)
    return DayLine(path(known, frame), Decimal(str(low)), Decimal(str(high)), first, last)


def _second(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


def variance_scale(rows: Sequence[Sequence[Decimal]]) -> Decimal:
    """The largest sum of what is more, or of what is less, over rows of parts: all bars share it."""
    sides = [sum((part for part in row if part * sign > 0), Decimal(0)) * sign for row in rows for sign in (1, -1)]
    return max(sides, default=Decimal(0))


def variance_bar(parts: Sequence[Decimal], scale: Decimal, label: str) -> Markup:
    """Parts of a variance as a bar: what is more to the right of the middle, what is less to its left."""
    if not scale:
        return Markup("")
    middle, spots = WIDE / 2, []
    right = left = middle
    for number, part in enumerate(parts, start=1):
        width = float(abs(part) / scale) * (middle - 1)
        if width < 0.2:  # noqa: PLR2004  less than a quarter of a pixel is none
            continue
        start = right if part > 0 else left - width
        right, left = (right + width, left) if part > 0 else (right, left - width)
        spots.append(
            Markup('<rect class="part-{}" x="{:.1f}" y="2" width="{:.1f}" height="12"/>').format(number, start, width)
        )
    return Markup(
        '<svg class="variance" viewBox="0 0 {w} {t}" width="{w}" height="{t}" role="img" aria-label="{l}">'
        '{b}<path d="M{m} 0v{t}"/></svg>'
    ).format(w=WIDE, t=TALL, l=label, b=Markup("").join(spots), m=WIDE // 2)
