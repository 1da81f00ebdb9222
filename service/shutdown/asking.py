"""What a person's wish comes to: until when, how many hours beyond the schedule, and what they cost. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from service.shutdown.config import ShutdownSettings
from service.shutdown.desired import Rules, desired
from store.durations import format_duration
from store.messages import Message, Sentence
from store.power import EnvironmentPower, Offer, Override, Power

KEEP, SKIP, START, STOP, HOLD = "keep", "skip", "start", "stop", "hold"
DEEDS = (KEEP, SKIP, START, STOP, HOLD)
USUAL = timedelta(hours=2)
"""How long, where nobody says."""
SHORTEST = timedelta(minutes=5)
_SOON = timedelta(days=14)
_HOUR = timedelta(hours=1)
_CENTS = Decimal("0.01")


class Refused(Exception):
    """What was asked for cannot be done; `sentence` says why, and what can."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(str(sentence))


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: one of `DEEDS`, for a time or until an instant, or as long as it usually is."""

    do: str
    by: str
    length: timedelta | None = None
    until: datetime | None = None
    why: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a wish comes to. `hours` and `price` as in `Offer`; `override` has no id of its own yet."""

    override: Override
    hours: Decimal
    price: Decimal | None
    currency: str


def plan_of(
    wish: Wish, rules: Rules, state: EnvironmentPower | None, settings: ShutdownSettings, now: datetime
) -> Asked:
    """What a wish comes to now. `rules` hold the overrides of the week, for the person's share of it.

    Raises:
        Refused: it may not sleep at all, it is longer than allowed, or nothing would change.
    """
    if rules.protected:
        raise Refused(rules.protected)
    if rules.timetable is None:
        raise Refused(Message("it has no schedule, so it never sleeps: name one in environments"))
    power = Power.STOPPED if wish.do == STOP else Power.RUNNING
    end = _end(wish, rules, settings, now)
    if end <= now:
        raise Refused(Message("that time is over already"))
    name = state.environment if state is not None else ""
    override = Override("", name, power, now, end, wish.by, now, wish.why, wish.do == HOLD, wish.source)
    hours = _hours(rules, now, end, Power.RUNNING if power is Power.STOPPED else Power.STOPPED)
    if wish.do in (KEEP, SKIP) and not hours:
        raise Refused(Message("it runs until then anyway"))
    if power is Power.RUNNING and wish.do != HOLD:
        _hold_to_share(wish, rules, settings, now, hours)
    hourly = state.hourly if state is not None else None
    sign = -1 if power is Power.STOPPED else 1
    price = None if hourly is None else (hourly * hours * sign).quantize(_CENTS)
    currency = state.currency if state is not None else "USD"
    return Asked(replace(override, price=price, currency=currency), hours, price, currency)


def offers_of(rules: Rules, state: EnvironmentPower, settings: ShutdownSettings, now: datetime) -> Iterator[Offer]:
    """What may be asked for now, with its price: to keep it on for two hours or tonight, and to stop or start it."""
    runs = state.desired is Power.RUNNING
    deeds = ((KEEP, USUAL), (SKIP, None), (STOP, None)) if runs else ((START, USUAL), (SKIP, None))
    for do, length in deeds:
        try:
            found = plan_of(Wish(do, "", length), rules, state, settings, now)
        except Refused:
            continue
        seconds = round(length.total_seconds()) if length is not None else None
        yield Offer(do, seconds, found.override.end, found.hours, found.price, found.currency)


def _end(wish: Wish, rules: Rules, settings: ShutdownSettings, now: datetime) -> datetime:
    """Until when a wish holds."""
    if wish.until is not None:
        length = wish.until - now
        if length > timedelta(0):
            _hold_to_length(wish, length, settings)
        return wish.until
    if wish.do == SKIP or (wish.do == STOP and wish.length is None):
        return _of_the_schedule(wish, rules, settings, now)
    length = wish.length or USUAL
    _hold_to_length(wish, length, settings)
    if wish.do == KEEP:
        found = desired(rules, now)
        if found.power is Power.RUNNING and found.until is None:
            raise Refused(Message("nothing is going to stop it"))
        return (found.until if found.power is Power.RUNNING and found.until is not None else now) + length
    if wish.do == START:
        planned = desired(_alone(rules), now)
        if planned.power is Power.RUNNING and planned.until is not None:
            return max(planned.until, now + length)
    return now + length


def _of_the_schedule(wish: Wish, rules: Rules, settings: ShutdownSettings, now: datetime) -> datetime:
    """The next start of the schedule: after the next stop for who stays tonight, at most the longest wish later."""
    alone = _alone(rules)
    found = desired(alone, now)
    stop = found.until if found.power is Power.RUNNING else now
    if stop is None:
        if wish.do == STOP:
            raise Refused(Message("its schedule never starts it again: say for how long"))
        raise Refused(Message("nothing is going to stop it"))
    start = desired(alone, stop).until
    if wish.do == SKIP:
        latest = stop + settings.longest
        return min(start, latest) if start is not None else latest
    if start is None or start > now + _SOON:
        raise Refused(Message("its schedule does not start it soon: say for how long"))
    return start


def _hold_to_length(wish: Wish, length: timedelta, settings: ShutdownSettings) -> None:
    if length < SHORTEST:
        raise Refused(Message("at least %(least)s", least=format_duration(SHORTEST)))
    most = {HOLD: settings.longest_hold, STOP: _SOON}.get(wish.do, settings.longest)
    if length > most:
        raise Refused(Message("at most %(most)s at a time", most=format_duration(most)))


def _hold_to_share(wish: Wish, rules: Rules, settings: ShutdownSettings, now: datetime, hours: Decimal) -> None:
    """Refuse what goes beyond a person's share of the week."""
    if not wish.by:
        return
    zone = rules.timetable.zone if rules.timetable is not None else UTC
    local = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = (local - timedelta(days=local.weekday())).astimezone(UTC)
    theirs = [one for one in rules.overrides if one.by == wish.by and one.power is Power.RUNNING and not one.hold]
    kept = _merged((max(one.start, monday), one.until) for one in theirs if one.until > monday)
    alone = _alone(rules)
    used = sum((_hours(alone, start, end, Power.STOPPED) for start, end in kept), Decimal(0))
    share = Decimal(round(settings.per_person.total_seconds())) / 3600
    if used + hours > share:
        said = Message(
            "%(who)s has kept it on for %(used)s h this week, and %(most)s h are what shutdown.per_person allows",
            who=wish.by,
            used=f"{used:.1f}",
            most=f"{share:.0f}",
        )
        raise Refused(said)


def _merged(spans: Iterable[tuple[datetime, datetime]]) -> Sequence[tuple[datetime, datetime]]:
    """Spans with those that overlap made one, so that no hour counts twice."""
    found: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def _alone(rules: Rules) -> Rules:
    """The schedule without what people asked for."""
    return replace(rules, overrides=())


def _hours(rules: Rules, start: datetime, end: datetime, power: Power) -> Decimal:
    """The hours within [start, end) in which the rules want it so."""
    total, at = timedelta(0), start
    while at < end:
        found = desired(rules, at)
        until = min(found.until or end, end)
        if found.power is power:
            total += until - at
        at = until
    return Decimal(round(total.total_seconds())) / Decimal(round(_HOUR.total_seconds()))
