"""The values of a series as promtool writes them: `1+2x3 10x5 _ _x3 -1.5e3`."""

from __future__ import annotations

import math
import re

MOST = 100_000
"""Values of one series: two months of minutes."""

_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_ITEM = re.compile(rf"([+-]?{_NUMBER})(?:([+-]{_NUMBER})(?=x))?(?:x(\d+))?")
_BLANK = re.compile(r"_(?:x(\d+))?")
_WORD = re.compile(r"([A-Za-z]+?)(?:x(\d+))?")


def parse_values(text: str) -> list[float | None]:
    """The values in order; None is a missing one.

    `10x5` is 10 and five more of it, `1+2x3` is 1 3 5 7, `_x3` is three missing ones. What promtool also knows and
    CloudWatch has not (`stale`, `NaN`, `Inf`, histograms) is refused.

    Raises:
        ValueError: the text is none; the message names the part and shows what can be written.
    """
    values: list[float | None] = []
    for part in text.split():
        values += _read(part)
        if len(values) > MOST:
            raise ValueError(f"these are more than {MOST} values")
    if not values:
        raise ValueError("there are no values: write numbers with blanks between them, such as 75 85 10x5 _x3")
    return values


def parse_words(text: str) -> list[str | None]:
    """Words in the same notation: `ok criticalx3 _` is ok, critical four times, nothing.

    Raises:
        ValueError: the text is none.
    """
    words: list[str | None] = []
    for part in text.split():
        if blank := _BLANK.fullmatch(part):
            words += [None] * _count(blank[1], 1)
        elif word := _WORD.fullmatch(part):
            words += [word[1]] * (1 + _count(word[2], 0))
        else:
            raise ValueError(f"{part!r} is no word: write words with blanks between them, such as okx3 critical _")
    return words


def _read(part: str) -> list[float | None]:
    if blank := _BLANK.fullmatch(part):
        return [None] * _count(blank[1], 1)
    found = _ITEM.fullmatch(part)
    if found is None:
        raise ValueError(_refusal(part))
    first, step = float(found[1]), float(found[2] or 0)
    made: list[float | None] = [first + step * turn for turn in range(1 + _count(found[3], 0))]
    if not all(value is not None and math.isfinite(value) for value in made):
        raise ValueError(f"{part!r} is too large for a number")
    return made


def _count(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    if len(text) > len(str(MOST)) or int(text) > MOST:
        raise ValueError(f"x{text} is more than {MOST} values")
    return int(text)


def _refusal(part: str) -> str:
    lower = part.lower()
    if lower.startswith("stale"):
        return "'stale' does not exist in CloudWatch: a series is silent or it is not; write _"
    if lower.lstrip("+-").startswith(("nan", "inf")):
        return f"{part!r} does not exist in CloudWatch, whose values are finite; write _ for a missing one"
    if part.startswith("{{"):
        return "histograms do not exist in CloudWatch: write one series for each statistic"
    return f"{part!r} is no value: write 5, -1.5e3, 10x5 (10 and five more), 1+2x3 (1 3 5 7), _ or _x3 (missing)"
