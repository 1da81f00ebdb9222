"""Which tags are activated for billing: a tag that is not tells no costs apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from collectors.answers import items, text
from collectors.caller import Caller
from collectors.costs.fetch import all_pages
from collectors.metrics.fetch import Patience
from store.money import CostTag

NEXT = "NextToken"
"""What this call names the mark of its next page."""


def read_tags(caller: Caller, wanted: Sequence[str], now: datetime, patience: Patience) -> list[CostTag]:
    """Every tag key that AWS has seen on a cost, and those `wanted`: one that AWS has never seen is not active.

    Raises:
        AwsError: they could not be had. Only the management account of an organisation may ask.
    """
    found = all_pages(caller, "list_cost_allocation_tags", patience, {"MaxResults": 1000}, NEXT)
    entries = [entry for page in found.pages for entry in items(page, "CostAllocationTags") if text(entry, "TagKey")]
    active = dict.fromkeys(wanted, False)
    for entry in entries:
        key = text(entry, "TagKey")
        active[key] = active.get(key, False) or text(entry, "Status") == "Active"
    return [CostTag(caller.scope.account, key, state, now) for key, state in active.items()]
