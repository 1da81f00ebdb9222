"""What Prometheus reads: /metrics is Lamplighter's own operation, /metrics/aws the latest of every collected series."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from time import perf_counter

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder

from dashboards.operation import Operation
from dashboards.site import current_site
from store.vocabulary import Series

FRESH_SECONDS = 3600
"""How old the latest value of a frequent series may be to be told: an older one says nothing of now."""
BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_EOF = b"# EOF\n"
_LOWER_THEN_UPPER = re.compile(r"([a-z0-9])([A-Z])")
_UNFIT = re.compile(r"[^a-zA-Z0-9_]")


def blueprint(app: Flask) -> Blueprint:
    """GET /metrics and GET /metrics/aws, in the Prometheus text format or OpenMetrics as the scraper asks."""
    registry = CollectorRegistry()
    _time_requests(app, registry)
    registry.register(Operation())
    exposition = Blueprint("exposition", __name__)

    def own() -> Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(registry), content_type=content_type)

    exposition.get("/metrics", endpoint="own")(own)
    exposition.get("/metrics/aws", endpoint="collected")(collected)
    return exposition


def collected() -> Response:
    """The latest value of every open series; `?timestamps=1` adds the start of its bucket, as CloudWatch has it."""
    every = current_site().store.series.find()
    now = int(g.now.timestamp())
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    stamped = request.args.get("timestamps", "").lower() in {"1", "true", "yes"}
    told = families(every, _latest(every, now), now, stamped=stamped)
    return Response(_stream(told, encode), content_type=content_type)


def _latest(every: Sequence[Series], now: int) -> dict[str, tuple[int, float]]:
    # The reach of a daily series is days: looking that far back for every series would read days of samples.
    by_reach: defaultdict[int, list[str]] = defaultdict(list)
    for series in every:
        by_reach[_allowed_age(series)].append(series.id)
    samples = current_site().store.samples
    return {
        name: point
        for reach, ids in by_reach.items()
        for name, point in samples.latest(ids, now=now, within=reach).items()
    }


def _allowed_age(series: Series) -> int:
    # A daily series is published up to two days late; a five-minute one must be of this hour.
    return max(FRESH_SECONDS, 3 * series.period)


def families(
    every: Iterable[Series], latest: Mapping[str, tuple[int, float]], now: int, *, stamped: bool
) -> Iterator[Metric]:
    """One gauge family for each metric and statistic, in the order of their names; series with no fresh value lack."""
    named = sorted(((exposed_name(series), series) for series in every), key=lambda pair: (pair[0], pair[1].id))
    for name, group in groupby(named, key=lambda pair: pair[0]):
        family = GaugeMetricFamily(name, "")
        for _, series in group:
            time, value = latest.get(series.id, (0, 0.0))
            if now - time <= _allowed_age(series):
                family.documentation = family.documentation or _documentation(series)
                family.add_sample(name, labels_of(series), value, timestamp=time if stamped else None)
        if family.samples:
            yield family


def _documentation(series: Series) -> str:
    unit = f" in {series.unit}" if series.unit else ""
    return f"{series.key.namespace} {series.key.metric}, {series.key.stat}{unit}, over {series.period} s."


def exposed_name(series: Series) -> str:
    """The name that YACE gives: `aws_applicationelb_request_count_sum`, so that dashboards made for it still work."""
    namespace = _fit(series.key.namespace.lower())
    prefix = namespace if namespace.startswith("aws") else f"aws_{namespace}"
    return f"{prefix}_{_snake(series.key.metric)}_{_snake(series.key.stat)}"


def _snake(name: str) -> str:
    return _fit(_LOWER_THEN_UPPER.sub(r"\1_\2", name)).lower()


def _fit(name: str) -> str:
    return _UNFIT.sub("_", name.replace("%", "_percent"))


def labels_of(series: Series) -> dict[str, str]:
    """Where the series belongs, and its dimensions as YACE writes them (`dimension_LoadBalancer`)."""
    place = {
        "account": series.key.account,
        "region": series.key.region,
        "environment": series.environment or "",
        "component": series.component or "",
        "resource": series.resource_id or "",
    }
    return place | {f"dimension_{_fit(name)}": value for name, value in series.key.dimensions}


@dataclass(frozen=True, slots=True)
class _OneFamily:
    family: Metric

    def collect(self) -> Iterator[Metric]:
        yield self.family


def _stream(every: Iterable[Metric], encode: Callable[..., bytes]) -> Iterator[bytes]:
    """Encode a family at a time, so that memory does not grow with the number of series."""
    ends = False
    for family in every:
        text = encode(_OneFamily(family))
        ends = text.endswith(_EOF)
        yield text.removesuffix(_EOF)
    if ends or encode(CollectorRegistry()).endswith(_EOF):
        yield _EOF


def _time_requests(app: Flask, registry: CollectorRegistry) -> None:
    histogram = Histogram(
        "lamplighter_http_request_duration_seconds",
        "Time to answer a request.",
        ("method", "endpoint", "status"),
        registry=registry,
        buckets=BUCKETS,
    )

    def start() -> None:
        g.started = perf_counter()

    def stop(response: Response) -> Response:
        # Labels are of our own words only: a stranger must not be able to add series.
        method = request.method if request.method in {"GET", "HEAD", "POST", "OPTIONS"} else "other"
        took = perf_counter() - g.get("started", perf_counter())
        histogram.labels(method, request.endpoint or "none", str(response.status_code)).observe(took)
        return response

    app.before_request(start)
    app.after_request(stop)
