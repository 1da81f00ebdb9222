"""Reads what a message about costs draws: what the last fourteen days cost, beside what a day may or should."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from alerts.chart.figures import exact_text
from alerts.chart.picture import Chart, Mark
from alerts.notice import NoticeAlert
from store import Store
from store.messages import Message
from store.money import DailyCosts

_DAY = 86_400
_CHANGES = ("deploy.", "shutdown.", "override.", "environment.", "config.")
_EVENTS = 200


def spending_of(store: Store, alert: NoticeAlert) -> Chart | None:
    """The days of a budget or of an unusual cost; None where it is neither, or nothing was kept of it."""
    budget, anomaly = alert.labels.get("budget", ""), alert.labels.get("anomaly", "")
    key = DailyCosts.key_of(budget=budget) if budget else DailyCosts.key_of(anomaly=anomaly) if anomaly else ""
    found = store.reports.get(DailyCosts, key) if key else None
    if found is None or not any(found.amounts):
        return None
    first = _midnight(found.start)
    last = first + len(found.amounts) * _DAY
    points = [(first + day * _DAY, float(amount)) for day, amount in enumerate(found.amounts) if amount is not None]
    start, end = (datetime.fromtimestamp(moment, UTC) for moment in (first, last))
    events = store.events.between(start, end, environment=alert.environment, component=alert.component, limit=_EVENTS)
    usual = None if found.usual is None else float(found.usual)
    amount = exact_text(usual, found.currency)
    said = Message("budget a day %(amount)s", amount=amount) if budget else Message("usual %(amount)s", amount=amount)
    return Chart(
        title=Message("%(what)s: costs a day", what=found.what) if found.what else Message("Costs a day"),
        start=first,
        end=last,
        step=_DAY,
        points=points,
        unit=found.currency,
        value=points[-1][1],
        limit=usual,
        marks=[Mark(int(event.at.timestamp()), event.title) for event in events if event.kind.startswith(_CHANGES)],
        days=True,
        limit_said=said,
    )


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
