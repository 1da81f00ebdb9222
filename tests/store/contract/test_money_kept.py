"""What is made of costs: reports, anomalies, savings, the ledger and bills; backed up, restored and pruned."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from store import Store, open_store
from store.backup import backup, restore
from store.config import Retention
from store.messages import Message, PluralMessage
from store.money import (
    Allocation,
    Basis,
    BillFile,
    CostAnomaly,
    CostObservation,
    CostRead,
    DayForecast,
    Drift,
    Forecast,
    LedgerEntry,
    PlanLine,
    PlanReport,
    RolledUp,
    Saving,
    SavingState,
    Share,
)

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
DAY, NEXT = date(2026, 11, 20), date(2026, 11, 21)
ONE = Decimal(1)
CAUSE = PluralMessage("%(num)s node more: %(what)s", "%(num)s nodes more: %(what)s", 3, what=Message("a deploy"))
ANOMALY = CostAnomaly("a1", "", Drift.NEW, DAY, NEXT, "USD", ONE * 9, ONE, ONE, ONE * 2, ONE * 8, CAUSE, NOW)
FORECAST = Forecast(
    "component:backend",
    Basis.UNBLENDED,
    "USD",
    DAY,
    NEXT,
    DAY,
    NOW,
    ONE,
    ONE,
    ONE,
    "profile",
    days=(DayForecast(DAY, ONE, ONE, ONE),),
)
SAVING = Saving(
    "s1",
    "gp2",
    Message("gp2 → gp3"),
    Decimal("1.60"),
    "USD",
    "low",
    "low",
    (Message("20 GB"), "plain"),
    "",
    "",
    NOW,
    NOW,
)
ENTRY = LedgerEntry("l1", DAY, "shutdown", "dev", "USD", Decimal("1E-10"), NOW, detail=(("hours", "10"),))
BILL = BillFile("b1", "cur", "aws", "2026-11", "bills/b1.parquet", 10, "d1", NOW)
ROLLED = RolledUp("cur", "2026-11", DAY, "USD", (("service", "배포"),), ((Basis.BILLED, Decimal("0.1000")),))


def filled(store: Store) -> None:
    seen = CostObservation("main", "", DAY, (), "USD", ONE, ONE, ONE, NOW)
    store.costs.record(CostRead("main", "", DAY, NEXT, NOW, 1), [seen])
    store.reports.put("month:component:backend", FORECAST, NOW)
    store.anomalies.upsert([ANOMALY])
    store.savings.put([SAVING])
    store.ledger.record([ENTRY])
    store.bills.add(BILL, [ROLLED])


def contents(store: Store) -> list[object]:
    return [
        store.costs.lines(DAY, NEXT, view=""),
        store.costs.reads(),
        store.reports.all(Forecast),
        store.reports.forecasts("component:backend"),
        store.anomalies.find(),
        store.savings.all(),
        store.ledger.between(DAY, NEXT),
        store.bills.files(),
        store.bills.rolled(DAY, NEXT),
    ]


def test_a_backup_of_money_is_restored_into_the_same_and_into_another_engine(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    filled(store)
    before = contents(store)
    assert all(before)
    backup(store, tmp_path / "b.gz")
    store.close()
    restore(store_url, tmp_path / "b.gz", force=True)
    other = f"sqlite:///{tmp_path / 'other.db'}"
    restore(other, tmp_path / "b.gz")
    for url in (store_url, other):
        with open_store(url) as restored:
            assert contents(restored) == before
            later = CostObservation("main", "", DAY, ("new",), "USD", ONE, ONE, ONE, NOW)
            assert restored.costs.record(CostRead("main", "", DAY, NEXT, NOW + timedelta(1), 1), [later]) == 2


def test_reports_are_kept_by_class_and_key_exactly_as_they_were(store: Store) -> None:
    line = PlanLine("backend", ONE, ONE, ONE, notes=(CAUSE,))
    plan = PlanReport("reference", DAY, NEXT, DAY, "USD", Basis.NET, (line,), made_at=NOW)
    share = Allocation(
        DAY, NEXT, "USD", Basis.NET, Message("by %(way)s", way="use"), (Share("a", ONE, ONE, ONE),), ONE, ONE
    )
    store.reports.put("x", plan, NOW)
    store.reports.put("x", share, NOW)
    assert store.reports.get(PlanReport, "x") == plan
    assert store.reports.all(Allocation) == {"x": share}
    found = store.reports.get(PlanReport, "x")
    assert found is not None
    assert isinstance(found.lines[0].notes[0], PluralMessage)
    store.reports.drop(PlanReport, "x")
    assert store.reports.get(PlanReport, "x") is None


def test_forecasts_have_a_history_of_one_a_day(store: Store) -> None:
    again, later = replace(FORECAST, total=ONE * 2), replace(FORECAST, as_of=NEXT)
    for one in (FORECAST, again, later):
        store.reports.put("month:component:backend", one, NOW)
    store.reports.put("next_month:component:backend", replace(FORECAST, start=NEXT), NOW)
    assert store.reports.get(Forecast, "month:component:backend") == later
    assert store.reports.forecasts("component:backend", period="month") == [later, again]
    assert len(store.reports.forecasts("component:backend", 2)) == 2
    assert store.reports.forecasts("") == []


def test_an_anomaly_is_an_event_once_and_found_by_its_days(store: Store) -> None:
    store.anomalies.upsert([ANOMALY])
    closed = replace(ANOMALY, open=False, end=date(2026, 11, 23))
    store.anomalies.upsert([closed, replace(ANOMALY, id="a2", start=NEXT, end=date(2026, 11, 22))])
    assert [one.id for one in store.anomalies.find()] == ["a2", "a1"]
    assert [one.id for one in store.anomalies.find(open_only=True)] == ["a2"]
    assert store.anomalies.find(start=date(2026, 11, 22)) == [closed]
    assert [one.id for one in store.anomalies.find(end=NEXT)] == ["a1"]
    assert isinstance(store.anomalies.find(end=NEXT)[0].cause, PluralMessage)
    told = store.events.between(NOW, NOW + timedelta(1), kinds=["cost.anomaly"])
    assert sorted(one.key for one in told) == ["cost.anomaly:a1", "cost.anomaly:a2"]


def test_what_is_found_anew_takes_no_decision_back(store: Store) -> None:
    store.savings.put([SAVING])
    assert store.savings.decide("s1", SavingState.ACCEPTED, "bo", NOW, "go", Decimal("0.07"))
    assert not store.savings.decide("s9", SavingState.ACCEPTED, "bo", NOW, "", None)
    later = NOW + timedelta(1)
    store.savings.put([replace(SAVING, monthly=Decimal(2), found_at=later, seen_at=later)])
    kept = store.savings.get("s1")
    assert kept is not None
    assert (kept.state, kept.decided_by, kept.comment, kept.baseline) == (
        SavingState.ACCEPTED,
        "bo",
        "go",
        Decimal("0.07"),
    )
    assert (kept.monthly, kept.found_at, kept.seen_at) == (Decimal(2), NOW, later)
    store.savings.put([replace(SAVING, state=SavingState.GONE)])
    assert [one.id for one in store.savings.all(SavingState.ACCEPTED)] == ["s1"]
    assert store.savings.verify("s1", Decimal("1.5"), NEXT, SavingState.VERIFIED)
    store.savings.put([SAVING])
    [last] = store.savings.all()
    assert (last.state, last.verified, last.verified_to) == (SavingState.VERIFIED, Decimal("1.5"), NEXT)


def test_what_nobody_decided_goes_and_comes_back(store: Store) -> None:
    store.savings.put([SAVING])
    store.savings.put([replace(SAVING, state=SavingState.GONE)])
    assert [one.state for one in store.savings.all()] == [SavingState.GONE]
    store.savings.put([SAVING])
    assert [one.state for one in store.savings.all()] == [SavingState.RECOMMENDED]


def test_the_ledger_adds_up_by_currency_and_an_entry_is_kept_once(store: Store) -> None:
    store.ledger.record([ENTRY, replace(ENTRY, id="l2", currency="KRW", expected=Decimal(500), billed=Decimal(400))])
    store.ledger.record([replace(ENTRY, id="l3"), replace(ENTRY, billed=Decimal("3E-10"))])
    assert store.ledger.total(DAY, NEXT) == {"USD": (Decimal("2E-10"), Decimal("3E-10")), "KRW": (500, 400)}
    assert store.ledger.total(NEXT, DAY) == {}


def test_a_bill_is_imported_once_and_a_later_export_takes_its_place(store: Store) -> None:
    assert store.bills.add(BILL, [ROLLED, ROLLED])
    assert not store.bills.add(replace(BILL, id="b9"), [ROLLED])
    assert store.bills.rolled(DAY, NEXT) == [ROLLED, ROLLED]
    newer = replace(BILL, id="b2", digest="d2", imported_at=NOW + timedelta(1))
    assert store.bills.add(newer, [ROLLED])
    assert store.bills.add(replace(BILL, id="b3", period="2026-10"), [])
    assert store.bills.rolled(DAY, NEXT) == [ROLLED]
    assert [one.id for one in store.bills.files()] == ["b2", "b3"]
    assert replace(BILL, replaced_at=newer.imported_at) in store.bills.files(current=False)
    assert store.bills.periods() == ["2026-10", "2026-11"]


def test_pruning_keeps_the_latest_of_every_day_the_span_the_ledger_and_the_bills(store: Store) -> None:
    filled(store)
    for days in (1, 2):
        at = NOW + timedelta(days)
        seen = CostObservation("main", "", DAY, (), "USD", ONE + days, ONE, ONE, at)
        store.costs.record(
            CostRead("main", "", DAY if days == 1 else NEXT, NEXT if days == 1 else date(2027, 1, 1), at, 1),
            [seen] if days == 1 else [],
        )
    far = NOW + timedelta(days=600)
    assert store.prune(far, Retention()) > 0
    assert [one.unblended for one in store.costs.lines(DAY, NEXT, view="")] == [2]
    assert store.costs.restatements(DAY, NEXT, view="") == []
    assert store.costs.span("") == (DAY, date(2027, 1, 1))
    assert store.reports.all(Forecast) == {}
    assert store.anomalies.find() == [ANOMALY]  # it is open
    assert store.savings.all() == [SAVING]
    assert store.ledger.between(DAY, NEXT) == [ENTRY]
    assert store.bills.rolled(DAY, NEXT) == [ROLLED]
