"""The columns of the lake: those of FOCUS 1.2 by their names there, and a few of our own that begin with `x_`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a column holds."""

    TEXT = "VARCHAR"
    TIME = "TIMESTAMP"
    """In UTC."""
    DAY = "DATE"
    MONEY = "money"
    """A decimal of 38 digits, with as many behind the point as the import needs."""
    NUMBER = "number"
    """A quantity or a unit price: the same with a scale of its own."""
    TAGS = "MAP(VARCHAR, VARCHAR)"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the lake. `since` is the version of FOCUS that brought it; empty for one of our own."""

    name: str
    kind: Kind = Kind.TEXT
    since: str = "1.0"


_MONEY = ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost")
_NUMBERS = ("ConsumedQuantity", "ContractedUnitPrice", "ListUnitPrice", "PricingQuantity")
_TIMES = ("BillingPeriodEnd", "BillingPeriodStart", "ChargePeriodEnd", "ChargePeriodStart")
_TEXTS = (
    "AvailabilityZone",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "ConsumedUnit",
    "InvoiceIssuerName",
    "PricingCategory",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "SkuId",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
)
_SINCE_1_1 = (
    "CapacityReservationId",
    "CapacityReservationStatus",
    "CommitmentDiscountUnit",
    "ServiceSubcategory",
    "SkuMeter",
    "SkuPriceDetails",
)
_SINCE_1_2 = ("BillingAccountType", "InvoiceId", "PricingCurrency", "SubAccountType")
_PRICES_1_2 = ("PricingCurrencyContractedUnitPrice", "PricingCurrencyListUnitPrice")

FOCUS = tuple(
    sorted(
        (
            *(Column(name, Kind.MONEY) for name in _MONEY),
            *(Column(name, Kind.NUMBER) for name in _NUMBERS),
            *(Column(name, Kind.TIME) for name in _TIMES),
            *(Column(name) for name in _TEXTS),
            *(Column(name, since="1.1") for name in _SINCE_1_1),
            *(Column(name, since="1.2") for name in _SINCE_1_2),
            *(Column(name, Kind.NUMBER, "1.2") for name in _PRICES_1_2),
            Column("CommitmentDiscountQuantity", Kind.NUMBER, "1.1"),
            Column("PricingCurrencyEffectiveCost", Kind.MONEY, "1.2"),
            Column("Tags", Kind.TAGS),
        ),
        key=lambda column: column.name,
    )
)
"""The 57 columns of FOCUS 1.2, which has no order of its own: https://focus.finops.org/focus-specification/v1-2/."""

OURS = (
    Column("x_Day", Kind.DAY, ""),
    Column("x_Period", since=""),
    Column("x_Unblended", Kind.MONEY, ""),
    Column("x_Net", Kind.MONEY, ""),
    Column("x_UsageType", since=""),
    Column("x_Component", since=""),
    Column("x_Environment", since=""),
)
"""Day and month (2026-11) of the charge in UTC, CUR's unblended and net cost, and the tags that pages tell apart."""

LAKE = (*FOCUS, *OURS)

REQUIRED = ("BilledCost", "BillingCurrency", "BillingPeriodStart", "ChargePeriodStart")
"""Without these a FOCUS file says nothing that could be added up."""
