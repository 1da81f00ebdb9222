"""Figures, sparklines, windows, groups and the bill: the pure parts of the pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboards.charts.bill import bill_of, next_month
from dashboards.charts.drawing import draw, merged
from dashboards.charts.grouping import Chart, Line, charts_of
from dashboards.charts.headline import Headline, combine, headlines, rate
from dashboards.charts.spark import Frame, path, runs, sparkline
from dashboards.charts.units import NOTHING, format_value
from dashboards.charts.window import LONGEST, POINTS, Window, iso, step_for, window_of
from dashboards.site import MetricFacts
from store.vocabulary import Gap, MeterEntry, Series, SeriesKey

NOW = datetime(2026, 11, 23, 18, 4, 9, tzinfo=UTC)


def series(
    metric: str, stat: str = "Average", *, load_balancer: str = "lb", unit: str = "Count", period: int = 60
) -> Series:
    key = SeriesKey("1", "r", "AWS/ApplicationELB", metric, (("LoadBalancer", load_balancer),), stat)
    return Series(key, period, unit=unit, title=metric, environment="prod", component="backend")


def facts(one: Series) -> MetricFacts:
    return MetricFacts(one.title, unit=one.unit)


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (0.0423, "Percent", "0.042 %"),
        (7.2, "Percent", "7.2 %"),
        (0.182, "Seconds", "182 ms"),
        (0.99996, "Seconds", "1 s"),
        (84, "ms", "84 ms"),
        (300, "Seconds", "5 min"),
        (1.4e9, "Bytes", "1.3 GiB"),
        (1023.9, "Bytes", "1 KiB"),
        (9800, "Count", "9,800"),
        (12345, "", "12.3k"),
        (999_999, "", "1M"),
        (0, "Seconds", "0 ms"),
        (-0.0001, "Count", "0"),
        (None, "Count", NOTHING),
        (float("nan"), "Count", NOTHING),
    ],
)
def test_writes_a_value_with_three_telling_digits(value: float | None, unit: str, written: str) -> None:
    assert format_value(value, unit).replace("\N{NO-BREAK SPACE}", " ") == written


@given(st.floats(-1e12, 1e12), st.sampled_from(["Percent", "Seconds", "Bytes", "Count", "Bytes/Second"]))
def test_no_figure_is_longer_than_a_tile_has_room_for(value: float, unit: str) -> None:
    assert len(format_value(value, unit)) <= 13


def test_a_sparkline_is_not_drawn_across_a_gap() -> None:
    points = [(0, 1.0), (300, 2.0), (1500, 3.0)]
    assert [len(run) for run in runs(points, 300)] == [2, 1]
    assert path(points, Frame(0, 1800, 300)).count("M") == 2


def test_a_lonely_point_is_a_dot() -> None:
    assert path([(600, 1.0)], Frame(0, 1800, 300)).endswith("l0 0")


@given(st.lists(st.tuples(st.integers(0, 35), st.floats(0, 1e9)), max_size=36, unique_by=lambda point: point[0]))
def test_a_sparkline_stays_inside_its_box(points: list[tuple[int, float]]) -> None:
    frame = Frame(0, 36 * 300, 300)
    drawn = path(sorted((at * 300, value) for at, value in points), frame)
    x = y = 0
    for command, numbers in re.findall(r"([Ml])([-\d ]+)", drawn):
        values = [int(number) for number in re.findall(r"-?\d+", numbers)]
        for dx, dy in zip(values[::2], values[1::2], strict=True):
            x, y = (dx, dy) if command == "M" else (x + dx, y + dy)
            assert 0 <= x <= frame.width * 2
            assert 0 <= y <= frame.height * 2


def test_the_smallest_number_there_is_can_be_drawn() -> None:
    assert path([(0, 2.2e-313)], Frame(0, 3600, 300)) == "M4 4l0 0"


def test_a_sparkline_escapes_its_label_and_keeps_its_size_when_empty() -> None:
    drawn = sparkline([], Frame(0, 3600, 300), '"><script>')
    assert "<script>" not in drawn
    assert 'width="112" height="28"' in drawn


def test_the_default_window_is_three_hours_by_the_minute_ending_now() -> None:
    window = window_of({}, NOW)
    assert (window.end - window.start, window.step, window.range, window.query) == (10800, 60, "3h", {})
    assert 0 <= NOW.timestamp() - window.end < 60


def test_a_fixed_window_survives_its_own_address() -> None:
    window = window_of({"from": "2026-11-23T02:00Z", "to": "2026-11-23T02:30Z"}, NOW)
    assert window_of(window.query, NOW) == window
    assert iso(window.start) == "2026-11-23T02:00Z"


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=12))
@example("0", "0", "")
def test_whatever_stands_in_the_address_there_is_a_window(start: str, end: str, name: str) -> None:
    window = window_of({"from": start, "to": end, "range": name}, NOW)
    assert window.start < window.end
    assert window.end - window.start <= LONGEST.total_seconds() + 2 * window.step


@given(st.integers(300, int(LONGEST.total_seconds())))
def test_no_window_has_more_points_than_a_phone_can_use(seconds: int) -> None:
    assert seconds / step_for(seconds) <= POINTS


def test_metrics_that_are_read_together_share_a_chart() -> None:
    target, balancer = (series(f"HTTPCode_{part}_5XX_Count", "Sum") for part in ("Target", "ELB"))
    charts = charts_of([target, balancer, series("RequestCount", "Sum")], facts, ())
    assert sorted((chart.title, len(chart.lines)) for chart in charts) == [("", 1), ("Server errors", 2)]


def test_statistics_tell_the_lines_of_one_metric_apart() -> None:
    [chart] = charts_of([series("TargetResponseTime", stat) for stat in ("Average", "p50", "p99")], facts, ())
    assert [line.detail for line in chart.lines] == ["p99", "p50", "Average"]


def test_resources_tell_lines_apart_by_their_short_name() -> None:
    found = [series("RequestCount", "Sum", load_balancer=f"app/shop-{name}/50dc6c495c0c9188") for name in "ab"]
    [chart] = charts_of(found, facts, ())
    assert [line.detail for line in chart.lines] == ["shop-a", "shop-b"]


def test_more_lines_than_colours_are_counted_not_drawn() -> None:
    [chart] = charts_of([series("RequestCount", "Sum", load_balancer=f"lb{at}") for at in range(9)], facts, ())
    assert (len(chart.lines), chart.left_out) == (6, 3)


def test_a_component_is_headed_by_what_the_catalogue_calls_headlines() -> None:
    every = [
        series("RequestCount", "Sum"),
        series("TargetResponseTime", "p95"),
        series("TargetResponseTime", "Average"),
    ]

    def known(one: Series) -> MetricFacts:
        return MetricFacts(one.title, headline=int(one.key.metric == "TargetResponseTime"))

    [chosen] = headlines(every, known, ())["prod", "backend"]
    assert (chosen.facts.title, chosen.stat) == ("TargetResponseTime", "p95")


def test_the_rank_of_the_catalogue_orders_the_tile() -> None:
    every = [series("RequestCount", "Sum"), series("TargetResponseTime", "p95"), series("Noise", "Sum")]
    ranks = {"RequestCount": 2, "TargetResponseTime": 1}

    def known(one: Series) -> MetricFacts:
        return MetricFacts(one.title, headline=ranks.get(one.key.metric, 0))

    order = [("AWS/ApplicationELB", "RequestCount"), ("AWS/ApplicationELB", "TargetResponseTime")]
    chosen = headlines(every, known, order)["prod", "backend"]
    assert [each.facts.title for each in chosen] == ["TargetResponseTime", "RequestCount"]


def test_many_instances_are_drawn_by_one_statistic() -> None:
    found = [
        series("CPUUtilization", stat, load_balancer=f"i-{at}") for at in range(3) for stat in ("Average", "Maximum")
    ]
    [chart] = charts_of(found, facts, ())
    assert [line.detail for line in chart.lines] == ["i-0", "i-1", "i-2"]


def test_totals_add_and_levels_take_the_worst() -> None:
    a, b = (series("m", "Sum", load_balancer=name) for name in "ab")
    points = {a.id: [(0, 1.0)], b.id: [(0, 5.0)]}
    assert combine(Headline(MetricFacts("m"), "Sum", (a, b)), points) == [(0, 6.0)]
    assert combine(Headline(MetricFacts("m", higher_is_worse=True), "Average", (a, b)), points) == [(0, 5.0)]
    assert combine(Headline(MetricFacts("m", higher_is_worse=False), "Average", (a, b)), points) == [(0, 1.0)]
    assert combine(Headline(MetricFacts("m"), "Average", (a, b)), points) == [(0, 3.0)]


def test_a_total_is_written_as_a_rate_that_no_step_changes() -> None:
    headline = Headline(MetricFacts("Requests"), "Sum", (series("m", "Sum"),))
    assert rate(headline, 50.0, 300) == (10.0, "count/min")
    assert rate(headline, 10.0, 60) == (10.0, "count/min")


def chart_of(stat: str) -> Chart:
    return Chart("k", "", "Count", (Line(series("m", stat), "", ""),), headline=False)


def test_a_total_that_is_not_yet_collected_to_its_end_is_not_drawn() -> None:
    window, points = Window(0, 900, 300, ""), [(0, 10.0), (300, 10.0), (600, 4.0)]
    for stat, last in (("Sum", None), ("Average", 4.0)):
        chart = chart_of(stat)
        name = chart.lines[0].series.id
        assert draw(chart, window, {name: points}, [], {name: 720}).values[0] == (10.0, 10.0, last)


def test_a_missing_bucket_stays_missing() -> None:
    chart = chart_of("Average")
    drawn = draw(chart, Window(0, 240, 60, ""), {chart.lines[0].series.id: [(0, 1.0), (180, 2.0)]}, [], {})
    assert drawn.values[0] == (1.0, None, None, 2.0)


def test_gaps_that_touch_are_told_as_one() -> None:
    gaps = [Gap(0, 60, "a"), Gap(60, 120, "b"), Gap(600, 660, "c")]
    assert merged(gaps, 60, Window(0, 900, 60, "")) == (Gap(0, 120, "a"), Gap(600, 660, "c"))


def entry(hour: datetime, cost: str, api: str = "GetMetricData") -> MeterEntry:
    return MeterEntry(hour, "main", "r", api, "metrics", 10, 1, 2, Decimal(100), Decimal(cost), Decimal(cost) * 2)


def test_the_bill_projects_the_pace_of_the_week_onto_the_rest_of_the_month() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    entries = [entry(now - timedelta(hours=at), "0.01") for at in range(1, 241)]
    bill = bill_of(entries, now)
    assert bill.so_far.low == Decimal("2.40")
    assert bill.projection is not None
    assert bill.projection.low == Decimal("4.80")
    assert bill.projection.high == Decimal("9.60")
    assert [(share.name, share.calls, share.errors, share.throttles) for share in bill.by_api] == [
        ("GetMetricData", 2400, 240, 480)
    ]


def test_last_month_counts_for_the_pace_but_not_for_the_month() -> None:
    now = datetime(2026, 11, 2, tzinfo=UTC)
    bill = bill_of([entry(now - timedelta(days=4), "1")], now)
    assert bill.so_far.low == 0
    assert bill.projection is not None
    assert bill.projection.low > 0


def test_there_is_no_projection_without_an_hour_to_go_by() -> None:
    assert bill_of([entry(NOW.replace(minute=0, second=0), "1")], NOW).projection is None
    assert next_month(datetime(2026, 12, 31, 23, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)
