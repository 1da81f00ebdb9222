"""What a reader of costs has chosen, read from the address: month, basis, place, and how the days are told apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from dashboards.errors import BadParameter
from dashboards.pages.cost.sources import DIMENSIONS, USAGE_ONLY, Filters, source_of
from store.money import Basis

BASES = (Basis.UNBLENDED, Basis.AMORTIZED, Basis.NET)
CHARGES = ("all", "usage")
FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)
LONGEST = 200
"""Characters of a name: those of AWS are shorter."""
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Choice:
    """What is shown. `usual` is the basis that needs no word in an address; `by` is empty for the page's own choice."""

    today: date
    month: date
    basis: Basis
    usual: Basis
    filters: Filters = ()
    charges: str = "all"
    by: str = ""
    table: bool = False

    @property
    def current(self) -> bool:
        """Whether it is the month that goes on."""
        return self.month == self.today.replace(day=1)

    @property
    def end(self) -> date:
        """The first day after the month."""
        return next_month(self.month)

    @property
    def before(self) -> date:
        """The first day of the month before."""
        return month_before(self.month)

    @property
    def query(self) -> dict[str, str]:
        """The words of an address that lead here again."""
        words = {}
        if not self.current:
            words["month"] = f"{self.month:%Y-%m}"
        if self.basis is not self.usual:
            words["basis"] = self.basis.value
        if self.charges != "all":
            words["charges"] = self.charges
        for name, value in self.filters:
            words |= {"tag": f"{name.removeprefix('tag:')}:{value}"} if name.startswith("tag:") else {name: value}
        if self.by:
            words["by"] = self.by
        if self.table:
            words["view"] = "table"
        return words

    def address(self, path: str = "/cost", **changes: object) -> str:
        """Where something else is chosen: `address(basis=Basis.NET)`."""
        words = replace(self, **changes).query  # type: ignore[arg-type]  # fields of this class, by name
        return f"{path}?{urlencode(words)}" if words else path

    def narrowed(self, name: str, value: str) -> Filters | None:
        """The filters with one more, in their order; None where Cost Explorer does not tell all of them apart."""
        filters = tuple(sorted({**dict(self.filters), name: value}.items()))
        return None if source_of(filters, None) is None or self.charges != "all" else filters


def read_choice(arguments: Mapping[str, str], today: date, usual: Basis, tags: tuple[str, ...] = ()) -> Choice:
    """Read the words of an address; without any it is this month, by the usual basis.

    Raises:
        BadParameter: a word is not what it must be, or Cost Explorer does not tell apart what they name together.
    """
    choice = Choice(
        today=today,
        month=_month(arguments.get("month", ""), today),
        basis=Basis(_one_of("basis", arguments.get("basis") or usual.value, tuple(each.value for each in BASES))),
        usual=usual,
        filters=read_filters(arguments),
        charges=_one_of("charges", arguments.get("charges") or "all", CHARGES),
        by=_by(arguments.get("by", ""), tags),
        table=_one_of("view", arguments.get("view") or "charts", ("charts", "table")) == "table",
    )
    if choice.charges == USAGE_ONLY and choice.filters:
        raise BadParameter(
            "charges",
            "Cost Explorer tells tax and credits apart for the whole bill only: leave out "
            + ", ".join(name for name, _ in choice.filters),
        )
    return choice


def read_filters(arguments: Mapping[str, str]) -> Filters:
    """The place that is asked for: `environment`, `component`, `service`, and `tag` as KEY:VALUE.

    Raises:
        BadParameter: a value is no name, or Cost Explorer does not tell all of them apart at once.
    """
    chosen: dict[str, str] = {}
    for name in ("component", "environment", "service"):
        value = _name(name, arguments.get(name, ""))
        if value:
            chosen[name] = value
    tag = _name("tag", arguments.get("tag", ""))
    if tag:
        key, colon, value = tag.partition(":")
        if not (key and colon):
            raise BadParameter("tag", f"{tag!r} is no tag: write KEY:VALUE, such as Team:web")
        chosen[f"tag:{key}"] = value
    filters = tuple(sorted(chosen.items()))
    if source_of(filters, None) is None:
        names = ", ".join(chosen)
        raise BadParameter(
            list(chosen)[-1].partition(":")[0],
            f"Cost Explorer tells costs apart by two things at once, not by {names} together: leave one out",
        )
    return filters


def next_month(day: date) -> date:
    """The first day of the month after."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def month_before(day: date) -> date:
    """The first day of the month before."""
    return date(day.year - (day.month == 1), 12 if day.month == 1 else day.month - 1, 1)


def _month(text: str, today: date) -> date:
    if not text:
        return today.replace(day=1)
    if not _MONTH.fullmatch(text):
        raise BadParameter("month", f"{text[:60]!r} is no month: write one such as 2026-10")
    month = date.fromisoformat(f"{text}-01") if text > "0000" else FIRST
    if not FIRST <= month < LAST:
        raise BadParameter("month", f"{text} lies outside of the years 2000 to 2099")
    if month > today:
        raise BadParameter("month", f"{text} has not begun; this month is {today:%Y-%m}")
    return month


def _one_of(name: str, given: str, choices: tuple[str, ...]) -> str:
    if given not in choices:
        raise BadParameter(name, f"{given[:60]!r} is not one of {', '.join(choices)}")
    return given


def _name(name: str, given: str) -> str:
    if len(given) > LONGEST or not given.isprintable():
        raise BadParameter(name, f"it is longer than {LONGEST} characters, or not to be printed")
    return given


def _by(given: str, tags: tuple[str, ...]) -> str:
    return _one_of("by", given, (*DIMENSIONS, *(f"tag:{tag}" for tag in tags))) if given else ""
