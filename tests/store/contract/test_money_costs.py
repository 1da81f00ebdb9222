"""Costs: rows are only added, and "what did we know when" is a question of the store."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import Claim, LostClaim, Store, open_store
from store.money import AwsForecast, Basis, Commitment, CostObservation, CostRead, CostTag, DayCost, View

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
START, END = date(2026, 11, 1), date(2026, 11, 24)
DAY = date(2026, 11, 20)
EC2, RDS = ("EC2 - Other", "APN2-NatGateway-Hours"), ("Amazon Relational Database Service", "APN2-InstanceUsage")


def cost(
    amount: str, keys: tuple[str, ...] = EC2, *, hours: int = 0, day: date = DAY, **more: object
) -> CostObservation:
    money = Decimal(amount)
    made = CostObservation("main", View.USAGE, day, keys, "USD", money, money, money, NOW + hours * HOUR)
    return replace(made, **more)  # type: ignore[arg-type]


def read(hours: int = 0, **more: object) -> CostRead:
    made = CostRead("main", View.USAGE, START, END, NOW + hours * HOUR, 2, (("USD", "net", Decimal("1E-10")),))
    return replace(made, **more)  # type: ignore[arg-type]


def lines(store: Store, as_of: datetime | None = None) -> dict[tuple[date, tuple[str, ...], str], Decimal]:
    found = store.costs.lines(START, END, view=View.USAGE, as_of=as_of)
    return {(one.day, one.keys, one.currency): one.unblended for one in found}


def test_what_is_recorded_is_read_back_to_the_last_digit(store: Store) -> None:
    odd = cost("0.0000000001", unblended=Decimal("123456789012345678.0123456789"), usage=Decimal("744.0"), unit="Hrs")
    assert store.costs.record(read(), [odd]) == 1
    assert store.costs.lines(START, END, view=View.USAGE) == [odd]
    assert str(store.costs.lines(START, END, view=View.USAGE)[0].usage) == "744.0"
    assert store.costs.reads() == [read()]


def test_the_same_again_adds_nothing_and_a_difference_of_any_kind_one_row(store: Store) -> None:
    store.costs.record(read(), [cost("1.0")])
    assert store.costs.record(read(1), [cost("1.00", hours=1)]) == 0
    assert store.costs.record(read(2), [cost("1.0", hours=2, estimated=True)]) == 1
    assert store.costs.record(read(3), [cost("1.0", hours=3, estimated=True, usage=Decimal(1))]) == 1
    assert store.costs.record(read(4), [cost("1.0000000001", hours=4, usage=Decimal(1), estimated=True)]) == 1


def test_days_by_one_basis_are_the_lines_of_all_accounts_less_what_cost_nothing(store: Store) -> None:
    mine = [
        cost("1", net=Decimal("0.50")),
        cost("2", day=date(2026, 11, 21), estimated=True),
        cost("0", RDS, net=Decimal(3)),
    ]
    other = [cost("25000000", currency="KRW", account="other", net=Decimal(0))]
    store.costs.record(read(), mine)
    store.costs.record(read(account="other"), other)
    store.costs.record(read(1), [cost("1.5", hours=1), *mine[1:]])
    assert store.costs.by_day(START, END, view=View.USAGE, basis=Basis.UNBLENDED) == [
        DayCost(DAY, EC2, "USD", Decimal("1.5")),
        DayCost(DAY, EC2, "KRW", Decimal(25000000)),
        DayCost(date(2026, 11, 21), EC2, "USD", Decimal(2), estimated=True),
    ]
    net = store.costs.by_day(DAY, date(2026, 11, 21), view=View.USAGE, basis=Basis.NET)
    assert [(one.keys, one.amount) for one in net] == [(RDS, Decimal(3)), (EC2, Decimal("1.5"))]
    with pytest.raises(ValueError, match="billed"):
        store.costs.by_day(START, END, view=View.USAGE, basis=Basis.BILLED)


def test_what_we_knew_when(store: Store) -> None:
    store.costs.record(read(), [cost("1"), cost("5", RDS)])
    store.costs.record(read(1), [cost("2", hours=1), cost("5", RDS, hours=1)])
    assert lines(store, NOW - HOUR) == {}
    assert lines(store, NOW) == {(DAY, EC2, "USD"): 1, (DAY, RDS, "USD"): 5}
    assert lines(store, NOW + HOUR) == lines(store) == {(DAY, EC2, "USD"): 2, (DAY, RDS, "USD"): 5}


def test_a_group_that_is_gone_becomes_zero_inside_the_days_that_were_read_and_stays_outside(store: Store) -> None:
    before = date(2026, 11, 2)
    store.costs.record(read(), [cost("1"), cost("1", RDS), cost("7", day=before)])
    assert store.costs.record(read(1, start=date(2026, 11, 10)), [cost("1", RDS, hours=1)]) == 1
    assert lines(store) == {(before, EC2, "USD"): 7, (DAY, RDS, "USD"): 1}
    assert store.costs.record(read(2, start=date(2026, 11, 10)), [cost("1", RDS, hours=2)]) == 0
    assert (
        store.costs.record(read(3), [cost("1", RDS, hours=3), cost("4", hours=3), cost("7", hours=3, day=before)]) == 1
    )
    assert [(one.before, one.after) for one in store.costs.restatements(START, END, view=View.USAGE)] == [
        (Decimal(0), Decimal(4)),
        (Decimal(1), Decimal(0)),
    ]


def test_restatements_are_told_newest_first_and_first_observations_are_none(store: Store) -> None:
    store.costs.record(read(), [cost("1"), cost("5", RDS)])
    assert store.costs.restatements(START, END, view=View.USAGE) == []
    store.costs.record(read(1), [cost("2", hours=1), cost("5", RDS, hours=1, estimated=True)])
    store.costs.record(read(2), [cost("3", hours=2), cost("5", RDS, hours=2)])
    newest, first = store.costs.restatements(START, END, view=View.USAGE, account="main")
    assert (newest.before, newest.after) == (Decimal(2), Decimal(3))
    assert (newest.before_at, newest.after_at) == (NOW + HOUR, NOW + 2 * HOUR)
    assert (first.before, first.after, first.keys, first.day) == (Decimal(1), Decimal(2), EC2, DAY)
    assert store.costs.restatements(START, END, view=View.USAGE, limit=1) == [newest]
    assert store.costs.restatements(START, END, view=View.TOTAL) == []


def test_currencies_and_accounts_are_kept_apart(store: Store) -> None:
    won = cost("25000000", currency="KRW")
    store.costs.record(read(), [cost("1"), won])
    other = [replace(cost("9"), account="other")]
    store.costs.record(read(1, account="other"), other)
    assert lines(store)[DAY, EC2, "KRW"] == 25000000
    assert store.costs.lines(START, END, view=View.USAGE, account="other") == other
    assert len(store.costs.lines(START, END, view=View.USAGE)) == 3
    store.costs.record(read(2), [cost("1", hours=2)])
    assert (DAY, EC2, "KRW") not in lines(store)


def test_the_same_line_twice_is_one_and_two_that_differ_are_refused(store: Store) -> None:
    assert store.costs.record(read(), [cost("1"), cost("1")]) == 1
    with pytest.raises(ValueError, match="differ"):
        store.costs.record(read(1), [cost("1", hours=1), cost("2", hours=1)])
    with pytest.raises(ValueError, match="outside"):
        store.costs.record(read(1), [cost("1", day=END, hours=1)])
    assert store.costs.reads() == [read()]


def test_an_older_read_does_not_take_back_what_a_newer_one_said(store: Store) -> None:
    store.costs.record(read(2), [cost("2", hours=2)])
    assert store.costs.record(read(1), [cost("1", hours=1)]) == 0
    assert store.costs.record(read(0), []) == 0
    assert lines(store) == {(DAY, EC2, "USD"): 2}


def test_nothing_is_written_under_a_claim_that_was_lost(store: Store) -> None:
    store.jobs.declare([("costs:main", 60)], NOW)
    claim = store.jobs.claim("costs:main", NOW, "me", 60)
    assert isinstance(claim, Claim)
    assert store.costs.record(read(), [cost("1")], claim) == 1
    assert store.jobs.claim("costs:main", NOW + HOUR, "you", 60) is not None
    with pytest.raises(LostClaim):
        store.costs.record(read(1), [cost("2", hours=1)], claim)
    assert lines(store) == {(DAY, EC2, "USD"): 1}
    assert store.costs.newest_reads() == [read()]


def test_a_day_that_cost_nothing_was_read_all_the_same(store: Store) -> None:
    assert store.costs.span(View.USAGE) is None
    assert store.costs.record(read(), [cost("0")]) == 0
    store.costs.record(read(1, start=date(2026, 10, 1), end=date(2026, 11, 2)), [])
    assert store.costs.span(View.USAGE) == store.costs.span(View.USAGE, "main") == (date(2026, 10, 1), END)
    assert store.costs.span(View.USAGE, "other") is None
    assert [one.read_at for one in store.costs.reads(account="main", view=View.USAGE, limit=1)] == [NOW + HOUR]


def test_usage_that_costs_nothing_is_a_line(store: Store) -> None:
    store.costs.record(read(), [cost("0", usage=Decimal(750), unit="Hrs")])
    assert [one.usage for one in store.costs.lines(START, END, view=View.USAGE)] == [750]


def test_commitments_forecasts_and_tags_keep_the_newest(store: Store) -> None:
    one = Commitment("main", "reservations", START, END, Decimal("0.5"), None, Decimal(3), Decimal(0), "USD", NOW)
    store.costs.record_commitments([one])
    store.costs.record_commitments([replace(one, coverage=Decimal("0.75"))])
    assert store.costs.commitments() == [replace(one, coverage=Decimal("0.75"))]
    ahead = AwsForecast("main", DAY, date(2026, 12, 1), NOW, problem="too young")
    store.costs.record_aws_forecast(ahead)
    store.costs.record_aws_forecast(replace(ahead, start=END, mean=Decimal("1E-10"), problem=""))
    assert [(each.mean, each.problem) for each in store.costs.aws_forecasts()] == [(Decimal("1E-10"), "")]
    store.costs.record_tags([CostTag("main", "Team", active=False, read_at=NOW)])
    store.costs.record_tags([CostTag("main", "Team", active=True, read_at=NOW)])
    assert [each.active for each in store.costs.tags()] == [True]


AMOUNTS = st.decimals(min_value=-10, max_value=10, places=10) | st.just(Decimal(0))
READS = st.lists(st.dictionaries(st.tuples(st.integers(1, 3), st.sampled_from("ab")), AMOUNTS, max_size=4), max_size=5)


@settings(max_examples=25, deadline=None)
@given(READS)
def test_at_each_moment_the_store_knows_what_the_last_read_until_then_said(
    told: list[dict[tuple[int, str], Decimal]],
) -> None:
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{folder}/s.db") as store:
        store.migrate()
        for hours, said in enumerate(told):
            seen = [
                cost(str(amount), (key,), hours=hours, day=date(2026, 11, day)) for (day, key), amount in said.items()
            ]
            store.costs.record(read(hours), seen)
        for hours, said in enumerate(told):
            wanted = {(date(2026, 11, day), (key,), "USD"): amount for (day, key), amount in said.items() if amount}
            assert lines(store, NOW + hours * HOUR) == wanted
