"""What some days cost by a basis, exactly: from Cost Explorer's observations, imported bills, or both side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from finops.lake.engine import DUCKDB, added, connected, opened, rows
from finops.lake.queries import totals
from store.messages import Message, Sentence
from store.money import Basis, BillFile, RolledUp, View, tag_view

if TYPE_CHECKING:
    from store import Store

_VIEWS = {
    "": (View.TOTAL.value, None),
    "service": (View.USAGE.value, 0),
    "component": (View.COMPONENT.value, 0),
    "environment": (View.ENVIRONMENT.value, 0),
    "charge_category": (View.CHARGE.value, 1),
}
"""The reading of Cost Explorer that tells them apart, and the place of the key in it."""

Days = tuple[date, date]
Amounts = Mapping[tuple[str, str], Decimal]
"""By currency and key."""


@dataclass(frozen=True, slots=True)
class Finality:
    """How final a total is: the part of it that may still change, the first such day, and when it was learnt."""

    estimated: Mapping[str, Decimal] = field(default_factory=dict)
    final_to: date | None = None
    observed_at: datetime | None = None
    imported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """The cost of [start, end) by currency and key. `sources` are the days and where they come from."""

    start: date
    end: date
    basis: Basis
    by: str
    amounts: Amounts
    sources: Sequence[tuple[str, date, date]]
    finality: Finality
    notes: Sequence[Sentence]

    def by_currency(self) -> dict[str, Decimal]:
        """The sum of all keys in each currency."""
        names = sorted({currency for currency, _ in self.amounts})
        return {name: added(amount for (one, _), amount in self.amounts.items() if one == name) for name in names}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the cost of [start, end) by a basis, told apart `by` a dimension or `tag:KEY`; "" for one sum."""

    start: date
    end: date
    basis: Basis
    by: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the answer is looked for: the store, the folder of imported bills, and the engine that scans these."""

    store: Store
    folder: Path
    engine: str = DUCKDB


def total(kept: Kept, asked_for: Question) -> Total:
    """Add up some days.

    Billed cost comes from imported bills alone. The others come from Cost Explorer for the days that it was asked for,
    and from imported bills for the rest.

    Raises:
        LakeNotInstalled: a tag is asked for, and the extra `lake` is missing.
    """
    parts: list[Amounts] = []
    sources: list[tuple[str, date, date]] = []
    notes: list[Sentence] = []
    store, start, end, basis = kept.store, asked_for.start, asked_for.end, asked_for.basis
    asked = None if basis is Basis.BILLED else _asked(store, asked_for.by, (start, end))
    finality = Finality()
    if asked is not None:
        amounts, finality = _observed(store, asked, asked_for)
        parts.append(amounts)
        sources.append(("cost_explorer", *asked))
    for days in _rest((start, end), asked):
        amounts, stood_in = _billed(kept, days, asked_for)
        if not amounts:
            continue
        parts.append(amounts)
        sources.append(("bills", *days))
        if basis is not Basis.BILLED:
            notes.append(_bills_note(days))
        if stood_in:
            notes.append(
                Message(
                    "the imported bills have no %(basis)s cost; their billed cost stands in for it", basis=basis.value
                )
            )
    if any(source == "bills" for source, _, _ in sources):
        finality = _imported(store, finality)
    if not sources:
        notes.append(_nothing(basis, start, end))
    ordered = tuple(sorted(sources, key=lambda one: one[1]))
    return Total(start, end, basis, asked_for.by, _merged(parts), ordered, finality, tuple(dict.fromkeys(notes)))


def _bills_note(days: Days) -> Message:
    return Message(
        "Cost Explorer was not asked for %(start)s to %(end)s (exclusive): imported bills answer",
        start=str(days[0]),
        end=str(days[1]),
    )


def _nothing(basis: Basis, start: date, end: date) -> Message:
    if basis is Basis.BILLED:
        return Message(
            "no bill is imported for %(start)s to %(end)s: run lamplighter cost import FILE",
            start=str(start),
            end=str(end),
        )
    return Message("no cost is known for %(start)s to %(end)s", start=str(start), end=str(end))


def _asked(store: Store, by: str, days: Days) -> Days | None:
    """The days that Cost Explorer was asked for, by what is wanted."""
    span = store.costs.span(_view(by)[0])
    if span is None:
        return None
    common = max(span[0], days[0]), min(span[1], days[1])
    return common if common[0] < common[1] else None


def _view(by: str) -> tuple[str, int | None]:
    return (tag_view(by.removeprefix("tag:")), 0) if by.startswith("tag:") else _VIEWS[by]


def _rest(days: Days, taken: Days | None) -> list[Days]:
    """What is left of the days, before and after those that were taken."""
    if taken is None:
        return [days]
    return [(first, last) for first, last in ((days[0], taken[0]), (taken[1], days[1])) if first < last]


def _observed(store: Store, days: Days, asked_for: Question) -> tuple[Amounts, Finality]:
    view, place = _view(asked_for.by)
    basis = asked_for.basis
    lines = store.costs.lines(*days, view=view)
    amounts: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    estimated: dict[str, list[Decimal]] = defaultdict(list)
    for line in lines:
        amounts[line.currency, "" if place is None else line.keys[place]].append(line.amount(basis))
        if line.estimated:
            estimated[line.currency].append(line.amount(basis))
    read = [one.read_at for one in store.costs.newest_reads() if one.view == view]
    return _sums(amounts), Finality(
        {currency: added(some) for currency, some in estimated.items()},
        min((line.day for line in lines if line.estimated), default=days[1]),
        max(read, default=None),
    )


def _billed(kept: Kept, days: Days, asked_for: Question) -> tuple[Amounts, bool]:
    """From imported bills, and whether their billed cost stands in for one that they do not have."""
    basis, by = asked_for.basis, asked_for.by
    if by.startswith("tag:"):
        return _scanned(kept, days, asked_for)
    amounts: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    stood_in = False
    for one in kept.store.bills.rolled(*days):
        amount, by_proxy = _amount(one, basis)
        stood_in |= by_proxy
        if amount is not None:
            amounts[one.currency, dict(one.dimensions).get(by, "") if by else ""].append(amount)
    return _sums(amounts), stood_in


def _amount(one: RolledUp, basis: Basis) -> tuple[Decimal | None, bool]:
    amounts = dict(one.amounts)
    if basis in amounts:
        return amounts[basis], False
    return amounts.get(Basis.BILLED), Basis.BILLED in amounts and basis is not Basis.BILLED


def _scanned(kept: Kept, days: Days, asked_for: Question) -> tuple[Amounts, bool]:
    """A tag is in no roll-up: the lines themselves are asked."""
    # A period's charges may begin some days outside it; a file of a far one cannot hold these days.
    near = (days[0] - timedelta(days=100), days[1] + timedelta(days=100))
    files = [one for one in kept.store.bills.files() if f"{near[0]:%Y-%m}" <= one.period <= f"{near[1]:%Y-%m}"]
    amounts: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    stood_in = False
    if not files:
        return {}, False
    with connected(kept.engine) as connection:
        for table in opened(connection, [str(kept.folder / one.path) for one in files]):
            for row in rows(totals(table, *days, asked_for.basis, asked_for.by)):
                amounts[row["currency"], row["key"]] += [row["amount"] or Decimal(0)]
                if row["billed"] is not None and asked_for.basis is not Basis.BILLED:
                    amounts[row["currency"], row["key"]].append(row["billed"])
                    stood_in = True
    return _sums(amounts), stood_in


def _sums(amounts: Mapping[tuple[str, str], Iterable[Decimal]]) -> Amounts:
    return {key: added(some) for key, some in amounts.items()}


def _merged(parts: Sequence[Amounts]) -> Amounts:
    together: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for part in parts:
        for key, amount in part.items():
            together[key].append(amount)
    return _sums(together)


def _imported(store: Store, finality: Finality) -> Finality:
    files: list[BillFile] = store.bills.files()
    newest = max((one.imported_at for one in files), default=None)
    return Finality(finality.estimated, finality.final_to, finality.observed_at, newest)
