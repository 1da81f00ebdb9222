"""The ledger's entries of shutdowns: one for each environment and UTC day that something was stopped on. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from finops.ledger import words
from finops.ledger.baseline import Observed, avoided, fit
from finops.ledger.stops import StoppedDay
from finops.ledger.treated import Billed, Scope, control_keys, series
from store.messages import Sentence, joined
from store.money import LedgerEntry, View

KIND = "shutdown"
NEAREST = 56
"""Days without a stop that a day is held against: the last ones before it."""
AS_OLD = timedelta(days=190)
"""Days without a stop that are older say nothing of what it would cost now."""
_EXACT = Decimal("0.0000000001")


@dataclass(frozen=True, slots=True)
class _Checked:
    """What the bill says of a stopped service on a day; `saved` None: nothing yet."""

    saved: Decimal | None
    note: Sentence


def entries(stopped: Sequence[StoppedDay], known: Billed, now: datetime) -> list[LedgerEntry]:
    """What each environment's stops were to save, and what the bill bears out. `known`: the view of environments.

    An entry's bill is known when that of each of its services is.
    """
    by_service: dict[tuple[str, str], list[StoppedDay]] = defaultdict(list)
    by_day: dict[tuple[str, date], list[StoppedDay]] = defaultdict(list)
    for one in stopped:
        by_service[one.environment, one.service].append(one)
        by_day[one.environment, one.day].append(one)
    checked = {key: _check(key, some, known, by_service) for key, some in by_service.items()}
    return [_entry(day, some, checked, now) for (_, day), some in sorted(by_day.items())]


def _check(
    key: tuple[str, str],
    some: Sequence[StoppedDay],
    known: Billed,
    everything: Mapping[tuple[str, str], Sequence[StoppedDay]],
) -> dict[date, _Checked]:
    scope = Scope(View.ENVIRONMENT, key)
    stops = {one.day for one in some}
    control = control_keys(scope, known, [Scope(View.ENVIRONMENT, each) for each in everything])
    every = series(scope, known, control, {})
    calm = sorted(known.final - stops)
    return {day: _one_day(day, every, calm, some[0].currency) for day in sorted(stops)}


def _one_day(day: date, every: Mapping[date, Observed], calm: Sequence[date], currency: str) -> _Checked:
    if day not in every:
        return _Checked(None, words.not_final())
    before = [one for one in calm if day - AS_OLD <= one < day][-NEAREST:]
    model = fit([every[one] for one in before])
    if model is None:
        return _Checked(None, words.never_awake())
    observed = every[day]
    found = avoided(model, [observed])
    note = words.against(observed.cost + found.mean, observed.cost, found.low, found.high, currency)
    return _Checked(Decimal(repr(found.mean)).quantize(_EXACT), note)


def _entry(
    day: date,
    some: Sequence[StoppedDay],
    checked: Mapping[tuple[str, str], Mapping[date, _Checked]],
    now: datetime,
) -> LedgerEntry:
    environment, currency = some[0].environment, some[0].currency
    found = {one.service: checked[environment, one.service][day] for one in some}
    saved = [one.saved for one in found.values() if one.saved is not None]
    resources = sorted({name for one in some for name in one.resources})
    unpriced = {name for one in some for name in one.unpriced}
    hours = sum((one.hours for one in some), Decimal(0))
    notes = joined("; ", list(dict.fromkeys(one.note for one in found.values())))
    components = _distinct(one.component for one in some)
    return LedgerEntry(
        id=f"{KIND}:{environment}:{day}:{currency}",
        day=day,
        kind=KIND,
        subject=environment,
        currency=currency,
        expected=sum((one.expected for one in some), Decimal(0)),
        recorded_at=now,
        billed=sum(saved, Decimal(0)) if len(saved) == len(found) else None,
        environment=environment,
        component=components[0] if len(components) == 1 else None,
        basis_note=words.stopped(hours, len(resources), len(unpriced), notes),
        detail=(("hours", str(hours.quantize(Decimal("0.01")))), ("resources", " ".join(resources))),
    )


def _distinct(names: Iterable[str]) -> list[str]:
    return sorted(set(filter(None, names)))
