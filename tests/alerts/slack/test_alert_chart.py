"""The chart of an alert: what is drawn, in whose words, and that rubbish draws something."""

from __future__ import annotations

import struct
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.chart.around import chart_of, draw_notice
from alerts.chart.axes import Scale, span_of_values, time_ticks, value_ticks
from alerts.chart.figures import exact_text, value_text
from alerts.chart.picture import HEIGHT, WIDTH, Chart, Mark, shortened, to_png, to_svg, width_of
from alerts.rules.figures import figure
from store import Store
from store.money import DailyCosts
from store.vocabulary import Event, Series, SeriesKey
from tests.alerts.slack.samples import BEGUN, NOW, alert, notice, resolved, voice

END = int(NOW.timestamp())
START = END - 6 * 3600
POINTS = [(time, 7.0 if time > END - 720 else 0.5) for time in range(START, END, 60)]
CHART = Chart(
    "backend · HTTP 5xx",
    START,
    END,
    60,
    POINTS,
    "Percent",
    7.2,
    2.0,
    [(END - 720, END)],
    [Mark(END - 1080, "deploy 4312")],
)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(svg: str, kind: str) -> list[ET.Element]:
    return list(ET.fromstring(svg.encode()).iter(f"{SVG}{kind}"))  # noqa: S314  our own


def texts(svg: str) -> list[str]:
    return [text.text or "" for text in drawn(svg, "text")]


def test_it_says_what_how_much_which_limit_and_what_happened_before() -> None:
    said = texts(to_svg(CHART, voice()))
    for words in (
        "backend · HTTP 5xx",
        "7.2\N{NO-BREAK SPACE}%",
        "limit 2\N{NO-BREAK SPACE}%",
        "deploy 4312",
        "13:00",
        "18:00",
    ):
        assert words in said


def test_it_speaks_korean_and_tells_the_time_of_the_zone() -> None:
    said = texts(to_svg(CHART, voice("ko", "Asia/Seoul")))
    assert "한도 2\N{NO-BREAK SPACE}%" in said
    assert "00:00" in said


def test_where_it_fired_is_shaded() -> None:
    (shade,) = [rect for rect in drawn(to_svg(CHART, voice()), "rect") if rect.get("fill") == "#ffe1e3"]
    assert float(shade.get("width", "0")) > 10


def test_a_gap_is_not_drawn_across() -> None:
    holed = [point for point in POINTS if not END - 9000 < point[0] < END - 7800]
    svg = to_svg(Chart("t", START, END, 60, holed), voice())
    (line,) = [path.get("d", "") for path in drawn(svg, "path") if path.get("fill") == "none"]
    assert line.count("M") == 2


def test_without_points_it_says_so() -> None:
    assert "이 구간에는 값이 없습니다." in texts(to_svg(Chart("t", START, END, 60, []), voice("ko")))


def test_the_picture_is_a_png_of_twice_the_size_and_small() -> None:
    png = to_png(to_svg(CHART, voice()))
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24]) == (2 * WIDTH, 2 * HEIGHT)
    assert len(png) < 200_000


def test_korean_is_drawn_with_the_font_that_is_shipped() -> None:
    one, other = (to_png(to_svg(Chart(title, START, END, 60, POINTS), voice())) for title in ("백", "박"))
    assert one != other  # without a font both were the same box


@given(
    st.lists(st.tuples(st.integers(START - 9999, END + 9999), st.floats()), max_size=40),
    st.none() | st.floats(),
    st.text(st.characters(codec=None), max_size=300),
    st.lists(
        st.builds(Mark, st.integers(START - 99, END + 99), st.text(st.characters(codec=None), max_size=90)), max_size=6
    ),
)
@settings(max_examples=60, deadline=None)
def test_rubbish_draws_something(
    points: list[tuple[int, float]], limit: float | None, title: str, marks: list[Mark]
) -> None:
    svg = to_svg(Chart(title, START, END, 60, points, "Bytes", limit, limit, [(START, END)], marks), voice())
    assert drawn(svg, "rect")
    assert not [place for rect in drawn(svg, "path") for place in rect.get("d", "").split() if "n" in place.lower()]


def test_rubbish_becomes_a_picture_too() -> None:
    for value in (1e308, -1e308, 5e-324, 0.0):
        svg = to_svg(
            Chart("<b>&\x00\ud800", START, START, 60, [(START, value), (START + 60, -value)], limit=value), voice()
        )
        assert to_png(svg).startswith(b"\x89PNG")


@given(st.lists(FINITE, max_size=9), st.none() | FINITE)
def test_a_scale_has_a_height_and_round_ticks_on_it(values: list[float], limit: float | None) -> None:
    low, high = span_of_values(values, limit)
    assert low < high
    assert len(value_ticks(low, high)) <= 6
    assert 0 <= Scale(low, high, 0, 100).at((low + high) / 2) <= 100


@pytest.mark.parametrize(
    ("values", "limit", "zero"), [([0.2, 7.0], 2.0, True), ([99.2, 99.9], 99.5, False), ([50.0], 40.0, True)]
)
def test_a_scale_starts_at_zero_unless_that_hid_everything(values: list[float], limit: float, zero: object) -> None:
    assert (span_of_values(values, limit)[0] == 0) is zero


@given(st.integers(0, 4_000_000_000), st.integers(1, 30 * 86400))
def test_times_are_few_and_inside(start: int, length: int) -> None:
    ticks = time_ticks(start, start + length, voice("ko", "Asia/Kolkata").zone)
    assert len(ticks) <= 7
    assert all(start <= tick <= start + length for tick in ticks)


