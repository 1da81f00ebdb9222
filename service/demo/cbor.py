"""CBOR as AWS's rpc-v2-cbor protocol uses it (RFC 8949 without tags other than 1, epoch time)."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np

_BREAK = object()
_FLOATS = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}
_SIMPLE = {20: False, 21: True, 22: None, 23: None}
_ENDLESS = 31


def dumps(value: Any) -> bytes:  # noqa: ANN401 - any value of the CBOR model
    """Encode. datetime64 arrays become lists of tagged epoch seconds, float arrays lists of doubles."""
    out = bytearray()
    _write(out, value)
    return bytes(out)


def loads(raw: bytes) -> Any:  # noqa: ANN401 - any value of the CBOR model
    """Decode one item. Raises ValueError where it is malformed or cut off."""
    try:
        value, _ = _read(raw, 0)
    except (LookupError, TypeError, ArithmeticError, OSError, RecursionError, struct.error) as problem:
        raise ValueError(f"malformed CBOR: {problem}") from problem
    return value


def _head(out: bytearray, major: int, number: int) -> None:
    """Append the initial byte and its argument."""
    top = major << 5
    if number < 24:  # noqa: PLR2004 - RFC 8949, 3: the argument fits the initial byte
        out.append(top | number)
        return
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << (8 * size):
            out.append(top | extra)
            out += number.to_bytes(size, "big")
            return
    raise ValueError(f"{number} is too large for CBOR")


def _write(out: bytearray, value: Any) -> None:  # noqa: ANN401, C901, PLR0912 - one branch per type of the model
    """Append one item."""
    match value:
        case bool():
            out.append(0xF5 if value else 0xF4)
        case None:
            out.append(0xF6)
        case int() if value < 0:
            _head(out, 1, -1 - value)
        case int():
            _head(out, 0, value)
        case float() | Decimal():
            out += b"\xfb" + struct.pack(">d", float(value))
        case str():
            text = value.encode()
            _head(out, 3, len(text))
            out += text
        case bytes():
            _head(out, 2, len(value))
            out += value
        case datetime():
            out += b"\xc1\xfb" + struct.pack(">d", value.timestamp())
        case np.ndarray():
            _write_array(out, value)
        case Mapping():
            members = {key: item for key, item in value.items() if item is not None}
            _head(out, 5, len(members))
            for key, item in members.items():
                _write(out, key)
                _write(out, item)
        case Sequence():
            _head(out, 4, len(value))
            for item in value:
                _write(out, item)
        case _:
            raise TypeError(f"no CBOR for {type(value).__name__}")


def _write_array(out: bytearray, values: np.ndarray[Any, Any]) -> None:
    """Append a list of times or doubles without a Python loop: every item has the same size."""
    _head(out, 4, len(values))
    if values.dtype.kind == "M":
        items = np.empty(len(values), dtype=[("head", "V2"), ("at", ">f8")])
        items["head"] = np.void(b"\xc1\xfb")
        items["at"] = values.astype("datetime64[s]").astype(np.int64)
    else:
        items = np.empty(len(values), dtype=[("head", "u1"), ("value", ">f8")])
        items["head"] = 0xFB
        items["value"] = values
    out += items.tobytes()


def _read(raw: bytes, at: int) -> tuple[Any, int]:  # noqa: PLR0911 - one return per major type
    """Read one item at an offset: the value and the offset behind it."""
    major, extra = raw[at] >> 5, raw[at] & 31
    if major == 7:  # noqa: PLR2004 - RFC 8949, 3.3: floats and simple values
        if extra in _FLOATS:
            form, size = _FLOATS[extra]
            return struct.unpack_from(form, raw, at + 1)[0], at + 1 + size
        return (_BREAK if extra == _ENDLESS else _SIMPLE[extra]), at + 1
    if extra == _ENDLESS:
        return _read_endless(raw, at + 1, major)
    number, at = _argument(raw, at + 1, extra)
    if major in {2, 3}:
        if at + number > len(raw):
            raise ValueError("malformed CBOR: cut off inside a string")
        chunk = raw[at : at + number]
        return (chunk if major == 2 else chunk.decode()), at + number  # noqa: PLR2004 - bytes, text
    if major == 4:  # noqa: PLR2004 - a list
        return _read_items(raw, at, number)
    if major == 5:  # noqa: PLR2004 - a map
        flat, at = _read_items(raw, at, 2 * number)
        return dict(zip(flat[::2], flat[1::2], strict=True)), at
    if major == 6:  # noqa: PLR2004 - a tag; AWS uses only 1, epoch seconds
        value, at = _read(raw, at)
        return datetime.fromtimestamp(value, UTC), at
    return (number if major == 0 else -1 - number), at


def _argument(raw: bytes, at: int, extra: int) -> tuple[int, int]:
    """Read the argument of an initial byte."""
    if extra < 24:  # noqa: PLR2004 - it is in the initial byte
        return extra, at
    if extra > 27:  # noqa: PLR2004 - RFC 8949, 3: reserved
        raise ValueError(f"malformed CBOR: reserved argument {extra}")
    size = 1 << (extra - 24)
    return int.from_bytes(raw[at : at + size], "big"), at + size


def _read_items(raw: bytes, at: int, count: int) -> tuple[list[Any], int]:
    """Read `count` items."""
    items = []
    for _ in range(count):
        item, at = _read(raw, at)
        items.append(item)
    return items, at


def _read_endless(raw: bytes, at: int, major: int) -> tuple[Any, int]:
    """Read items up to the break code, and put them together as the major type says."""
    items = []
    while True:
        item, at = _read(raw, at)
        if item is _BREAK:
            break
        items.append(item)
    joined: Any = items
    if major == 2:  # noqa: PLR2004 - bytes
        joined = b"".join(items)
    elif major == 3:  # noqa: PLR2004 - text
        joined = "".join(items)
    elif major == 5:  # noqa: PLR2004 - a map
        joined = dict(zip(items[::2], items[1::2], strict=True))
    return joined, at
