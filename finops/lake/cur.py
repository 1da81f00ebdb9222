"""CUR 2.0 as rows of the lake: which column becomes which, and what a line costs amortized.

The rules of amortizing are those of AWS's own queries for its reports
(https://catalog.workshops.aws/cur-query-library): Savings Plan usage counts at its effective cost, of a recurring fee
only the part that no usage took, of a reservation's fee only the unused part; negations and upfront fees count zero,
and so does a refund of a Savings Plan, whose fee is not counted either. Discounts of private rates count as they are.
"""

from __future__ import annotations

from collections.abc import Mapping

from finops.lake.columns import FOCUS, Kind
from finops.lake.reading import Raw

COST = "line_item_unblended_cost"
REQUIRED = (
    COST,
    "line_item_line_item_type",
    "line_item_usage_start_date",
    "line_item_currency_code",
    "bill_billing_period_start_date",
)

_TEXTS = {
    "AvailabilityZone": ("line_item_availability_zone",),
    "BillingAccountId": ("bill_payer_account_id",),
    "BillingAccountName": ("bill_payer_account_name",),
    "BillingCurrency": ("line_item_currency_code",),
    "ChargeDescription": ("line_item_line_item_description",),
    "ConsumedUnit": ("pricing_unit",),
    "InvoiceId": ("bill_invoice_id",),
    "InvoiceIssuerName": ("bill_invoicing_entity", "line_item_legal_entity"),
    "PricingUnit": ("pricing_unit",),
    "RegionId": ("product_region_code", "product_region"),
    "ResourceId": ("line_item_resource_id",),
    "SkuId": ("product_sku",),
    "SkuPriceId": ("pricing_rate_id",),
    "SubAccountId": ("line_item_usage_account_id",),
    "SubAccountName": ("line_item_usage_account_name",),
    "x_UsageType": ("line_item_usage_type",),
}
_TIMES = {
    "BillingPeriodStart": "bill_billing_period_start_date",
    "BillingPeriodEnd": "bill_billing_period_end_date",
    "ChargePeriodStart": "line_item_usage_start_date",
    "ChargePeriodEnd": "line_item_usage_end_date",
}
_AMOUNTS = {
    "net": "line_item_net_unblended_cost",
    "list": "pricing_public_on_demand_cost",
    "plan": "savings_plan_savings_plan_effective_cost",
    "commitment": "savings_plan_total_commitment_to_date",
    "used": "savings_plan_used_commitment",
    "reserved": "reservation_effective_cost",
    "unused_upfront": "reservation_unused_amortized_upfront_fee_for_billing_period",
    "unused_recurring": "reservation_unused_recurring_fee",
}
_NAMES = ("product", "product_product_name", "product_servicename", "line_item_product_code")
_RESERVATION = ("reservation_reservation_a_r_n", "reservation_reservation_arn")
_PLAN = ("savings_plan_savings_plan_a_r_n", "savings_plan_savings_plan_arn")
_OTHERS = ("line_item_usage_amount", "pricing_public_on_demand_rate", "resource_tags", *_NAMES, *_RESERVATION, *_PLAN)

MONEY = frozenset({COST, *_AMOUNTS.values()})
"""The columns of the report that hold money."""
NUMBERS = frozenset({"line_item_usage_amount", "pricing_public_on_demand_rate"})

_CATEGORY = """CASE
  WHEN {type} IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage') THEN 'Usage'
  WHEN {type} IN ('Fee', 'RIFee', 'SavingsPlanRecurringFee', 'SavingsPlanUpfrontFee') THEN 'Purchase'
  WHEN {type} = 'Tax' THEN 'Tax'
  WHEN {type} = 'Credit' THEN 'Credit'
  ELSE 'Adjustment' END"""

