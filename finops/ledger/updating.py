"""The part of a round that keeps the ledger: stops and accepted savings, each held against the bill anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from finops.ledger import accepted, shutdowns, words
from finops.ledger.accepted import IN_FORCE, SCHEDULE, Ground, Result, by_shutdowns
from finops.ledger.stops import LONGEST, Stop, StopBook, StoppedDay, by_day, observed
from finops.ledger.treated import Billed, billed, scopes_for
from finops.prices.book import load_book
from finops.series import DAY
from store.money import Basis, CostObservation, LedgerEntry, Saving, View

if TYPE_CHECKING:
    from finops.round import Around
    from store import Store

_BOOK = "ledger"
HISTORY = timedelta(days=400)
"""As far back as Cost Explorer has days."""
STOPS_BACK = timedelta(days=100)
"""Days whose stops are worked out anew: until their month is final, and some. Older entries stay as they are."""


def update(around: Around, now: datetime) -> None:
    """Enter what stops and accepted savings were to save, and hold all of it against the days that are final."""
    store, today = around.store, now.date()
    stopped = by_day(_stops(store, now), load_book(), (today - STOPS_BACK, today), now)
    every = store.savings.all()
    savings = [one for one in every if one.state in IN_FORCE and one.rule != SCHEDULE]
    grounds = _grounds(around, savings, stopped, today)
    results = accepted.work_out(savings, grounds, now)
    found = [entry for result in results for entry in result.entries]
    for currency in sorted({one.currency for one in stopped}):
        some = [one for one in stopped if one.currency == currency]
        found += shutdowns.entries(some, grounds[currency].views.get(View.ENVIRONMENT, Billed()), now)
    first = min([one.day for one in found], default=today)
    known = {one.id: one for one in store.ledger.between(min(first, today - HISTORY), today + DAY)}
    found += taken_back(known.values(), every, {one.id for one in found}, now)
    store.ledger.record(changed(found, known.values()))
    slept = {one.id: one for one in [*known.values(), *found] if one.kind == shutdowns.KIND}
    asleep = [by_shutdowns(one, slept.values()) for one in every if one.state in IN_FORCE and one.rule == SCHEDULE]
    for result in [*results, *asleep]:
        _verify(around, result)


def record_stops(store: Store, stops: Sequence[Stop], now: datetime) -> None:
    """Keep stops of a record of one's own, each in place of the one of its resource and start.

    The next `update` enters them. They go before what the health checks saw of the same resource, and may overlap it.
    """
    known = store.reports.get(StopBook, _BOOK) or StopBook()
    kept = {(one.resource_id, one.service, one.start): one for one in [*known.stops, *stops]}
    first = _first(now)
    recent = (one for one in kept.values() if one.end is None or one.end > first)
    book = StopBook(tuple(sorted(recent, key=lambda one: (one.start, one.resource_id, one.service))))
    store.reports.put(_BOOK, book, now)


def _stops(store: Store, now: datetime) -> list[Stop]:
    own = store.reports.get(StopBook, _BOOK) or StopBook()
    seen = store.health.transitions(_first(now) - LONGEST, now)
    return [*own.stops, *observed(seen, store.resources.find(include_closed=True), now)]


def _first(now: datetime) -> datetime:
    return datetime.combine(now.date() - STOPS_BACK, time(), UTC)


def _grounds(
    around: Around, savings: Sequence[Saving], stopped: Sequence[StoppedDay], today: date
) -> dict[str, Ground]:
    """The costs of the views that are needed, by currency."""
    wanted = {scope.view for one in savings for scope in scopes_for(one)}
    wanted |= {View.ENVIRONMENT} if stopped else set()
    basis = Basis(around.settings.basis)
    views = {view: _lines(around, view, today) for view in sorted(wanted)}
    currencies = {line.currency for lines in views.values() for line in lines} | {one.currency for one in stopped}
    return {
        currency: Ground(
            {view: billed(lines, currency, basis) for view, lines in views.items()},
            [one for one in stopped if one.currency == currency],
        )
        for currency in currencies
    }


def _lines(around: Around, view: View, today: date) -> Sequence[CostObservation]:
    """All days that the forecast reads, too, so that a round reads them once."""
    span = around.store.costs.span(view.value)
    return around.lines(max(span[0], today - HISTORY), min(span[1], today + DAY), view.value) if span else ()


def taken_back(
    known: Iterable[LedgerEntry], savings: Iterable[Saving], worked_out: set[str], now: datetime
) -> list[LedgerEntry]:
    """Entries of savings that are accepted no more, as nothing: from the decision on, and what was not verified."""
    states = {one.id: one for one in savings}
    found = []
    for entry in known:
        if entry.kind != accepted.KIND or entry.id in worked_out:
            continue
        saving = states.get(dict(entry.detail).get("saving", ""))
        ended = saving is None or saving.state not in IN_FORCE
        decided = saving.decided_at.date() if saving is not None and saving.decided_at else now.date()
        if ended and (entry.billed is None or entry.day >= decided):
            nothing = replace(entry, expected=Decimal(0), billed=Decimal(0), basis_note=words.not_accepted())
            found.append(replace(nothing, recorded_at=now))
    return found


def changed(found: Iterable[LedgerEntry], known: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """Those that differ from what is known, but for when they were recorded."""
    before = {one.id: one for one in known}
    return [one for one in found if one.id not in before or not same(one, before[one.id])]


def same(one: LedgerEntry, other: LedgerEntry) -> bool:
    """Whether two entries say the same."""
    return replace(one, recorded_at=other.recorded_at) == other


def _verify(around: Around, result: Result) -> None:
    """Write down what the bill says of a saving, unless somebody has decided otherwise meanwhile."""
    wanted = (result.verified, result.verified_to, result.state)
    now = around.store.savings.get(result.saving.id)
    if now is None or now.state not in IN_FORCE or now.decided_at != result.saving.decided_at:
        return
    if (now.verified, now.verified_to, now.state) != wanted:
        around.store.savings.verify(now.id, *wanted)
