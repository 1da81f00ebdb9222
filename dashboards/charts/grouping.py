"""Which series share a chart, what the chart is called, and what tells its lines apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dashboards.site import MetricFacts
from store.vocabulary import Series

LINES = 6
"""Lines on one chart: as many as there are colours that can be told apart."""
_STATS = ("p99", "p95", "p90", "p50", "Average", "Maximum", "Minimum", "Sum", "SampleCount")
_PLAIN = frozenset({"Sum", "SampleCount", "Expression"})
"""Statistics that need no word: a chart says "per 5 minutes" of totals, and an expression is what its title says."""

FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Server errors", ("HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count")),
    ("Gateway errors by kind", ("HTTPCode_ELB_502_Count", "HTTPCode_ELB_503_Count", "HTTPCode_ELB_504_Count")),
    ("Client errors", ("HTTPCode_ELB_4XX_Count", "HTTPCode_Target_4XX_Count")),
    ("Failed connections", ("RejectedConnectionCount", "TargetConnectionErrorCount", "ClientTLSNegotiationErrorCount")),
    ("Connections", ("ActiveConnectionCount", "NewConnectionCount", "CurrConnections", "NewConnections")),
    ("Targets", ("HealthyHostCount", "UnHealthyHostCount")),
    (
        "Group size",
        (
            "GroupDesiredCapacity",
            "GroupInServiceInstances",
            "GroupPendingInstances",
            "GroupTerminatingInstances",
            "GroupMaxSize",
        ),
    ),
    (
        "Status checks",
        (
            "StatusCheckFailed",
            "StatusCheckFailed_System",
            "StatusCheckFailed_Instance",
            "StatusCheckFailed_AttachedEBS",
        ),
    ),
    ("Network", ("NetworkIn", "NetworkOut")),
    ("EBS balance", ("EBSIOBalance%", "EBSByteBalance%")),
    ("Disk latency", ("ReadLatency", "WriteLatency")),
    ("Disk operations", ("ReadIOPS", "WriteIOPS", "VolumeReadOps", "VolumeWriteOps")),
    ("Disk throughput", ("ReadThroughput", "WriteThroughput", "VolumeReadBytes", "VolumeWriteBytes")),
    ("Cache hits and misses", ("CacheHits", "CacheMisses")),
    ("Bandwidth exceeded", ("NetworkBandwidthInAllowanceExceeded", "NetworkBandwidthOutAllowanceExceeded")),
    ("Error rates", ("4xxErrorRate", "5xxErrorRate", "TotalErrorRate", "502ErrorRate", "503ErrorRate", "504ErrorRate")),
    ("Transfer", ("BytesDownloaded", "BytesUploaded")),
    (
        "Traffic through the gateway",
        ("BytesOutToDestination", "BytesInFromDestination", "BytesInFromSource", "BytesOutToSource"),
    ),
    ("Gateway connections", ("ConnectionAttemptCount", "ConnectionEstablishedCount", "IdleTimeoutCount")),
)
"""Metrics that are read together, with the English title of their chart."""


@dataclass(frozen=True, slots=True)
class Line:
    """One series on a chart and what tells it from the others (empty where it is alone)."""

    series: Series
    metric: str
    detail: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Series that are drawn together. `title` is English where it names a family, else empty: the metric's own title.

    `subject` names the resource where two charts would be called the same. `left_out` counts lines beyond the limit.
    """

    key: str
    title: str
    unit: str
    lines: tuple[Line, ...]
    headline: bool
    subject: str = ""
    left_out: int = 0