_AMORTIZED = """CASE
  WHEN {type} = 'SavingsPlanCoveredUsage' THEN {plan}
  WHEN {type} = 'SavingsPlanRecurringFee' THEN coalesce({commitment}, 0) - coalesce({used}, 0)
  WHEN {type} IN ('SavingsPlanNegation', 'SavingsPlanUpfrontFee') THEN 0
  WHEN {type} = 'DiscountedUsage' THEN {reserved}
  WHEN {type} = 'RIFee' THEN coalesce({unused_upfront}, 0) + coalesce({unused_recurring}, 0)
  WHEN {type} = 'Fee' AND {reservation} IS NOT NULL THEN 0
  WHEN {type} = 'Refund' AND {arn} IS NOT NULL THEN 0
  ELSE {unblended} END"""


def wanted(name: str) -> bool:
    """Whether the lake is made from this column of the report."""
    known = {*MONEY, *NUMBERS, *_TIMES.values(), *_OTHERS, "line_item_line_item_type"}
    return name in known or name.startswith("resource_tags_") or any(name in names for names in _TEXTS.values())


def expressions(raw: Raw) -> Mapping[str, str]:
    """Each column of the lake that the report can fill; the others are nothing."""
    money = f"DECIMAL(38, {raw.scales.get(Kind.MONEY, 12)})"
    parts = {name: raw.read(column, Kind.MONEY) for name, column in _AMOUNTS.items()}
    parts |= {
        "unblended": raw.read(COST, Kind.MONEY),
        "type": raw.text("line_item_line_item_type"),
        "reservation": _first(raw, _RESERVATION),
        "arn": _first(raw, _PLAN),
    }
    made = {column.name: raw.read("", column.kind) for column in FOCUS}
    made |= {name: _first(raw, columns) for name, columns in _TEXTS.items()}
    made |= {name: raw.read(column, Kind.TIME) for name, column in _TIMES.items()}
    return made | {
        "BilledCost": parts["unblended"],
        "ContractedCost": parts["unblended"],
        "EffectiveCost": f"CAST({_AMORTIZED.format(**parts)} AS {money})",
        "ListCost": f"coalesce({parts['list']}, {parts['unblended']})",
        "ChargeCategory": _CATEGORY.format(**parts),
        "ChargeClass": f"CASE WHEN {parts['type']} = 'Refund' THEN 'Correction' END",
        "ConsumedQuantity": raw.read("line_item_usage_amount", Kind.NUMBER),
        "PricingQuantity": raw.read("line_item_usage_amount", Kind.NUMBER),
        "ListUnitPrice": raw.read("pricing_public_on_demand_rate", Kind.NUMBER),
        "CommitmentDiscountId": f"coalesce({parts['arn']}, {parts['reservation']})",
        "ProviderName": "'AWS'",
        "PublisherName": "'AWS'",
        "ServiceName": _service(raw),
        "Tags": _tags(raw),
        "x_Unblended": parts["unblended"],
        "x_Net": f"coalesce({parts['net']}, {parts['unblended']})",
    }


def _first(raw: Raw, names: tuple[str, ...]) -> str:
    return f"coalesce({', '.join(raw.text(name) for name in names)}, NULL)"


def _service(raw: Raw) -> str:
    """The product's name as bills print it, else its code."""
    tried = [raw.text(name) for name in _NAMES[1:]]
    if "product" in raw.taken:
        tried.insert(0, f"{raw.read('product', Kind.TAGS)}['product_name']")
    return f"coalesce({', '.join(tried)})"


def _tags(raw: Raw) -> str:
    """The tags: a map or JSON in `resource_tags`, or a column for each (`resource_tags_user_team`)."""
    single = sorted(name for name in raw.taken if name.startswith("resource_tags_"))
    whole = raw.read("resource_tags", Kind.TAGS)
    if not single:
        return whole
    keys = ", ".join(f"'{name.removeprefix('resource_tags_')}'" for name in single)
    values = ", ".join(raw.text(name) for name in single)
    return f"map_concat(coalesce({whole}, MAP {{}}), MAP([{keys}], [{values}]))"
