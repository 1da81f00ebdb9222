"""Reads what a notice's chart shows from the store: the series of its worst alert, six hours back, and the changes."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.chart.picture import Chart, Mark, to_png, to_svg
from alerts.chart.spending import spending_of
from alerts.notice import Notice, NoticeAlert, Voice
from store import Store
from store.vocabulary import Series

BEFORE = timedelta(hours=6)
_LONGEST = timedelta(days=14)
"""Of an alert that has fired for longer, the newest days are drawn."""
_POINTS = 400
_CHANGES = ("deploy.", "shutdown.", "override.", "environment.", "config.")
_EVENTS = 200


def draw_notice(store: Store, notice: Notice, voice: Voice) -> bytes | None:
    """The chart of a notice as PNG, or None where its alerts have no series. Times are those of the notice."""
    chart = chart_of(store, notice)
    return to_png(to_svg(chart, voice)) if chart else None


def chart_of(store: Store, notice: Notice) -> Chart | None:
    """What is to be drawn of a notice: its worst alert that has a series, from six hours before; or days of costs."""
    for alert in notice.alerts:
        series = store.series.get(alert.series_id) if alert.series_id else None
        if series is not None:
            return _around(store, alert, series, notice.at)
        spent = spending_of(store, alert)
        if spent is not None:
            return spent
    return None


def _around(store: Store, alert: NoticeAlert, series: Series, at: datetime) -> Chart:
    begun = alert.fired_at or at
    start = max(min(begun, at) - BEFORE, at - _LONGEST)
    first, last = int(start.timestamp()), int(at.timestamp()) + 1
    step = max(series.period, -(-(last - first) // _POINTS // series.period) * series.period)
    points = store.samples.read([series.id], first // step * step, last, step=step).get(series.id)
    over, place = alert.resolved_at or at, alert.component or alert.environment
    events = store.events.between(start, at, environment=alert.environment, component=alert.component, limit=_EVENTS)
    marks = [Mark(int(event.at.timestamp()), event.title) for event in events if event.kind.startswith(_CHANGES)]
    return Chart(
        title=" · ".join(part for part in (place, series.title or series.key.metric) if part),
        start=first,
        end=last,
        step=step,
        points=points.pairs() if points else [],
        unit=alert.unit or series.unit,
        value=alert.value,
        limit=alert.limit,
        firing=[(int(begun.timestamp()), int(over.timestamp()))],
        marks=marks,
    )
