"""The CloudWatch of the embedded AWS: metrics read, listed and put. Alarms and dashboards are moto's."""

from __future__ import annotations

from service.demo.cloudwatch.getdata import GetMetricData
from service.demo.cloudwatch.getstatistics import GetMetricStatistics
from service.demo.cloudwatch.library import Library
from service.demo.cloudwatch.limits import Limits
from service.demo.cloudwatch.listing import ListMetrics
from service.demo.cloudwatch.putting import PutMetricData
from service.demo.source import Handler


def cloudwatch_handlers(library: Library, limits: Limits) -> dict[tuple[str, str], Handler]:
    """The handlers of CloudWatch's metric actions. Another service of our own finds its place by a table like this."""
    return {
        ("cloudwatch", "GetMetricData"): GetMetricData(library, limits),
        ("cloudwatch", "GetMetricStatistics"): GetMetricStatistics(library, limits),
        ("cloudwatch", "ListMetrics"): ListMetrics(library, limits),
        ("cloudwatch", "PutMetricData"): PutMetricData(library.overlay, limits),
    }