def charts_of(
    series: Sequence[Series], facts_of: Callable[[Series], MetricFacts], order: Sequence[tuple[str, str]]
) -> list[Chart]:
    """Group the series of one component into charts: what users feel first, then the catalogue's order."""
    families = {metric: title for title, metrics in FAMILIES for metric in metrics}
    ranks = {metric: at for at, metric in enumerate(order)}
    groups: dict[tuple[str, str, tuple[str, ...]], list[Series]] = defaultdict(list)
    for each in series:
        dimensions = tuple(name for name, _ in each.key.dimensions)
        groups[each.key.namespace, families.get(each.key.metric, each.key.metric), dimensions].append(each)

    def rank(each: Series) -> tuple[int, str]:
        return ranks.get((each.key.namespace, each.key.metric), len(ranks)), each.key.metric

    drawn = []
    for (namespace, name, dimensions), group in groups.items():
        group.sort(key=lambda each: (rank(each), _stat_rank(each), each.key.dimensions))
        family = name if len({each.key.metric for each in group}) > 1 else ""
        drawn.append((rank(group[0]), len(dimensions), _chart(namespace, name, family, group, facts_of)))
    drawn.sort(key=lambda entry: (not entry[2].headline, entry[0], entry[1]))
    return _tell_apart([chart for _, _, chart in drawn], facts_of)


def _stat_rank(series: Series) -> int:
    return _STATS.index(series.key.stat) if series.key.stat in _STATS else len(_STATS)


def _chart(
    namespace: str, name: str, family: str, group: list[Series], facts_of: Callable[[Series], MetricFacts]
) -> Chart:
    kept = _one_statistic(group)[:LINES]
    stats = {(each.key.metric, each.key.stat) for each in kept}
    places = {each.key.dimensions for each in kept}
    names = {each.key.metric for each in kept}
    lines = []
    for each in kept:
        alone = len(kept) == 1 and each.key.stat not in _PLAIN
        details = [each.key.stat] if len(stats) > len(names) or alone else []
        details += [_short(each)] if len(places) > 1 else []
        lines.append(Line(each, each.key.metric if len(names) > 1 else "", " ".join(details)))
    dimensions = "-".join(part for part, _ in group[0].key.dimensions)
    return Chart(
        key=f"{namespace}/{name}/{dimensions}".lower().replace(" ", "-"),
        title=family,
        unit=facts_of(group[0]).unit or group[0].unit,
        lines=tuple(lines),
        headline=any(facts_of(each).headline for each in group),
        left_out=len(group) - len(kept),
    )


def _one_statistic(group: list[Series]) -> list[Series]:
    """Of many resources one statistic says enough: all of them on one chart would hide each other."""
    if len({each.key.dimensions for each in group}) == 1:
        return group
    stats = {each.key.stat for each in group}
    if len(stats) == len({each.key.metric for each in group}) == 1 or "Average" not in stats:
        return group
    averaged = {each.key.metric for each in group if each.key.stat == "Average"}
    return [each for each in group if each.key.stat == "Average" or each.key.metric not in averaged]


def _short(series: Series) -> str:
    """The name of what a series is of: `app/cloudmart-prod-backend/50dc6c` is cloudmart-prod-backend."""
    value = series.key.dimensions[-1][1] if series.key.dimensions else ""
    parts = value.split("/")
    return parts[-2] if len(parts) > 2 else value.removeprefix("targetgroup/").split("/")[0]  # noqa: PLR2004  kind/name/digest


def _tell_apart(charts: list[Chart], facts_of: Callable[[Series], MetricFacts]) -> list[Chart]:
    def called(chart: Chart) -> str:
        return chart.title or facts_of(chart.lines[0].series).title

    titles = [called(chart) for chart in charts]
    return [
        Chart(c.key, c.title, c.unit, c.lines, c.headline, _kind(c) if titles.count(called(c)) > 1 else "", c.left_out)
        for c in charts
    ]


_KINDS: Mapping[str, str] = {
    "LoadBalancer": "Load balancer",
    "TargetGroup": "Target group",
    "InstanceId": "Instances",
    "AutoScalingGroupName": "Auto Scaling group",
    "DBInstanceIdentifier": "Database",
    "CacheClusterId": "Cache",
    "CacheNodeId": "Cache node",
    "VolumeId": "Volumes",
    "NatGatewayId": "NAT gateway",
}


def _kind(chart: Chart) -> str:
    names = [name for name, _ in chart.lines[0].series.key.dimensions]
    if "TargetGroup" in names:
        return _KINDS["TargetGroup"]
    return next((_KINDS[name] for name in reversed(names) if name in _KINDS), names[-1] if names else "")