def test_a_title_is_cut_to_its_room() -> None:
    assert shortened("가나다라마바사", 100, 20).endswith("…")
    assert width_of(shortened("가나다라마바사", 100, 20), 20) <= 100
    assert shortened("short", 1000, 20) == "short"


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (7.234, "Percent", "7.23 %"),
        (0.1824, "Seconds", "182 ms"),
        (0.0, "Seconds", "0 ms"),
        (300.0, "Seconds", "5 min"),
        (1536.0, "Bytes", "1.54 kB"),
        (2e6, "Bytes/Second", "2 MB/s"),
        (12345.0, "Count", "12.3k"),
        (3.0, "None", "3"),
        (None, "Count", "—"),
        (float("nan"), "Count", "—"),
        (1e300, "Count", "1e+288T"),
    ],
)
def test_values_on_an_axis_are_short(value: float | None, unit: str, said: str) -> None:
    assert value_text(value, unit).replace("\N{NO-BREAK SPACE}", " ") == said


@pytest.mark.parametrize(
    ("value", "unit"),
    [(7.234, "Percent"), (0.1824, "Seconds"), (5400.0, "Seconds"), (1.2e9, "Bytes"), (12345.0, "Count")],
)
def test_values_in_words_are_those_of_the_rules_texts(value: float, unit: str) -> None:
    assert exact_text(value, unit).replace("\N{NO-BREAK SPACE}", " ") == figure(value, unit)


@pytest.fixture
def kept(sqlite_store: Store) -> Series:
    key = SeriesKey("111111111111", "ap-northeast-2", "Math", "errors", (), "Expression")
    series = Series(key, 60, unit="Percent", title="HTTP 5xx", environment="prod", component="backend")
    sqlite_store.series.upsert([series])
    sqlite_store.samples.write({key.id: POINTS})
    for number, (kind, environment) in enumerate(
        [("deploy.started", "prod"), ("login.failed", None), ("deploy.started", "dev")]
    ):
        at = BEGUN - timedelta(minutes=6 + number)
        sqlite_store.events.add(Event(f"k{number}", at, kind, f"event {number}", environment=environment))
    return series


def test_the_store_is_read_around_the_worst_alert_that_has_a_series(sqlite_store: Store, kept: Series) -> None:
    chart = chart_of(sqlite_store, notice(alert(0), alert(1, series_id=kept.id)))
    assert chart is not None
    assert chart.title == "backend · HTTP 5xx"
    assert chart.start == int((BEGUN - timedelta(hours=6)).timestamp())
    assert chart.firing == [(int(BEGUN.timestamp()), END)]
    assert [mark.label for mark in chart.marks] == ["event 0"]
    assert len(chart.points) > 300


def test_what_fired_for_weeks_is_drawn_coarser(sqlite_store: Store, kept: Series) -> None:
    long = alert(series_id=kept.id, fired_at=NOW - timedelta(days=40))
    chart = chart_of(sqlite_store, notice(long))
    assert chart is not None
    assert chart.step >= 1800
    assert datetime.fromtimestamp(chart.start, UTC) >= NOW - timedelta(days=14)


BUDGET = {"budget": "prod", "basis": "actual", "period": "2026-11-01", "threshold": "80"}


def test_costs_are_drawn_by_day_with_what_a_day_may_cost(sqlite_store: Store) -> None:
    amounts = (*(Decimal(30 + day) for day in range(12)), None, Decimal(80))
    days = DailyCosts("Production", "USD", date(2026, 11, 9), amounts, Decimal("48.33"))
    sqlite_store.reports.put(DailyCosts.key_of(budget="prod"), days, NOW)
    shown = notice(alert(labels=BUDGET, unit="USD", value=842.1, environment="prod", component=None))
    chart = chart_of(sqlite_store, shown)
    assert chart is not None
    svg = to_svg(chart, voice())
    said = texts(svg)
    for words in ("Production: costs a day", "$80.00", "budget a day $48.33", "11/22", "11/20"):
        assert words in said
    bars = [one for one in drawn(svg, "rect") if one.get("fill") in {"#1f56c4", "#a8071a"}]
    assert len(bars) == 13, "an unknown day has no bar"
    assert [one.get("fill") for one in bars].count("#a8071a") == 1, "beyond what a day may cost"
    assert "Production: 일별 비용" in texts(to_svg(chart, voice("ko", "Asia/Seoul")))
    png = draw_notice(sqlite_store, shown, voice("ko", "Asia/Seoul"))
    assert png is not None


def test_an_unusual_cost_is_drawn_beside_what_is_usual(sqlite_store: Store) -> None:
    days = DailyCosts("network / prod", "USD", date(2026, 11, 20), (Decimal(2), Decimal(40)), Decimal("2.2"))
    sqlite_store.reports.put(DailyCosts.key_of(anomaly="a1"), days, NOW)
    chart = chart_of(sqlite_store, notice(alert(labels={"anomaly": "a1"}, unit="USD", value=40.0)))
    assert chart is not None
    assert "usual $2.20" in texts(to_svg(chart, voice()))
    assert chart_of(sqlite_store, notice(alert(labels={"anomaly": "a2"}))) is None


def test_a_notice_without_a_series_has_no_chart(sqlite_store: Store) -> None:
    assert draw_notice(sqlite_store, notice(alert(series_id="s0")), voice()) is None
    assert draw_notice(sqlite_store, notice(alert()), voice()) is None


def test_the_whole_way_gives_a_picture(sqlite_store: Store, kept: Series) -> None:
    over = resolved()
    shown = notice(alert(series_id=kept.id, resolved_at=over.at, state="resolved"), status="resolved", at=over.at)
    png = draw_notice(sqlite_store, shown, voice("ko", "Asia/Seoul"))
    assert png is not None
    assert png.startswith(b"\x89PNG")
