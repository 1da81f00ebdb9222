"""Opens a file that is to be imported: is it whole, what is it, which columns has it, and is it known already."""

from __future__ import annotations

import csv
import gzip
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from finops.lake.errors import BadBill
from store.messages import Message

_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"
_OTHERS = {b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}
_BLOCK = 1 << 20
_HEAD = 1 << 20
"""Bytes in which the header of a CSV file must end."""
_SMALLEST_PARQUET = 12


@dataclass(frozen=True, slots=True)
class Source:
    """A file to import, on this machine and not compressed. `name` is what the operator called it.

    `columns` are as the file has them, in its order. `digest` is SHA-256 of the uncompressed content. `ended` says
    that the last line of a text has its line end.
    """

    name: str
    path: Path
    parquet: bool
    delimiter: str
    columns: tuple[str, ...]
    digest: str
    ended: bool = True


def open_source(name: str, path: Path, scratch: Path, tell: Callable[[int], None] = lambda _: None) -> Source:
    """Look at a file; a compressed one is first written out to the folder `scratch`. `tell` hears bytes that were read.

    Raises:
        BadBill: it is cut off, damaged, or neither CSV nor Parquet.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(_GZIP):
        plain = scratch / f"{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.plain"
        _unpack(name, path, plain, tell)
        path = plain
        with path.open("rb") as file:
            head = file.read(8)
    for magic, kind in _OTHERS.items():
        if head.startswith(magic):
            raise BadBill(
                Message("%(file)s is a %(kind)s file: unpack it, or pack it with gzip instead", file=name, kind=kind)
            )
    if not head:
        raise BadBill(Message("%(file)s is empty: export it again", file=name))
    digest = _digest(path, tell)
    if head.startswith(_PARQUET):
        return Source(name, path, parquet=True, delimiter="", columns=_parquet_columns(name, path), digest=digest)
    header, delimiter = _header(name, path)
    return Source(name, path, parquet=False, delimiter=delimiter, columns=header, digest=digest, ended=_ended(path))


def _ended(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) in {b"\n", b"\r"}


def _unpack(name: str, path: Path, target: Path, tell: Callable[[int], None]) -> None:
    try:
        with gzip.open(path) as packed, target.open("wb") as file:
            while block := packed.read(_BLOCK):
                file.write(block)
                tell(len(block))
    except EOFError:
        raise BadBill(
            Message("%(file)s is cut off: the end of the gzip file is missing. Fetch it again", file=name)
        ) from None
    except (gzip.BadGzipFile, zlib.error):
        raise BadBill(
            Message("%(file)s is damaged: its gzip checksum or content is wrong. Fetch it again", file=name)
        ) from None


def _digest(path: Path, tell: Callable[[int], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            tell(len(block))
    return digest.hexdigest()


def _parquet_columns(name: str, path: Path) -> tuple[str, ...]:
    import pyarrow as pa  # noqa: PLC0415  of the extra `lake`, and slow to import
    import pyarrow.parquet as pq  # noqa: PLC0415  the same

    with path.open("rb") as file:
        file.seek(-min(len(_PARQUET), path.stat().st_size), 2)
        whole = file.read() == _PARQUET and path.stat().st_size >= _SMALLEST_PARQUET
    if not whole:
        raise BadBill(
            Message("%(file)s is cut off: the footer of the Parquet file is missing. Fetch it again", file=name)
        )
    try:
        with pq.ParquetFile(path) as opened:
            return tuple(opened.schema_arrow.names)
    except (pa.ArrowException, OSError):
        raise BadBill(
            Message("%(file)s is damaged: the footer of the Parquet file is unreadable. Fetch it again", file=name)
        ) from None


def _header(name: str, path: Path) -> tuple[tuple[str, ...], str]:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    try:
        text = head.decode("utf-8-sig", errors="strict" if len(head) < _HEAD else "ignore")
    except UnicodeDecodeError as error:
        line = head.count(b"\n", 0, error.start) + 1
        raise not_utf8(name, line) from None
    if "\0" in text:
        raise BadBill(Message("%(file)s is neither CSV, gzip nor Parquet: export it as one of them", file=name))
    first = text.partition("\n")[0]
    delimiter = max(",\t;|", key=first.count)
    csv.field_size_limit(_HEAD * 2)
    header = tuple(cell.strip() for cell in next(csv.reader(text.splitlines(keepends=True), delimiter=delimiter), []))
    if doubles := sorted({cell for cell in header if cell and header.count(cell) > 1}):
        raise BadBill(
            Message(
                "%(file)s has the column %(column)s twice: export it again with each column once",
                file=name,
                column=doubles[0],
            )
        )
    return header, delimiter


def not_utf8(name: str, line: int) -> BadBill:
    """The refusal of a text file in another encoding."""
    return BadBill(
        Message("%(file)s, line %(line)s: this is not UTF-8. Convert the file to UTF-8 first", file=name, line=line)
    )
