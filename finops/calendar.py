"""Months and quarters of UTC days; ends are exclusive."""

from __future__ import annotations

from datetime import date


def month_of(day: date) -> tuple[date, date]:
    """The month that a day lies in."""
    start = day.replace(day=1)
    return start, next_month(start)


def next_month(day: date) -> date:
    """The first day of the month after."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def month_before(day: date) -> date:
    """The first day of the month before."""
    return date(day.year - (day.month == 1), 12 if day.month == 1 else day.month - 1, 1)


def quarter_of(day: date) -> tuple[date, date]:
    """The calendar quarter that a day lies in."""
    start = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    return start, next_month(next_month(next_month(start)))
