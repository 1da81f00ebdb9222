"""The days of a month as stacked bars: what a browser draws, the still picture without script, and the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import accumulate

from dashboards.language import Language, _
from dashboards.pages.cost.sources import Source
from dashboards.pages.cost.sums import NOTHING, in_cents, tied
from dashboards.pages.cost.words import day, days, money
from store.money import UNTAGGED, DayCost, DayForecast

COLOURS = 6
DAY = timedelta(days=1)
WIDE, TALL = 640, 180
"""Of the still picture, in its own units."""


@dataclass(frozen=True, slots=True)
class Stack:
    """One colour of the bars: its key (None: all others), and its cost on each day (None where it is not known)."""

    key: str | None
    amounts: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """The days [`start`, `start` + count) in one currency. `forecast` holds an entry for each day that is expected."""

    start: date
    count: int
    currency: str
    stacks: Sequence[Stack]
    forecast: Sequence[DayForecast | None]

    @property
    def dates(self) -> list[date]:
        """Each day."""
        return [self.start + number * DAY for number in range(self.count)]

    def total(self, at: int) -> Decimal | None:
        """What a day cost, None if it is not known."""
        known = [stack.amounts[at] for stack in self.stacks if stack.amounts[at] is not None]
        return sum((amount for amount in known if amount is not None), NOTHING) if known else None


def bars_of(
    rows: Sequence[DayCost], source: Source, currency: str, month: tuple[date, date], read: tuple[date, date] | None
) -> Bars:
    """Stack the days of a month: the dearest things, all others, and on top what carries no tag.

    A day that was read and has no row cost nothing.

    `read` are the days that are known; the last of them counts only where it has a row, for costs come a day late.
    """
    start, end = month
    mine = [row for row in rows if row.currency == currency and start <= row.day < end and source.holds(row)]
    count = (end - start).days
    last = max((row.day for row in mine), default=start - DAY)
    known = range(0) if read is None else range(max((read[0] - start).days, 0), min((last - start).days + 1, count))
    sums: dict[str, list[Decimal]] = {}
    for row in mine:
        sums.setdefault(source.key(row), [NOTHING] * count)[(row.day - start).days] += row.amount
    ranked = sorted(sums, key=lambda key: (key == UNTAGGED, -sum(sums[key], NOTHING), key))
    named = [key for key in ranked if key != UNTAGGED or len(ranked) == 1]
    first = named if len(named) < COLOURS else named[: COLOURS - 2]
    stacks = [Stack(key, _known(sums[key], known)) for key in first]
    if named[len(first) :]:
        rest = [sum(amounts, NOTHING) for amounts in zip(*(sums[key] for key in named[len(first) :]), strict=True)]
        stacks.append(Stack(None, _known(rest, known)))
    stacks += [Stack(key, _known(sums[key], known)) for key in ranked if key not in named]
    return Bars(start, count, currency, stacks, [None] * count)


def _known(amounts: Sequence[Decimal], known: range) -> tuple[Decimal | None, ...]:
    return tuple(amount if at in known else None for at, amount in enumerate(amounts))


def expected(bars: Bars, forecast: Sequence[DayForecast]) -> list[DayForecast | None]:
    """The forecast of each day of the chart."""
    found = {one.day: one for one in forecast}
    return [found.get(when) for when in bars.dates]


def stack_name(stack: Stack, named: str, by: str | None) -> str:
    """What the legend calls a colour."""
    if by is None:
        return _("Cost")
    if stack.key is None:
        return _("Others")
    return _("Without this tag") if stack.key == UNTAGGED else named


def colours(bars: Bars) -> list[int]:
    """The number of each colour; the last, a grey, is for what carries no tag."""
    untagged = len(bars.stacks) > 1 and bars.stacks[-1].key == UNTAGGED
    return [COLOURS if untagged and at == len(bars.stacks) - 1 else at + 1 for at in range(len(bars.stacks))]


def payload(bars: Bars) -> dict[str, object]:
    """What a browser draws (`values`) and writes (`shown`, in cents that add up; `sums` and `total` of the month)."""
    cents = [tied([stack.amounts[at] or NOTHING for stack in bars.stacks], bars.currency) for at in range(bars.count)]
    sums = [sum((amount or NOTHING for amount in stack.amounts), NOTHING) for stack in bars.stacks]
    return {
        "start": int(datetime.combine(bars.start, time(), UTC).timestamp()),
        "count": bars.count,
        "currency": bars.currency,
        "values": [[_short(amount) for amount in stack.amounts] for stack in bars.stacks],
        "shown": [[float(day[at]) for day in cents] for at in range(len(bars.stacks))],
        "sums": [float(amount) for amount in tied(sums, bars.currency)],
        "total": float(in_cents(sum(sums, NOTHING), bars.currency)),
        "forecast": [one and [_short(one.amount), _short(one.low), _short(one.high)] for one in bars.forecast],
    }


def _short(amount: Decimal | None) -> float | None:
    return None if amount is None else round(float(amount), 4)


def still(bars: Bars) -> list[str]:
    """Paths of the bars, one for each colour: vertical strokes from the sum below to the sum with it."""
    totals = [[float(stack.amounts[at] or 0) for stack in bars.stacks] for at in range(bars.count)]
    top = max((sum(amount for amount in each if amount > 0) for each in totals), default=0.0) or 1.0
    low = min((sum(amount for amount in each if amount < 0) for each in totals), default=0.0)
    across, up = WIDE / max(bars.count, 1), (TALL - 8) / (top - low)
    zero = TALL - 4 + low * up
    paths = [""] * len(bars.stacks)
    for at, amounts in enumerate(totals):
        for sign in (1, -1):
            one_way = [amount if amount * sign > 0 else 0.0 for amount in amounts]
            for number, (upper, amount) in enumerate(zip(accumulate(one_way), one_way, strict=True)):
                if amount:
                    x = across * (at + 0.5)
                    paths[number] += f"M{x:.1f} {zero - (upper - amount) * up:.1f}V{zero - upper * up:.1f}"
    return paths


def caption(bars: Bars, language: Language, complete: date) -> str:
    """A sentence that says what the eye would see: the usual day, the dearest one, and what is not complete."""
    known = [(bars.total(at), when) for at, when in enumerate(bars.dates)]
    whole = [(total, when) for total, when in known if total is not None and when < complete]
    if not whole:
        return _("No complete day is known yet.")
    most, when = max(whole)
    usual = sorted(total for total, _when in whole)[len(whole) // 2]
    said = [
        _(
            "Half of the days cost %(usual)s or more; the dearest was %(day)s with %(most)s.",
            usual=money(language, usual, bars.currency),
            day=day(language, when),
            most=money(language, most, bars.currency),
        )
    ]
    filling = [when for total, when in known if total is not None and when >= complete]
    if filling:
        said.append(_("%(days)s: still filling up.", days=days(language, filling[0], filling[-1] + DAY)))
    return " ".join(said)
