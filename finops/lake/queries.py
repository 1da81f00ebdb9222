"""What is asked of imported bills, as Ibis expressions: the same on DuckDB and on Spark."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from finops.lake.staging import tag_keys
from store.money import Basis

if TYPE_CHECKING:
    from ibis.expr.types import StringValue, Table

COLUMNS = {
    Basis.BILLED: "BilledCost",
    Basis.AMORTIZED: "EffectiveCost",
    Basis.UNBLENDED: "x_Unblended",
    Basis.NET: "x_Net",
}
DIMENSIONS = {
    "provider": "ProviderName",
    "account": "SubAccountId",
    "service": "ServiceName",
    "region": "RegionId",
    "component": "x_Component",
    "environment": "x_Environment",
    "charge_category": "ChargeCategory",
}


def rolled_up(bills: Table) -> Table:
    """Days by every dimension that pages tell apart: day, currency, the dimensions, and an amount for each basis."""
    keys = {"day": bills["x_Day"], "currency": bills["BillingCurrency"]}
    keys |= {name: bills[column].fill_null("") for name, column in DIMENSIONS.items()}
    return bills.group_by(**keys).aggregate(**{basis.value: bills[column].sum() for basis, column in COLUMNS.items()})


def totals(bills: Table, start: date, end: date, basis: Basis, by: str = "") -> Table:
    """The cost of the days [start, end): currency, key, amount, and what only a bill's billed cost says.

    `by` is a dimension or `tag:KEY`; "" for one total. A row without the cost of this basis counts as `billed`.
    """
    chosen = bills.filter(bills["x_Day"] >= start, bills["x_Day"] < end)
    cost = chosen[COLUMNS[basis]]
    return chosen.group_by(currency=chosen["BillingCurrency"], key=_key(chosen, by)).aggregate(
        amount=cost.sum(),
        billed=cost.isnull().ifelse(chosen["BilledCost"], None).sum(),
    )


def service_by_day(bills: Table) -> Table:
    """The billed cost of each service on each day."""
    return bills.group_by(
        day=bills["x_Day"], currency=bills["BillingCurrency"], service=bills["ServiceName"]
    ).aggregate(amount=bills["BilledCost"].sum())


def _key(bills: Table, by: str) -> StringValue:
    import ibis  # noqa: PLC0415  of the extra `lake`, and slow to import

    if not by:
        return ibis.literal("")
    if by.startswith("tag:"):
        tags = bills["Tags"]
        return ibis.coalesce(*(tags.get(key) for key in tag_keys(by.removeprefix("tag:"))), "")
    return bills[DIMENSIONS[by]].fill_null("")
