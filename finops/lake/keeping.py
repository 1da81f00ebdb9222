"""Keeps the lake's folder in order: one import at a time, and nothing left over from replaced or broken-off ones."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from finops.lake.errors import LakeError
from store.messages import Message

if TYPE_CHECKING:
    from store.money.bills import Bills

GRACE = timedelta(hours=1)
"""How long a file stays that the manifest does not name any more: a query that began before may still read it."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lake for one import; the lock goes with the program that holds it, however it ends.

    Raises:
        LakeError: another import is under way.
    """
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LakeError(
                Message("another import into %(folder)s is under way: try again when it is done", folder=str(folder))
            ) from None
        yield


def swept(folder: Path, bills: Bills, now: datetime) -> int:
    """Remove what no current entry of the manifest names and no query can still read; how many files went.

    Call it with the lake `locked`: what another import is just writing is not named yet.
    """
    named = {
        bill.path for bill in bills.files(current=False) if bill.replaced_at is None or now - bill.replaced_at <= GRACE
    }
    gone = 0
    for scratch in folder.glob(".import-*"):
        if _age(scratch, now) > GRACE:
            shutil.rmtree(scratch, ignore_errors=True)
            gone += 1
    for file in folder.glob("*/*/*.parquet"):
        if str(file.relative_to(folder)) not in named and _age(file, now) > GRACE:
            file.unlink(missing_ok=True)
            gone += 1
    return gone


def upkeep(folder: Path, bills: Bills, now: datetime) -> int:
    """The same on its own; does nothing where there is no lake or an import is under way."""
    if not folder.is_dir():
        return 0
    try:
        with locked(folder):
            return swept(folder, bills, now)
    except LakeError:
        return 0


def _age(place: Path, now: datetime) -> timedelta:
    """How long ago it was written: what an import that broke off left behind is in no manifest."""
    return now - datetime.fromtimestamp(place.stat().st_ctime, UTC)
