"""The price of a plan, and what the monthly cap makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from collectors.cap import Level, Rhythm, degradation
from collectors.config import Bill
from collectors.estimate import difference, estimate, month_left, price_at
from collectors.metrics.planner import Reach
from collectors.series import Wanted
from store.vocabulary import Series, SeriesKey

REACH = Reach(1800, 86_400, 15 * 86_400)


def series(count: int, environment: str = "prod", stats: tuple[str, ...] = ("Average",)) -> list[Wanted]:
    made = []
    for number in range(count):
        for stat in stats:
            key = SeriesKey("main", "ap-northeast-2", "AWS/RDS", "CPU", (("D", f"{environment}{number}"),), stat)
            made.append(Wanted(key.id, Series(key, 60, environment=environment), f"{environment}{number}"))
    return made


def rhythm(every: int = 300, **bill: object) -> Rhythm:
    return Rhythm(every, 60, Bill.model_validate(bill))


def test_the_reference_stack_costs_what_the_design_says() -> None:
    stack = series(183)
    assert round(estimate(stack, rhythm(60), REACH).high) == 79
    assert round(estimate(stack, rhythm(300), REACH).high, 1) == Decimal("15.8")
    hot, cold = estimate(stack[:15], rhythm(60), REACH), estimate(stack[15:], rhythm(300), REACH)
    assert round(hot.high + cold.high) == 21


def test_up_to_five_statistics_of_a_metric_may_be_billed_as_one() -> None:
    priced = estimate(series(10, stats=("Average", "p50", "p95", "p99")), rhythm(), REACH)
    assert priced.high == 4 * priced.low
    assert estimate(series(1, stats=("a", "b", "c", "d", "e", "f")), rhythm(), REACH).low == Decimal("0.1728")


def test_the_first_start_is_one_reading_a_day() -> None:
    priced = estimate(series(183), rhythm(), REACH)
    assert priced.first_start_high == 183 * 15 * Decimal("0.00001")


def test_an_expression_costs_nothing_beside_its_inputs() -> None:
    (one,) = series(1)
    rate_key = replace(one.series.key, namespace="Math", metric="rate")
    rate = Wanted(rate_key.id, Series(rate_key, 60), one.together, expression="x", inputs=(("x", one.series.key),))
    assert estimate([one, rate], rhythm(), REACH).high == estimate([one], rhythm(), REACH).high


def test_the_difference_names_what_comes_and_what_goes() -> None:
    before = estimate(series(10), rhythm(), REACH)
    after = estimate(series(10) + series(5, "dev"), rhythm(), REACH)
    changed = difference(after, before)
    assert (changed.series, [line.environment for line in changed.added], changed.removed) == (5, ["dev"], ())
    assert changed.high == after.high - before.high
    assert difference(before, before).to_json()["high"] == "0.0000"


def test_the_cap_gives_up_in_the_stated_order_and_never_what_pages() -> None:
    stack = series(100) + series(100, "dev")
    paging = {one.id for one in stack[:10]}
    free = Rhythm(300, 60, Bill(), paging)
    prod, dev = stack[50], stack[150]
    expected = {
        Level.FULL: (300, 300, 60),
        Level.NO_EXTRAS: (300, 300, 300),
        Level.SLOWER: (300, 900, 300),
        Level.HOURLY: (3600, 3600, 3600),
        Level.KEEP_ONLY: (None, None, None),
    }
    for level, (calm, slow, hot) in expected.items():
        assert free.interval(prod, level) == calm
        assert free.interval(dev, level) == slow
        assert free.interval(prod, level, hot=True) == hot
        assert free.interval(stack[0], level) == 300
        assert free.interval(stack[0], level, hot=True) == 60
        assert level.words.endswith(".")


def test_what_the_configuration_keeps_is_polled_even_above_the_cap() -> None:
    assert rhythm(keep=["prod"]).interval(series(1)[0], Level.KEEP_ONLY) == 3600
    assert rhythm(keep=["AWS/RDS/CPU"]).interval(series(1)[0], Level.KEEP_ONLY) == 3600


def test_the_level_is_the_first_that_fits() -> None:
    rest = {Level.FULL: Decimal(20), Level.NO_EXTRAS: Decimal(18), Level.SLOWER: Decimal(9), Level.HOURLY: Decimal(1)}
    levels = [degradation(Decimal(spent), rest, Decimal(30)) for spent in (10, 12, 20, 29, 31)]
    assert levels == [Level.FULL, Level.NO_EXTRAS, Level.SLOWER, Level.HOURLY, Level.KEEP_ONLY]
    assert degradation(Decimal(1000), rest, None) is Level.FULL


@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from([60, 300, 3600]), st.integers(0, 60))
def test_a_further_level_never_costs_more(prod: int, dev: int, every: int, protected: int) -> None:
    stack = series(prod) + series(dev, "dev")
    prices = price_at(stack, Rhythm(every, 60, Bill(), {one.id for one in stack[:protected]}))
    highs = [prices[level][1] for level in Level]
    assert highs == sorted(highs, reverse=True)
    assert all(low <= high for low, high in prices.values())


def test_the_rest_of_a_month_is_counted_to_its_last_second() -> None:
    assert month_left(datetime(2026, 11, 16, tzinfo=UTC)) == Decimal("0.5")
    assert month_left(datetime(2026, 12, 31, 12, tzinfo=UTC)) == Decimal(1) / 60
