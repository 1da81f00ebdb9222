"""How a column of an imported file is read: text, time, exact decimal or tags, and what stands for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from finops.lake.columns import Kind
from finops.lake.sources import Source

NOTHING = ("", "NULL", "null", "Null", "\\N")
"""What stands for no value in text."""

MACROS = (
    "CREATE TEMP MACRO lake_time(x) AS make_timestamp(epoch_us(TRY_CAST(x AS TIMESTAMPTZ)))",
    "CREATE TEMP MACRO lake_mantissa(x) AS split_part(lower(x), 'e', 1)",
    "CREATE TEMP MACRO lake_power(x) AS coalesce(try_cast(split_part(lower(x), 'e', 2) AS INTEGER), 0)",
    """CREATE TEMP MACRO lake_decimals(x) AS greatest(0, CASE WHEN contains(x, '.')
         THEN length(rtrim(lake_mantissa(x), '0')) - strpos(x, '.') ELSE 0 END - lake_power(x))""",
    """CREATE TEMP MACRO lake_digits(x) AS greatest(1, lake_power(x) + CASE WHEN contains(x, '.')
         THEN strpos(x, '.') - 1 ELSE length(lake_mantissa(x)) END)""",
    """CREATE TEMP MACRO lake_pair(x) AS CASE WHEN contains(x, '=') THEN x
         ELSE regexp_replace(x, '^\\s*((?:user|aws):)?([^:]+):', '\\1\\2=') END""",
    """CREATE TEMP MACRO lake_pairs(x) AS TRY(map_from_entries(list_transform(
         list_filter(string_split_regex(x, '[;|,]'), lambda e: contains(lake_pair(e), '=')),
         lambda e: struct_pack(k := trim(split_part(lake_pair(e), '=', 1)),
           v := trim(substr(lake_pair(e), strpos(lake_pair(e), '=') + 1))))))""",
    """CREATE TEMP MACRO lake_tags(x) AS CASE WHEN x IS NULL THEN NULL
         WHEN starts_with(ltrim(x), '{') THEN coalesce(
           try_cast(try_cast(x AS JSON) AS MAP(VARCHAR, VARCHAR)), try_cast(x AS MAP(VARCHAR, VARCHAR)))
         WHEN contains(lake_pair(x), '=') THEN lake_pairs(x) ELSE NULL END""",
)
"""How many digits a number in text has behind and before its point; tags from JSON, {k=v} and k:v;k:v."""


@dataclass(frozen=True, slots=True)
class Raw:
    """The columns of one file as SQL expressions. `taken` are their places, `types` DuckDB's types of a Parquet file.

    `scales` are the digits behind the point of money and of other numbers.
    """

    source: Source
    taken: Mapping[str, int]
    types: Mapping[str, str] = field(default_factory=dict)
    scales: Mapping[Kind, int] = field(default_factory=dict)

    def relation(self) -> str:
        """What to select from: every value of a CSV file is text, and nothing about it is guessed."""
        path = quoted(str(self.source.path))
        if self.source.parquet:
            return f"read_parquet({path})"
        columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(self.source.columns)))
        nothing = ", ".join(quoted(text) for text in NOTHING)
        return (
            f"read_csv({path}, auto_detect=false, header=true, delim={quoted(self.source.delimiter)}, quote='\"', "
            f"escape='\"', strict_mode=true, nullstr=[{nothing}], columns={{{columns}}}, encoding='utf-8')"
        )

    def type_of(self, name: str) -> str:
        """DuckDB's type of a column of the file; text in CSV."""
        return self.types.get(self.source.columns[self.taken[name]], "VARCHAR") if name in self.taken else ""

    def text(self, name: str) -> str:
        """The column as text, or NULL."""
        if name not in self.taken:
            return "NULL::VARCHAR"
        place = self.taken[name]
        if not self.source.parquet:
            return f'"c{place}"'
        column = identifier(self.source.columns[place])
        if self.type_of(name) != "VARCHAR":
            return f"CAST({column} AS VARCHAR)"
        nothing = ", ".join(quoted(text) for text in NOTHING)
        return f"CASE WHEN {column} IN ({nothing}) THEN NULL ELSE {column} END"

    def read(self, name: str, kind: Kind) -> str:
        """The column as what it is in the lake. A number that is none becomes NULL, which is counted later."""
        if kind in {Kind.MONEY, Kind.NUMBER}:
            decimal = f"DECIMAL(38, {self.scales.get(kind, 12)})"
            if name not in self.taken:
                return f"NULL::{decimal}"
            direct = self.type_of(name).startswith("DECIMAL")
            given = identifier(self.source.columns[self.taken[name]]) if direct else self.text(name)
            return f"TRY_CAST({given} AS {decimal})"
        if kind is Kind.TAGS:
            if name not in self.taken:
                return f"NULL::{kind.value}"
            if self.type_of(name).startswith("MAP"):
                return f"TRY_CAST({identifier(self.source.columns[self.taken[name]])} AS MAP(VARCHAR, VARCHAR))"
            return f"lake_tags({self.text(name)})"
        return self.text(name) if kind is Kind.TEXT else f"lake_time({self.text(name)})"


def quoted(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'
