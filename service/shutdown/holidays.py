"""Days on which nothing wakes by itself: a country's public holidays, and days of one's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

_REGION = re.compile(r"([A-Z]{2,3})(?:-(.{1,40}))?")

_NORWAY = 'YAML reads NO as "false": put the country in quotes, "NO"'


class Holidays(BaseModel):
    """A calendar. In the file also a bare country such as KR or DE-BY, a list of days, or a list of both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    countries: tuple[str, ...] = Field(default=(), description="Countries, or parts of one, such as KR, US-CA, DE-BY.")
    add: tuple[date, ...] = Field(default=(), description="Days of one's own.")
    remove: tuple[date, ...] = Field(default=(), description="Days that are worked all the same.")

    @field_validator("countries")
    @classmethod
    def _countries_are_known(cls, countries: tuple[str, ...]) -> tuple[str, ...]:
        for country in countries:
            _check(country)
        return countries

    def name(self, day: date) -> str | None:
        """What the day is called, None if it is no holiday. The country's name stands behind it."""
        if day in self.remove:
            return None
        for country in self.countries:
            if (called := _of_year(country, day.year).get(day)) is not None:
                return f"{called} ({country})"
        return day.isoformat() if day in self.add else None


def holidays_from(value: object) -> object:
    """What may stand in the file, as the fields of `Holidays`.

    Raises:
        ValueError: it is neither a country nor a day nor a list of them.
    """
    if value is None or value == "none":
        return {}
    if isinstance(value, bool):
        raise ValueError(_NORWAY)  # noqa: TRY004  pydantic wants it
    if isinstance(value, str | date):
        value = [value]
    if not isinstance(value, list):
        return value
    days: list[object] = []
    countries: list[object] = []
    for one in value:
        if isinstance(one, bool):
            raise ValueError(_NORWAY)  # noqa: TRY004  pydantic wants it
        (countries if isinstance(one, str) and not one[:1].isdecimal() else days).append(one)
    return {"countries": countries, "add": days}


def _check(country: str) -> None:
    from holidays import list_supported_countries  # noqa: PLC0415  a third of a second to import

    region = _REGION.fullmatch(country)
    known = list_supported_countries(include_aliases=True)
    if region is None or region[1] not in known:
        raise ValueError(f"{country!r} is no country whose holidays are known: write its code, such as KR, US or DE-BY")
    if region[2] is not None and region[2] not in known[region[1]]:
        listed = ", ".join(known[region[1]]) or "it has none"
        raise ValueError(f"{country!r} is no part of {region[1]} that is known: {listed}")


@lru_cache(maxsize=64)
def _of_year(country: str, year: int) -> Mapping[date, str]:
    """A country's holidays in a year. They were made law once: a package of this year does not know the next decree."""
    from holidays import country_holidays  # noqa: PLC0415

    code, _, part = country.partition("-")
    found: Any = country_holidays(code, subdiv=part or None, years=year, expand=False, language="en_US")
    return dict(found)
