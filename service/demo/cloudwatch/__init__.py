"""The CloudWatch of the embedded AWS: metrics read, listed and put. Alarms and dashboards are moto's."""

from __future__ import annotations

from collections.abc import Sequence

from service.demo.cloudwatch.getdata import GetMetricData
from service.demo.cloudwatch.library import Library
from service.demo.cloudwatch.limits import Limits
from service.demo.cloudwatch.listing import ListMetrics
from service.demo.cloudwatch.overlay import Overlay
from service.demo.faults import Faults
from service.demo.source import Handler, MetricSource


def cloudwatch_handlers(
    sources: Sequence[MetricSource], limits: Limits, faults: Faults
) -> dict[tuple[str, str], Handler]:
    """The handlers of CloudWatch's metric actions over these sources and one overlay of put data."""
    library = Library(sources, Overlay(), faults)
    return {
        ("cloudwatch", "GetMetricData"): GetMetricData(library, limits),
        ("cloudwatch", "ListMetrics"): ListMetrics(library, limits),
    }
