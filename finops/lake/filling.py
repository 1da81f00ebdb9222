"""What FOCUS 1.2 demands of every row and a source may not tell, as SQL: derived from what it does tell."""

from __future__ import annotations

_CATEGORY = """CASE WHEN ChargeCategory IN ('Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment')
  THEN ChargeCategory ELSE 'Usage' END"""

FILLED = {
    "BilledCost": "coalesce(BilledCost, 0)",
    "BillingAccountId": "coalesce(BillingAccountId, 'unknown')",
    "BillingAccountType": "coalesce(BillingAccountType, 'Billing account')",
    "BillingPeriodEnd": "coalesce(BillingPeriodEnd, date_trunc('month', BillingPeriodStart) + INTERVAL 1 MONTH)",
    "ChargeCategory": _CATEGORY,
    "ChargeFrequency": f"""coalesce(ChargeFrequency,
      CASE WHEN ({_CATEGORY}) = 'Usage' THEN 'Usage-Based' ELSE 'One-Time' END)""",
    "ChargePeriodEnd": "coalesce(ChargePeriodEnd, ChargePeriodStart + INTERVAL 1 DAY)",
    "ContractedCost": "coalesce(ContractedCost, BilledCost, 0)",
    "EffectiveCost": "coalesce(EffectiveCost, BilledCost, 0)",
    "InvoiceIssuerName": "coalesce(InvoiceIssuerName, ProviderName)",
    "ListCost": "coalesce(ListCost, ContractedCost, BilledCost, 0)",
    "PricingCurrency": "coalesce(PricingCurrency, BillingCurrency)",
    "PublisherName": "coalesce(PublisherName, ProviderName)",
    "ServiceCategory": "coalesce(ServiceCategory, 'Other')",
    "ServiceName": "coalesce(ServiceName, 'unknown')",
    "ServiceSubcategory": "coalesce(ServiceSubcategory, 'Other (' || coalesce(ServiceCategory, 'Other') || ')')",
    "SubAccountType": "CASE WHEN SubAccountId IS NOT NULL THEN coalesce(SubAccountType, 'Account') END",
}
