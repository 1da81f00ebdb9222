"""Imports bills: read and check everything, write Parquet by provider and billing period, then enter it in one step.

A file is written beside its place, flushed to the disk and renamed; only then the manifest and the roll-ups take it in,
in one transaction of the store. Killed anywhere, the manifest is whole: what it does not name is swept away later.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from finops.lake import staging
from finops.lake.engine import added, connected, opened, rows
from finops.lake.formats import Format, detect
from finops.lake.keeping import locked, swept
from finops.lake.queries import DIMENSIONS, rolled_up
from finops.lake.reading import quoted
from finops.lake.sources import Source, open_source
from store.money import Basis, BillFile, RolledUp

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from store.money.bills import Bills

_NAME = 40
DIGESTS = "lamplighter.digests"
"""The key in a Parquet file's footer under which the digests of the imported files stand, as a JSON list."""


@dataclass(frozen=True, slots=True)
class Lake:
    """Where bills are kept and entered. `tags` maps x_Component and x_Environment to the tag keys that say them."""

    folder: Path
    bills: Bills
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought, by the files given. `billed` is (provider, currency) -> sum of the billed cost.

    `unended` are text files whose last line has no line end: one cut within its last value looks like that.
    """

    rows: int
    without_cost: int
    formats: tuple[str, ...]
    dropped: tuple[str, ...]
    twice: tuple[str, ...]
    billed: Mapping[tuple[str, str], Decimal]
    periods: tuple[str, ...]
    entered: tuple[BillFile, ...] = ()
    replaced: tuple[BillFile, ...] = ()
    unchanged: tuple[BillFile, ...] = ()
    unended: tuple[str, ...] = ()


@dataclass(slots=True)
class _Batch:
    """The files of one import while it goes on."""

    connection: DuckDBPyConnection
    scratch: Path
    source: str
    now: datetime
    sources: list[tuple[Source, Format]] = field(default_factory=list)
    staged: list[tuple[Source, Path]] = field(default_factory=list)


Tell = Callable[[float], None]


def import_bills(
    lake: Lake,
    files: Sequence[tuple[str, Path]],
    now: datetime,
    *,
    source: str = "bill",
    tell: Tell = lambda _: None,
) -> Imported:
    """Import files (what the operator calls them, and where they are) as one delivery.

    Files of one delivery belong together: the parts of a period that an export was cut into add up. A later delivery
    of the same source, provider and period takes the place of the earlier one. All or nothing is imported.

    Raises:
        BadBill: a file is refused; nothing was changed.
        LakeNotInstalled: the extra `lake` is missing.
    """
    lake.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(lake.folder), _scratch(lake, now) as scratch:
        connection = staging.connect(scratch)
        try:
            batch = _Batch(connection, scratch, source, now)
            twice = _open_all(batch, files, tell)
            measured = _stage_all(batch, lake.tags, tell)
            summed = _summed(batch)
            found = _groups(batch)
            outcomes = _publish_all(batch, lake, found, tell)
        finally:
            connection.close()
    return Imported(
        rows=sum(one.rows for one in measured),
        without_cost=sum(one.without_cost for one in measured),
        formats=tuple(sorted({known.name for _, known in batch.sources})),
        dropped=tuple(sorted({name for _, known in batch.sources for name in known.dropped if name})),
        twice=twice,
        billed=summed,
        periods=tuple(sorted({period for _, period, _ in found})),
        entered=tuple(entry for entry, _, fresh in outcomes if fresh),
        replaced=tuple(before for _, before, fresh in outcomes if fresh and before is not None),
        unchanged=tuple(before for _, before, fresh in outcomes if not fresh and before is not None),
        unended=tuple(source.name for source, _ in batch.sources if not source.ended),
    )


@contextmanager
def _scratch(lake: Lake, now: datetime) -> Iterator[Path]:
    """A folder for one import, on the disk where its files will stay, made after the sweep of earlier ones."""
    swept(lake.folder, lake.bills, now)
    with tempfile.TemporaryDirectory(dir=lake.folder, prefix=".import-") as folder:
        yield Path(folder)


def _open_all(batch: _Batch, files: Sequence[tuple[str, Path]], tell: Tell) -> tuple[str, ...]:
    """Open every file; the names of those whose content was given before."""
    size = sum(path.stat().st_size for _, path in files) or 1
    read, seen, twice = 0, set(), []

    def count(number: int) -> None:
        nonlocal read
        read += number
        tell(min(0.2, 0.2 * read / size))

    for name, path in files:
        source = open_source(name, path, batch.scratch, count)
        if source.digest in seen:
            twice.append(name)
            continue
        seen.add(source.digest)
        batch.sources.append((source, detect(name, source.columns)))
    return tuple(twice)


def _stage_all(batch: _Batch, tags: Mapping[str, str], tell: Tell) -> list[staging.Measured]:
    raws = [staging.raw_of(batch.connection, source, known) for source, known in batch.sources]
    measured = []
    for place, raw in enumerate(raws, start=1):
        measured.append(staging.measure(batch.connection, raw))
        tell(0.2 + 0.3 * place / len(raws))
    scales = staging.scales(measured)
    for place, (raw, (source, known)) in enumerate(zip(raws, batch.sources, strict=True), start=1):
        target = batch.scratch / f"staged-{place}.parquet"
        scaled = replace(raw, scales=scales)
        staging.stage(batch.connection, scaled, known.expressions(scaled), tags, target)
        batch.staged.append((source, target))
        tell(0.5 + 0.3 * place / len(raws))
    return measured


def _summed(batch: _Batch) -> dict[tuple[str, str], Decimal]:
    answer = batch.connection.execute(
        "SELECT ProviderName, BillingCurrency, CAST(coalesce(sum(BilledCost), 0) AS VARCHAR) "  # noqa: S608  quoted
        f"FROM {_all(batch)} GROUP BY ALL ORDER BY ALL"
    )
    return {(provider, currency): Decimal(amount) for provider, currency, amount in answer.fetchall()}


def _groups(batch: _Batch) -> list[tuple[str, str, list[str]]]:
    """Provider, period and the digests of the files that have rows of them."""
    found: dict[tuple[str, str], list[str]] = {}
    for source, path in batch.staged:
        query = f"SELECT DISTINCT ProviderName, x_Period FROM read_parquet({quoted(str(path))})"  # noqa: S608  quoted
        for provider, period in batch.connection.execute(query).fetchall():
            found.setdefault((provider, period), []).append(source.digest)
    return [(provider, period, sorted(digests)) for (provider, period), digests in sorted(found.items())]


def _publish_all(
    batch: _Batch, lake: Lake, groups: Sequence[tuple[str, str, list[str]]], tell: Tell
) -> list[tuple[BillFile, BillFile | None, bool]]:
    """Each entry, the one that it found in its place, and whether it took that place."""
    current = {(bill.source, bill.provider, bill.period): bill for bill in lake.bills.files()}
    outcomes: list[tuple[BillFile, BillFile | None, bool]] = []
    for place, (provider, period, digests) in enumerate(groups, start=1):
        before = current.get((batch.source, provider, period))
        if before is not None and set(digests) <= known_digests(lake.folder, before):
            outcomes.append((before, before, False))
            continue
        written, count = _written(batch, provider, period, digests)
        target = lake.folder / _slug(provider) / period / f"{uuid4().hex}.parquet"
        _settle(written, target)
        entry = BillFile(
            id=target.stem,
            source=batch.source,
            provider=provider,
            period=period,
            path=str(target.relative_to(lake.folder)),
            rows=count,
            digest=hashlib.sha256(json.dumps([provider, period, digests]).encode()).hexdigest(),
            imported_at=batch.now,
        )
        fresh = lake.bills.add(entry, list(_rolled(entry, target)))
        outcomes.append((entry, before, fresh))
        tell(0.8 + 0.2 * place / len(groups))
    return outcomes


def known_digests(folder: Path, bill: BillFile) -> set[str]:
    """The digests of the files that an entry was made from; none when its file is gone, so that it is made anew."""
    import pyarrow.parquet as pq  # noqa: PLC0415  of the extra `lake`

    try:
        kept = pq.read_metadata(folder / bill.path).metadata or {}
    except OSError:
        return set()
    return set(json.loads(kept.get(DIGESTS.encode(), b"[]")))


def _written(batch: _Batch, provider: str, period: str, digests: Sequence[str]) -> tuple[Path, int]:
    target = batch.scratch / f"{uuid4().hex}.parquet"
    meant = f"ProviderName = {quoted(provider)} AND x_Period = {quoted(period)}"
    counted = batch.connection.execute(
        f"COPY (SELECT * FROM {_all(batch)} WHERE {meant}) TO {quoted(str(target))} (FORMAT parquet, "  # noqa: S608  quoted
        f"COMPRESSION zstd, KV_METADATA {{{quoted(DIGESTS)}: {quoted(json.dumps(list(digests)))}}})"
    ).fetchall()
    return target, int(counted[0][0])


def _settle(written: Path, target: Path) -> None:
    """Bring a file to its place so that it is there whole after a power cut, before anything names it."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _flush(written)
    written.rename(target)
    for folder in (target.parent, target.parent.parent):
        _flush(folder)


def _flush(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _rolled(entry: BillFile, path: Path) -> Iterable[RolledUp]:
    with connected() as connection:
        for table in opened(connection, [str(path)]):
            for row in rows(rolled_up(table)):
                yield _rollup(entry, row)


def _rollup(entry: BillFile, row: Mapping[str, Any]) -> RolledUp:
    dimensions = tuple(sorted((name, row[name]) for name in DIMENSIONS if row[name]))
    amounts = tuple((basis, added([row[basis.value]])) for basis in Basis if row[basis.value] is not None)
    return RolledUp(entry.source, entry.period, row["day"], row["currency"], dimensions, amounts)


def _all(batch: _Batch) -> str:
    return f"read_parquet([{', '.join(quoted(str(path)) for _, path in batch.staged)}])"


def _slug(provider: str) -> str:
    """A provider's name as a folder: readable, and unlike any other provider's."""
    plain = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in provider.lower())
    return (
        plain
        if plain == provider.lower() and len(plain) <= _NAME
        else f"{plain[:_NAME]}-{hashlib.sha256(provider.encode()).hexdigest()[:8]}"
    )
