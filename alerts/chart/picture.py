"""Draws a series around an alert as SVG, and that as PNG: readable at the width of a phone, on a light ground. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import resvg_py

from alerts.chart.axes import Scale, span_of_values, time_ticks, value_ticks
from alerts.chart.figures import exact_text, value_text
from alerts.notice import Voice
from store.messages import Message, Sentence

FONTS = Path(__file__).parent / "fonts"
FAMILY = "Noto Sans CJK KR"
WIDTH, HEIGHT, ZOOM = 800, 360, 2
_LEFT, _RIGHT, _TOP, _BOTTOM = 96, 24, 96, 44
_TITLE, _TEXT, _SMALL = 27, 21, 19
_POINTS, _MARKS = 5000, 4
_MARK_ROW, _MARK_ROOM = 24, 280
_DAY, _GAP = 86_400, 4
_INK, _SOFT, _GRID, _LINE = "#16191f", "#4a5160", "#dfe3ea", "#1f56c4"
_CRITICAL, _CRITICAL_TINT, _MARK_INK = "#a8071a", "#ffe1e3", "#4b2ea6"
_SPACES = re.compile(r"[^\S\u00a0]+")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that explains: a deploy, a shutdown. `time` is epoch seconds."""

    time: int
    label: str


@dataclass(frozen=True, slots=True)
class Pen:
    """How a text is written."""

    size: int
    colour: str
    anchor: str = "start"
    weight: str = "normal"


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn: [`start`, `end`) in epoch seconds, a point each `step` seconds, the limit, and when it fired.

    `firing` are (from, to) spans; `title` says what is measured, `value` how it stands now. With `days`, points are
    amounts of UTC days, drawn as bars. `limit_said` names the limit.
    """

    title: Sentence
    start: int
    end: int
    step: int
    points: Sequence[tuple[int, float]]
    unit: str = ""
    value: float | None = None
    limit: float | None = None
    firing: Sequence[tuple[int, int]] = ()
    marks: Sequence[Mark] = ()
    days: bool = False
    limit_said: Sentence = ""


def to_png(svg: str) -> bytes:
    """The picture at twice its size, for sharp displays. Only the fonts that come with Lamplighter are used."""
    return resvg_py.svg_to_bytes(
        svg_string=svg,
        skip_system_fonts=True,
        font_files=[str(FONTS / name) for name in ("NotoSansKR-Regular.otf", "NotoSansKR-Bold.otf")],
        font_family=FAMILY,
        sans_serif_family=FAMILY,
        zoom=ZOOM,
    )


def to_svg(chart: Chart, voice: Voice) -> str:
    """The picture with its texts in the receiver's language and times in the receiver's zone."""
    points = [(time, value) for time, value in chart.points if math.isfinite(value)][-_POINTS:]
    limit = chart.limit if chart.limit is not None and math.isfinite(chart.limit) else None
    low, high = span_of_values([value for _, value in points], limit)
    low = min(low, 0.0) if chart.days else low
    across = Scale(chart.start, max(chart.end, chart.start + 1), _LEFT, WIDTH - _RIGHT)
    up = Scale(low, high, HEIGHT - _BOTTOM, _TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="{FAMILY}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *_firing(chart, across),
        *_grid(chart, up),
        *_times(chart, voice, across),
        *(_bars(points, limit, across, up) if chart.days else _line(points, chart.step, across, up)),
        *_limit(limit, chart, voice, up),
        *_marks(chart, across),
        *_heading(chart, voice),
        "</svg>",
    ]
    return "".join(parts)


def _heading(chart: Chart, voice: Voice) -> Iterable[str]:
    now = exact_text(chart.value, chart.unit) if chart.value is not None and math.isfinite(chart.value) else ""
    colour = _CRITICAL if chart.firing and chart.firing[-1][1] >= chart.end - 1 else _INK
    room = WIDTH - 40 - width_of(now, _TITLE) - 24
    yield _text(20, 40, shortened(voice.say(chart.title), room, _TITLE), Pen(_TITLE, _INK, weight="bold"))
    yield _text(WIDTH - 20, 40, now, Pen(_TITLE, colour, "end", "bold"))
    if not chart.points:
        nothing = voice.say(Message("No values in this range."))
        yield _text(WIDTH / 2, HEIGHT / 2, nothing, Pen(_TEXT, _SOFT, "middle"))


def _firing(chart: Chart, across: Scale) -> Iterable[str]:
    for begun, over in chart.firing:
        left, right = across.at(max(begun, chart.start)), across.at(min(over, chart.end))
        if right >= left:
            wide = max(right - left, 3)
            yield f'<rect x="{left:.1f}" y="{_TOP}" width="{wide:.1f}" height="{HEIGHT - _TOP - _BOTTOM}" '
            yield f'fill="{_CRITICAL_TINT}"/>'


def _grid(chart: Chart, up: Scale) -> Iterable[str]:
    for value in value_ticks(up.low, up.high):
        y = up.at(value)
        yield f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" stroke="{_GRID}" stroke-width="1.5"/>'
        yield _text(_LEFT - 10, y + _SMALL * 0.36, value_text(value, chart.unit), Pen(_SMALL, _SOFT, "end"))


def _times(chart: Chart, voice: Voice, across: Scale) -> Iterable[str]:
    for time in _days(chart) if chart.days else time_ticks(chart.start, chart.end, voice.zone):
        x = across.at(time + _DAY // 2 if chart.days else time)
        yield f'<path d="M{x:.1f} {HEIGHT - _BOTTOM}v6" stroke="{_SOFT}" stroke-width="1.5"/>'
        when = datetime.fromtimestamp(time, UTC)
        label = f"{when.month}/{when.day}" if chart.days else voice.time(when)
        yield _text(min(max(x, 34), WIDTH - 34), HEIGHT - 14, label, Pen(_SMALL, _SOFT, "middle"))


def _days(chart: Chart) -> Iterable[int]:
    """Each second day, the newest of them told: seven dates have room on a phone."""
    return reversed(range(chart.end - _DAY, chart.start - 1, -2 * _DAY))


def _bars(points: Sequence[tuple[int, float]], limit: float | None, across: Scale, up: Scale) -> Iterable[str]:
    """A bar for each day; what is beyond the limit in another colour."""
    for time, value in points:
        left, right = across.at(time) + _GAP, across.at(time + _DAY) - _GAP
        top, bottom = sorted((up.at(value), up.at(0.0)))
        colour = _CRITICAL if limit is not None and value > limit else _LINE
        size = f'width="{max(right - left, 1):.1f}" height="{max(bottom - top, 1):.1f}"'
        yield f'<rect x="{left:.1f}" y="{top:.1f}" {size} fill="{colour}"/>'


def _line(points: Sequence[tuple[int, float]], step: int, across: Scale, up: Scale) -> Iterable[str]:
    drawn: list[str] = []
    last: int | None = None
    for time, value in points:
        begins = last is None or time - last > step * 1.5
        # A line of no length with round ends is the dot of a point that stands alone.
        drawn.append(f"{'M' if begins else 'L'}{across.at(time):.1f} {up.at(value):.1f}{'h0' if begins else ''}")
        last = time
    if drawn:
        yield f'<path d="{"".join(drawn)}" fill="none" stroke="{_LINE}" stroke-width="3.5" '
        yield 'stroke-linejoin="round" stroke-linecap="round"/>'


def _limit(limit: float | None, chart: Chart, voice: Voice, up: Scale) -> Iterable[str]:
    if limit is None:
        return
    y = up.at(limit)
    dashes = f'stroke="{_CRITICAL}" stroke-width="2.5" stroke-dasharray="9 6"'
    yield f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" {dashes}/>'
    said = voice.say(chart.limit_said or Message("limit %(limit)s", limit=exact_text(limit, chart.unit)))
    above = y - 9 if y - 9 - _SMALL > _TOP else y + _SMALL + 4
    yield _halo(_LEFT + 8, above, said, Pen(_SMALL, _CRITICAL))


def _marks(chart: Chart, across: Scale) -> Iterable[str]:
    """The newest marks with their labels in two rows above the plot, each on the side where there is room."""
    inside = [mark for mark in sorted(chart.marks, key=lambda mark: mark.time) if chart.start <= mark.time <= chart.end]
    dashes, labels = [], []
    for number, mark in enumerate(inside[-_MARKS:]):
        x, y = across.at(mark.time), _TOP - 8 - number % 2 * _MARK_ROW
        label = shortened(mark.label, _MARK_ROOM, _SMALL)
        ends = x + width_of(label, _SMALL) > WIDTH - 16
        style = f'stroke="{_MARK_INK}" stroke-width="2" stroke-dasharray="3 4"'
        dashes.append(f'<path d="M{x:.1f} {y - 14}V{HEIGHT - _BOTTOM}" {style}/>')
        labels.append(_halo(x - 7 if ends else x + 7, y, label, Pen(_SMALL, _MARK_INK, "end" if ends else "start")))
    return [*dashes, *labels]


def _text(x: float, y: float, said: str, pen: Pen, extra: str = "") -> str:
    style = f'font-size="{pen.size}" font-weight="{pen.weight}" text-anchor="{pen.anchor}" fill="{pen.colour}"{extra}'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(_clean(said))}</text>'


def _halo(x: float, y: float, said: str, pen: Pen) -> str:
    """Text that stays readable where it stands on a line."""
    under = ' stroke="#ffffff" stroke-width="6" stroke-linejoin="round"'
    return _text(x, y, said, replace(pen, colour="#ffffff"), under) + _text(x, y, said, pen)


def _clean(said: str) -> str:
    return _NOT_XML.sub("", _SPACES.sub(" ", said)).strip()


def width_of(said: str, size: int) -> float:
    """About how wide a text is, in pixels: an em for what is Korean or wider, less for Latin."""
    return sum(1.0 if character >= "\u1100" else 0.58 for character in said) * size


def shortened(said: str, room: float, size: int) -> str:
    """The beginning of a text that fits into so many pixels."""
    words = _clean(said)[:200]
    if width_of(words, size) <= room:
        return words
    while words and width_of(words + "…", size) > room:
        words = words[:-1]
    return words.rstrip() + "…"
