"""What FOCUS 1.2 demands of every row and a source may not tell, as SQL: derived from what it does tell."""

from __future__ import annotations

_CATEGORY = """CASE WHEN ChargeCategory IN ('Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment')
  THEN ChargeCategory ELSE 'Usage' END"""


def _same(name: str, alike: str) -> str:
    """A figure in the pricing currency is the one in the billing currency where both are the same."""
    return f"coalesce({name}, CASE WHEN coalesce(PricingCurrency, BillingCurrency) = BillingCurrency THEN {alike} END)"


FILLED = {
    "BilledCost": "coalesce(BilledCost, 0)",
    "BillingAccountId": "coalesce(BillingAccountId, 'unknown')",
    "BillingAccountType": "coalesce(BillingAccountType, 'Billing account')",
    "BillingPeriodEnd": "coalesce(BillingPeriodEnd, date_trunc('month', BillingPeriodStart) + INTERVAL 1 MONTH)",
    "ChargeCategory": _CATEGORY,
    "ChargeDescription": "coalesce(ChargeDescription, x_UsageType)",
    "ChargeFrequency": f"""coalesce(ChargeFrequency,
      CASE WHEN ({_CATEGORY}) = 'Usage' THEN 'Usage-Based' ELSE 'One-Time' END)""",
    "ChargePeriodEnd": "coalesce(ChargePeriodEnd, ChargePeriodStart + INTERVAL 1 DAY)",
    "ContractedCost": "coalesce(ContractedCost, BilledCost, 0)",
    "EffectiveCost": "coalesce(EffectiveCost, BilledCost, 0)",
    "InvoiceIssuerName": """CASE WHEN BilledCost <> 0 THEN ProviderName
      ELSE coalesce(InvoiceIssuerName, ProviderName) END""",
    "ListCost": "coalesce(ListCost, ContractedCost, BilledCost, 0)",
    "PricingCurrency": "coalesce(PricingCurrency, BillingCurrency)",
    "PricingCurrencyContractedUnitPrice": _same("PricingCurrencyContractedUnitPrice", "ContractedUnitPrice"),
    "PricingCurrencyEffectiveCost": _same("PricingCurrencyEffectiveCost", "coalesce(EffectiveCost, BilledCost, 0)"),
    "PricingCurrencyListUnitPrice": _same("PricingCurrencyListUnitPrice", "ListUnitPrice"),
    "PublisherName": "coalesce(PublisherName, ProviderName)",
    "ServiceCategory": "coalesce(ServiceCategory, 'Other')",
    "ServiceName": "coalesce(ServiceName, 'unknown')",
    "ServiceSubcategory": "coalesce(ServiceSubcategory, 'Other (' || coalesce(ServiceCategory, 'Other') || ')')",
    "SkuMeter": "coalesce(SkuMeter, x_UsageType)",
    "SubAccountType": "CASE WHEN SubAccountId IS NOT NULL THEN coalesce(SubAccountType, 'Account') END",
}
"""By column. The validator of FOCUS takes a billed charge whose issuer is not named like the provider ("Amazon Web
Services, Inc." and "AWS") for a third party's, so the issuer's own name stands in `x_InvoiceIssuerName`."""
