"""What YACE 0.67 and a naive loop would ask CloudWatch for, reckoned from how they work; neither is run.

YACE (prometheus-community/yet-another-cloudwatch-exporter) as its source and documentation have it, read November 2026:

- It scrapes by itself every `-scraping-interval` seconds, 300 by default, whoever reads its /metrics
  (cmd/yace/scraper.go).
- Each scrape of each job, region and role begins with ListMetrics for each metric name of the job, all pages of 500;
  nothing is kept until the next scrape (pkg/job/discovery.go, custom.go).
- Then GetMetricData with one query per series and statistic, `-metrics-per-query` (500) to a request, apart by
  namespace, period and delay (pkg/job/getmetricdata/iterator.go).
- Of each answer it exports the newest point only (pkg/clients/cloudwatch/client.go), so a series at one-minute
  resolution must be scraped each minute. `exportAllDataPoints` (since 0.63, off by default) exports all points of the
  window with CloudWatch's timestamps, which Prometheus takes in only where out-of-order samples are switched on.

The naive loop asks GetMetricData for one series at a time, each minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

QUERIES_A_REQUEST = 500
METRICS_A_PAGE = 500
STATISTICS_A_METRIC = 5
"""Statistics of one metric in one request that are billed as one metric (CloudWatch's price list)."""
DOLLARS_A_METRIC = Decimal("0.00001")
"""GetMetricData: $0.01 per 1,000 metrics requested, never in the free tier."""
DOLLARS_A_LIST = Decimal("0.00001")
"""ListMetrics: $0.01 per 1,000 requests beyond a free million a month that the account shares with everything else."""
REQUESTS_A_SECOND = 50
"""GetMetricData's quota."""
DAY = 86_400
DAYS_A_MONTH = 30
MINUTE = 60


@dataclass(frozen=True, slots=True)
class CallPlan:
    """What one way of collecting asks for in a day. `points` a series and hour; `age` is that of the newest point.

    `metrics` are those billed for GetMetricData; `newest_age` and `oldest_age` are seconds since the start of the
    newest point's minute, right after and right before a scrape, with points visible as soon as they are over.
    """

    name: str
    scrapes: int
    lists: int
    requests: int
    metrics: int
    points_an_hour: int
    newest_age: int
    oldest_age: int

    @property
    def dollars(self) -> Decimal:
        """US dollars a month of 30 days for GetMetricData alone."""
        return self.metrics * DAYS_A_MONTH * DOLLARS_A_METRIC

    @property
    def dollars_with_lists(self) -> Decimal:
        """The same where the account's free million of other requests is used up, as it is in a large account."""
        return self.dollars + self.lists * DAYS_A_MONTH * DOLLARS_A_LIST

    @property
    def requests_a_scrape(self) -> int:
        """GetMetricData requests of one scrape."""
        return self.requests // self.scrapes


def pages(count: int, size: int) -> int:
    """How many pages hold `count` things; asking takes one even where there is nothing."""
    return max(1, -(-count // size))


def yace_plan(  # noqa: PLR0913  each is a setting of YACE
    series: int, *, names: int = 1, statistics: int = 1, every: int = 300, period: int = 300, all_points: bool = False
) -> CallPlan:
    """The calls of YACE for `series` dimension sets evenly spread over `names` metric names of one job, in a day.

    `every` is the scraping interval and `period` the resolution, both in seconds; `all_points` is exportAllDataPoints
    with a window as long as the interval.
    """
    scrapes = DAY // every
    each, over = divmod(series, names)
    lists = over * pages(each + 1, METRICS_A_PAGE) + (names - over) * pages(each, METRICS_A_PAGE)
    # Statistics of a metric stand side by side, so all but a few at the edges of requests fall into one request.
    metrics = series * pages(statistics, STATISTICS_A_METRIC)
    exported = 3600 // period if all_points else min(3600 // period, 3600 // every)
    return CallPlan(
        name=f"YACE, scrape {every} s, period {period} s{', all points' if all_points else ''}",
        scrapes=scrapes,
        lists=scrapes * lists,
        requests=scrapes * pages(series * statistics, QUERIES_A_REQUEST),
        metrics=scrapes * metrics,
        points_an_hour=exported,
        newest_age=period,
        oldest_age=period + every - min(every, MINUTE),
    )


def yace_default(series: int, names: int = 1) -> CallPlan:
    """As it comes: a point each five minutes."""
    return yace_plan(series, names=names)


def yace_each_minute(series: int, names: int = 1) -> CallPlan:
    """At one-minute resolution: period 60, length 300, and a scrape each minute because only the newest is exported."""
    return yace_plan(series, names=names, every=MINUTE, period=MINUTE)


def yace_all_points(series: int, names: int = 1) -> CallPlan:
    """At one-minute resolution with exportAllDataPoints and a scrape each five minutes."""
    return yace_plan(series, names=names, period=MINUTE, all_points=True)


def naive_plan(series: int) -> CallPlan:
    """A request for each series each minute."""
    scrapes = DAY // MINUTE
    return CallPlan(
        "naive loop, a request per series and minute", scrapes, 0, scrapes * series, scrapes * series, 60, 60, 60
    )


def fits_quota(plan: CallPlan) -> bool:
    """Whether the requests of a scrape can be made before the next one begins, at the quota of GetMetricData."""
    return plan.requests <= REQUESTS_A_SECOND * DAY
