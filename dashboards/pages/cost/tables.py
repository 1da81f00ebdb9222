"""What the costs of a month are made of: a table for each way in which they can be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from urllib.parse import urlencode

from dashboards.language import Language, _, ngettext
from dashboards.pages.cost.choice import Choice
from dashboards.pages.cost.reading import Known, total_source
from dashboards.pages.cost.sources import Source, dimensions_for, source_of
from dashboards.pages.cost.sums import NOTHING, Days, Group, groups, grown, in_cents, smallest, total
from dashboards.pages.cost.words import dimension_word, money, share, signed
from dashboards.site import Site
from dashboards.verdict import split_title
from store.money import UNTAGGED, CostTag

FIRST_ROWS = 8
"""Rows that show before the rest is unfolded."""
_TAGGED = ("component", "environment")
_MOVERS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table, in words. `apart` stands below the others: it carries no tag, or is not told apart yet."""

    name: str
    href: str
    cost: str
    share: str
    change: str
    rising: bool
    apart: bool = False
    note: str = ""
    shown: Decimal = NOTHING
    """The cost in whole cents, as it is written."""


@dataclass(frozen=True, slots=True)
class Table:
    """The costs of a month told apart by one thing. `fault` says that its rows do not add up to the total.

    `rest` are the lines that `rows` holds as one.
    """

    by: str
    title: str
    rows: Sequence[Row]
    rest: Sequence[Row]
    total: str
    csv: str
    compared: bool
    inactive: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """What every table of a page stands in."""

    site: Site
    language: Language
    choice: Choice
    known: Known
    days: Days
    currency: str
    tags: Sequence[CostTag]


def tables(around: Around) -> list[Table]:
    """A table for each way in which the chosen costs can be told apart and have been read."""
    choice, known = around.choice, around.known
    found = []
    for by in dimensions_for(choice.filters, around.site.costs.tags, choice.charges):
        source = source_of(choice.filters, by, choice.charges)
        if source is not None and source.view in known.views:
            table = _table(around, by, source)
            if table.rows:
                found.append(table)
    return found


def movers(around: Around) -> list[Group]:
    """What grew most since the same days of the month before, by the finest that can be told apart."""
    choice, known = around.choice, around.known
    for by in ("usage_type", "service", "component", "environment", "charge_category"):
        source = source_of(choice.filters, by, choice.charges)
        if source is not None and source.view in known.views and by not in dict(choice.filters):
            found, _exact = groups(known.rows(source.view), source, around.currency, around.days)
            return grown(found, around.currency, _MOVERS)
    return []


def _table(around: Around, by: str, source: Source) -> Table:
    language, currency, choice = around.language, around.currency, around.choice
    found, exact = groups(around.known.rows(source.view), source, currency, around.days)
    mine = total_source(choice)
    whole = total(around.known.rows(mine.view), mine, currency, (around.days.start, around.days.end))
    left = in_cents(whole, currency) - in_cents(exact, currency)
    kept = [group for group in found if group.amount or group.change]
    rows = [_row(around, by, group) for group in kept]
    rows.sort(key=lambda row: row.apart)
    rows, rest = _folded(around, rows)
    fault = ""
    if left and around.known.untold(source):
        rows.append(_untold(around, left))
    elif left:
        fault = _(
            "These rows add up to %(sum)s, the total is %(total)s: %(left)s is missing.",
            sum=money(language, exact, currency),
            total=money(language, whole, currency),
            left=signed(language, left, currency),
        )
    return Table(
        by=by,
        title=dimension_word(by),
        rows=rows,
        rest=rest,
        total=money(language, whole, currency),
        csv=csv_address(choice, around.days, by),
        compared=around.days.before is not None,
        inactive=_inactive(around, by),
        fault=fault,
    )


def _row(around: Around, by: str, group: Group) -> Row:
    language, currency, choice = around.language, around.currency, around.choice
    tagged = by in _TAGGED or by.startswith("tag:")
    untagged = tagged and group.key == UNTAGGED
    narrowed = choice.narrowed(by, group.key) if (tagged and not untagged) or by == "service" else None
    shown = group.amount if not group.shown else group.shown
    return Row(
        name=_("Without this tag") if untagged else name_of(around.site, by, group.key),
        href=choice.address(filters=narrowed, by="") if narrowed else "",
        cost=money(language, shown, currency),
        share="" if group.share is None else share(language, group.share),
        change="" if group.change is None else signed(language, group.change, currency),
        rising=group.change is not None and group.change >= smallest(currency),
        apart=untagged,
        shown=group.shown,
    )


def _folded(around: Around, rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """The dearest rows with one for all others, and those others; a short table stays whole."""
    plain = [row for row in rows if not row.apart]
    rest = plain[FIRST_ROWS:]
    if len(rest) < 3:  # noqa: PLR2004  a line for one or two would spare nothing
        return rows, []
    cost = money(around.language, sum((row.shown for row in rest), NOTHING), around.currency)
    others = Row(ngettext("%(num)s other", "%(num)s others", len(rest)), "", cost, "", "", rising=False)
    return [*plain[:FIRST_ROWS], others, *(row for row in rows if row.apart)], rest


def name_of(site: Site, by: str, key: str) -> str:
    """What people call it: a component and an environment by their titles."""
    known = {
        "component": {name: one.title for name, one in site.stack.components.items()},
        "environment": {name: one.title for name, one in site.stack.environments.items()},
    }
    title = known.get(by, {}).get(key, "")
    return split_title(title)[0] if title else key or _("(none)")


def _untold(around: Around, left: Decimal) -> Row:
    return Row(
        name=_("Not told apart yet"),
        href="",
        cost=money(around.language, left, around.currency),
        share="",
        change="",
        rising=False,
        apart=True,
        note=_("The total was read after these rows; they follow with the next reading."),
    )


def _inactive(around: Around, by: str) -> str:
    """The tag that is not activated for billing, so that costs cannot be told apart by it; empty if it is."""
    facts = around.site.costs
    key = {"component": facts.component_tag, "environment": facts.environment_tag}.get(by, by.removeprefix("tag:"))
    if by not in _TAGGED and not by.startswith("tag:"):
        return ""
    mine = [tag for tag in around.tags if tag.key == key]
    known = bool(around.tags)
    return key if known and not any(tag.active for tag in mine) else ""


def csv_address(choice: Choice, days: Days, by: str, *, daily: bool = False) -> str:
    """Where the same costs are as CSV, with exact decimals."""
    words = {name: value for name, value in replace(choice, by="", table=False).query.items() if name != "month"}
    words |= {"from": days.start.isoformat(), "to": days.end.isoformat(), "basis": choice.basis.value, "by": by}
    if daily:
        words["daily"] = "true"
    return f"/api/v1/costs.csv?{urlencode(words)}"
