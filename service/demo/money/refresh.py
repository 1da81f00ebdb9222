"""When Cost Explorer takes in new data, how far it reaches, and when a month is final."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from service.demo.world.noise import key_of

_REFRESHED_AT = ((2, 17), (10, 17), (18, 17))
"""Hours and minutes of the day, UTC: AWS says at least once a day, and shows up to three times."""
_INVOICE_DAY = 3
_REFUND_DAY = 6
MONTHS_BACK = 13
"""Whole months that Cost Explorer keeps besides the running one."""


def moment(seconds: float) -> datetime:
    """Epoch seconds as a time."""
    return datetime.fromtimestamp(seconds, UTC)


def midnight(day: date) -> int:
    """The first second of a UTC day."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def months_from(day: date, months: int) -> date:
    """The first day of the month that lies so many months from a day's."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def scheduled(now: float) -> float:
    """The last refresh that was due at a time."""
    at = moment(now)
    for days in (0, 1):
        day = at - timedelta(days=days)
        for hour, minute in reversed(_REFRESHED_AT):
            due = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
            if due <= at:
                return due.timestamp()
    raise AssertionError("there is a refresh each day")


def earliest(at: float) -> date:
    """The first day that there is data of."""
    return months_from(moment(at).date(), -MONTHS_BACK)


def final_before(at: float) -> date:
    """The first day that is still estimated: all before were invoiced."""
    today = moment(at).date()
    return months_from(today, 0 if today.day >= _INVOICE_DAY else -1)


def refunded(month: date, at: float) -> bool:
    """Whether the refund of a month has come, some days after its invoice."""
    return midnight(months_from(month, 1).replace(day=_REFUND_DAY)) <= at


def lag_hours(service: str) -> int:
    """How far behind a service's usage comes in: from ten hours to a day."""
    return 10 + key_of("lag", service) % 15
