"""What to ask Cost Explorer for, now, and what may wait: pure functions of what is known, the settings and the time."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from collectors.costs.config import Costs
from collectors.costs.views import TOTAL, Grouping
from store.money import CostRead

PRICE = Decimal("0.01")
"""US dollars a page (Cost Explorer's price list, November 2026)."""
INVOICED = 8
"""From this day of a month on, the invoice of the one before is final as a rule: everything is read again."""
AHEAD = 6
"""Days by which spending may run ahead of an even pace towards the cap."""
UNKNOWN_PAGES = 4
"""What a reading is taken to cost of whose size nothing is known."""
TOTAL_NAME = "total"
"""What the total's view is called where the others go by their view: its own is empty."""
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Known:
    """What was read before. `reads` holds the newest reading by view; `changed` (day, when it was last told otherwise).

    `since` is the first day of the total that was ever read. `answered` says when each other question was answered
    last, `until` before when one that failed is not asked again. `spent` are this month's US dollars for Cost Explorer.
    """

    reads: Mapping[str, CostRead] = field(default_factory=dict)
    changed: Sequence[tuple[date, datetime]] = ()
    since: date | None = None
    answered: Mapping[str, datetime] = field(default_factory=dict)
    until: Mapping[str, datetime] = field(default_factory=dict)
    spent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Ask:
    """One reading to make: a view over the days [`start`, `end`). `pages` is what it is expected to cost."""

    grouping: Grouping
    start: date
    end: date
    pages: int
    history: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What to read now; `held` are the views that are due and wait because of the monthly cap."""

    asks: tuple[Ask, ...] = ()
    held: tuple[str, ...] = ()


def total_due(known: Known, settings: Costs, now: datetime) -> Ask | None:
    """The reading of the ungrouped total, once in each slot of `every`, from the first day on that may change."""
    if _waits(known, TOTAL_NAME, now) or not due(_read_at(known, TOTAL.view), now, settings.every):
        return None
    if spendable(known.spent, settings, now, reserve=0) < 1:
        return None
    return _ask(known, settings, TOTAL, window_start(now.date()), now)


def groups_due(known: Known, settings: Costs, grouped: Sequence[Grouping], now: datetime) -> Plan:
    """The grouped views to read: those behind the total, or whole after a month began, as far as the cap allows."""
    if TOTAL.view not in known.reads:
        return Plan()
    asks: list[Ask] = []
    held: list[str] = []
    left = spendable(known.spent, settings, now, reserve=refreshes_left(settings, now))
    for grouping in grouped:
        ask = None if _waits(known, grouping.view, now) else _group_due(known, settings, grouping, now)
        if ask is None:
            continue
        if ask.pages > left:
            held.append(grouping.view)
            continue
        left -= ask.pages
        asks.append(ask)
    return Plan(tuple(asks), tuple(held))


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked beside the views: how often, and how many pages it costs; a free one no cap holds back."""

    name: str
    every: timedelta
    pages: int = 1


def question_due(known: Known, settings: Costs, question: Question, now: datetime) -> bool:
    """Whether a question is to be asked now."""
    if _waits(known, question.name, now) or not due(known.answered.get(question.name), now, question.every):
        return False
    pages = question.pages
    return not pages or spendable(known.spent, settings, now, reserve=refreshes_left(settings, now)) >= pages


def due(last: datetime | None, now: datetime, every: timedelta) -> bool:
    """Whether the slot of `now` is a later one than that of `last`. Slots begin at UTC midnight: no drift."""
    return last is None or (now - _EPOCH) // every > (last - _EPOCH) // every


def window_start(today: date) -> date:
    """The first day that AWS may still tell differently: the first of the previous month."""
    return (today.replace(day=1) - _DAY).replace(day=1)


def history_start(today: date, months: int) -> date:
    """The first day of the first start's reading: `months` calendar months, this one included."""
    count = today.year * 12 + today.month - months
    return date(count // 12, count % 12 + 1, 1)


def spendable(spent: Decimal, settings: Costs, now: datetime, *, reserve: int) -> int:
    """How many pages may be asked for now: an even pace over the month, some days ahead, less what is reserved."""
    if settings.monthly_cap is None:
        return 1_000_000
    days = monthrange(now.year, now.month)[1]
    even = settings.monthly_cap * min(days, now.day + AHEAD) / days
    whole = settings.monthly_cap - PRICE * reserve
    return int((min(even, whole) - spent) / PRICE)


def refreshes_left(settings: Costs, now: datetime) -> int:
    """How many more readings of the total the month will see."""
    days = monthrange(now.year, now.month)[1]
    end = datetime(now.year, now.month, days, tzinfo=UTC) + _DAY
    return max(0, (end - now) // settings.every)


def _group_due(known: Known, settings: Costs, grouping: Grouping, now: datetime) -> Ask | None:
    read = known.reads.get(grouping.view)
    whole = window_start(now.date())
    if read is None:
        return _ask(known, settings, grouping, whole, now)
    every = settings.slow_every if grouping.slow else settings.groups_every
    if not due(read.read_at, now, every):
        return None
    if _month_turned(read.read_at, now):
        return _ask(known, settings, grouping, whole, now)
    behind = [day for day, changed_at in known.changed if changed_at > read.read_at]
    if not read.tied:
        behind.append(read.start)
    if not behind:
        return None
    return _ask(known, settings, grouping, max(whole, min(behind)), now)


def _ask(known: Known, settings: Costs, grouping: Grouping, start: date, now: datetime) -> Ask:
    read = known.reads.get(grouping.view)
    end = now.date() + _DAY
    if read is None:
        begin = min(start, known.since or history_start(now.date(), settings.months))
        return Ask(grouping, begin, end, UNKNOWN_PAGES if grouping.by else 1, history=begin < start)
    share = Decimal((end - start).days) / max(1, (read.end - read.start).days)
    return Ask(grouping, start, end, max(1, int((read.pages * share).to_integral_value(rounding="ROUND_CEILING"))))


def _month_turned(read_at: datetime, now: datetime) -> bool:
    """Whether a month began, or its predecessor's invoice became final, since."""
    marks = (now.date().replace(day=1), now.date().replace(day=INVOICED))
    return any(read_at.date() < mark <= now.date() for mark in marks)


def _read_at(known: Known, view: str) -> datetime | None:
    read = known.reads.get(view)
    return read.read_at if read else None


def _waits(known: Known, name: str, now: datetime) -> bool:
    until = known.until.get(name)
    return until is not None and now < until
