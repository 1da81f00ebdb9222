"""The anomalies that AWS's own detection found: GetAnomalies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from collectors.answers import Item, inner, items, text
from collectors.caller import Caller
from collectors.costs.answer import decimal
from collectors.costs.fetch import all_pages
from collectors.metrics.fetch import Patience
from store.messages import Message, Sentence
from store.money import CostAnomaly, Drift

DAYS = 60
"""How far back is asked; AWS keeps anomalies for 90 days."""
_OPEN = timedelta(days=2)
_DAY = timedelta(days=1)
_CENT = Decimal("0.01")


def read_anomalies(
    caller: Caller, now: datetime, patience: Patience, detected: Mapping[str, datetime]
) -> list[CostAnomaly]:
    """The anomalies of the last 60 days. `detected` says when those that are known were first read.

    Raises:
        AwsError: they could not be had.
    """
    today = now.date()
    interval = {"StartDate": (today - timedelta(days=DAYS)).isoformat(), "EndDate": today.isoformat()}
    found = all_pages(caller, "get_anomalies", patience, {"DateInterval": interval})
    entries = [entry for page in found.pages for entry in items(page, "Anomalies")]
    return [anomaly for entry in entries if (anomaly := anomaly_of(entry, now, detected))]


def anomaly_of(entry: Item, now: datetime, detected: Mapping[str, datetime]) -> CostAnomaly | None:
    """One anomaly in our words; None where it names no start. AWS tells amounts in US dollars as binary numbers."""
    name, start = text(entry, "AnomalyId"), _date(entry, "AnomalyStartDate")
    if not name or start is None:
        return None
    last = _date(entry, "AnomalyEndDate")
    cause = next(iter(items(entry, "RootCauses")), {})
    service = text(cause, "Service") or text(entry, "DimensionValue")
    impact = inner(entry, "Impact")
    expected = _amount(impact, "TotalExpectedSpend")
    feedback = text(entry, "Feedback")
    return CostAnomaly(
        id=f"aws:{name}",
        scope=f"service:{service}" if service else "",
        kind=Drift.JUMP,
        start=start,
        end=(last or max(start, now.date())) + _DAY,
        currency="USD",
        actual=_amount(impact, "TotalActualSpend"),
        expected=expected,
        low=expected,
        high=expected,
        impact=_amount(impact, "TotalImpact") or _amount(impact, "MaxImpact"),
        cause=_cause(cause, service),
        detected_at=detected.get(f"aws:{name}", now),
        usage_type=text(cause, "UsageType"),
        muted=feedback if feedback in {"NO", "PLANNED_ACTIVITY"} else "",
        source="aws",
        open=last is None or now.date() - last <= _OPEN,
        service=service or None,
    )


def _cause(cause: Item, service: str) -> Sentence:
    usage, region = text(cause, "UsageType"), text(cause, "Region")
    if usage and region:
        return Message("AWS names %(usage)s of %(service)s in %(region)s.", usage=usage, service=service, region=region)
    if service:
        return Message("AWS names %(service)s.", service=service)
    return Message("AWS names no cause.")


def _date(entry: Item, key: str) -> date | None:
    try:
        return date.fromisoformat(text(entry, key)[:10])
    except ValueError:
        return None


def _amount(impact: Item, key: str) -> Decimal:
    return (decimal(impact.get(key)) or Decimal(0)).quantize(_CENT)
