"""Made-up bills for the tests of the lake."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from finops.lake.importing import Imported, Lake, import_bills
from store import Store

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
FOCUS_1_0: Mapping[str, str] = {
    "BilledCost": "1.00",
    "BillingAccountId": "111122223333",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-10-01T00:00:00Z",
    "BillingPeriodEnd": "2026-11-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargePeriodStart": "2026-10-03T00:00:00Z",
    "ChargePeriodEnd": "2026-10-04T00:00:00Z",
    "ContractedCost": "1.00",
    "EffectiveCost": "1.00",
    "ListCost": "1.00",
    "ProviderName": "AWS",
    "PublisherName": "AWS",
    "InvoiceIssuerName": "AWS",
    "RegionId": "ap-northeast-2",
    "ResourceId": "NULL",
    "ServiceCategory": "Compute",
    "ServiceName": "Amazon Elastic Compute Cloud",
    "SubAccountId": "444455556666",
    "Tags": '{"Team":"web","Component":"backend","Environment":"prod"}',
    "x_Discounts": "{}",
}
CUR_2_0: Mapping[str, str] = {
    "bill_payer_account_id": "111122223333",
    "bill_billing_period_start_date": "2026-10-01T00:00:00.000Z",
    "line_item_line_item_type": "Usage",
    "line_item_usage_start_date": "2026-10-03T00:00:00.000Z",
    "line_item_usage_account_id": "444455556666",
    "line_item_product_code": "AmazonEC2",
    "line_item_usage_type": "APN2-BoxUsage:t3.micro",
    "line_item_currency_code": "USD",
    "line_item_unblended_cost": "0",
    "line_item_net_unblended_cost": "",
    "product": '{"product_name":"Amazon Elastic Compute Cloud"}',
    "savings_plan_savings_plan_a_r_n": "",
    "savings_plan_savings_plan_effective_cost": "",
    "savings_plan_total_commitment_to_date": "",
    "savings_plan_used_commitment": "",
    "reservation_reservation_a_r_n": "",
    "reservation_effective_cost": "",
    "reservation_unused_amortized_upfront_fee_for_billing_period": "",
    "reservation_unused_recurring_fee": "",
    "resource_tags": '{"user_component":"backend"}',
}


def text(rows: Sequence[Mapping[str, str]], base: Mapping[str, str] = FOCUS_1_0, end: str = "\n") -> bytes:
    """A CSV file of rows that differ from `base` as each says."""
    written = io.StringIO(newline="")
    writer = csv.DictWriter(
        written, [*base, *{name: None for row in rows for name in row if name not in base}], lineterminator=end
    )
    writer.writeheader()
    writer.writerows({**base, **row} for row in rows)
    return written.getvalue().encode()


def lake_in(folder: Path, store: Store) -> Lake:
    """A lake in a folder."""
    return Lake(folder / "lake", store.bills, {"x_Component": "Component", "x_Environment": "Environment"})


def brought(folder: Path, store: Store, *contents: bytes, name: str = "bill.csv", now: datetime = NOW) -> Imported:
    """Import files with these contents as one delivery."""
    files = []
    for place, content in enumerate(contents):
        path = folder / f"{place}-{name}"
        path.write_bytes(content)
        files.append((name, path))
    return import_bills(lake_in(folder, store), files, now)
