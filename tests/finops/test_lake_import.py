"""Importing bills: exact, whole or not at all, once, and by billing period."""

from __future__ import annotations

import gzip
import re
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finops.lake.engine import added
from finops.lake.errors import BadBill, LakeError
from finops.lake.importing import import_bills
from finops.lake.keeping import GRACE, locked, upkeep
from finops.lake.sources import open_source
from store import Store, open_store
from store.money import Basis
from tests.finops.lake_bills import CUR_2_0, FOCUS_1_0, NOW, brought, lake_in, text

OCTOBER = date(2026, 10, 1), date(2026, 11, 1)


def billed(store: Store, basis: Basis = Basis.BILLED) -> Decimal:
    return added(dict(one.amounts).get(basis) for one in store.bills.rolled(*OCTOBER))


@pytest.mark.parametrize(
    "amounts",
    [
        ["0.1", "0.2"],
        ["1.5E-7", "-3e2", "+4"],
        ["0.000000000000000000001234", "123456789.1"],
        ["-0.10", "0.1"],
        ["12345678901234567890.123456789012"],
        ["1e-30", "7"],
    ],
)
def test_totals_are_exact_to_the_last_digit(tmp_path: Path, sqlite_store: Store, amounts: list[str]) -> None:
    found = brought(tmp_path, sqlite_store, text([{"BilledCost": amount} for amount in amounts]))
    expected = added(map(Decimal, amounts))
    assert found.billed == {("AWS", "USD"): expected}
    assert billed(sqlite_store) == expected


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.decimals(min_value=-(10**9), max_value=10**9, places=18), min_size=1, max_size=6))
def test_any_decimals_add_up_exactly(tmp_path_factory: pytest.TempPathFactory, amounts: list[Decimal]) -> None:
    folder = tmp_path_factory.mktemp("exact")
    with open_store(f"sqlite:///{folder / 'store.db'}") as store:
        store.migrate()
        found = brought(folder, store, text([{"BilledCost": str(amount)} for amount in amounts]))
        assert found.billed["AWS", "USD"] == added(amounts)


def test_null_in_words_empty_and_backslash_n_are_nothing(tmp_path: Path, sqlite_store: Store) -> None:
    rows = [{"ResourceId": nothing, "EffectiveCost": nothing, "Tags": nothing} for nothing in ("NULL", "", "\\N")]
    brought(tmp_path, sqlite_store, text(rows))
    path = tmp_path / "lake" / sqlite_store.bills.files()[0].path
    kept = duckdb.execute(f"SELECT DISTINCT ResourceId, EffectiveCost, Tags FROM '{path}'").fetchall()  # noqa: S608  our own path
    assert kept == [(None, None, None)]


def test_byte_order_mark_crlf_and_quoted_line_ends_are_read(tmp_path: Path, sqlite_store: Store) -> None:
    content = b"\xef\xbb\xbf" + text([{"ServiceName": 'two\r\nlines, "quoted"'}, {}], end="\r\n")
    found = brought(tmp_path, sqlite_store, content)
    services = {dict(one.dimensions)["service"] for one in sqlite_store.bills.rolled(*OCTOBER)}
    assert services == {'two\r\nlines, "quoted"', FOCUS_1_0["ServiceName"]}
    assert found.rows == 2


def test_currencies_and_providers_are_kept_apart(tmp_path: Path, sqlite_store: Store) -> None:
    rows = [{}, {"BillingCurrency": "KRW", "BilledCost": "1300"}, {"ProviderName": "Microsoft", "BilledCost": "-2"}]
    found = brought(tmp_path, sqlite_store, text(rows))
    assert found.billed == {
        ("AWS", "KRW"): Decimal(1300),
        ("AWS", "USD"): Decimal(1),
        ("Microsoft", "USD"): Decimal(-2),
    }


def test_each_billing_period_is_an_entry_of_its_own(tmp_path: Path, sqlite_store: Store) -> None:
    november = {"BillingPeriodStart": "2026-11-01 00:00:00", "ChargePeriodStart": "2026-11-02T00:00:00+09:00"}
    found = brought(tmp_path, sqlite_store, text([{}, november]))
    assert found.periods == ("2026-10", "2026-11")
    assert sqlite_store.bills.periods() == ["2026-10", "2026-11"]
    assert sqlite_store.bills.rolled(date(2026, 11, 1), date(2026, 11, 2)), "00:00 in Seoul is the day before in UTC"


def test_the_same_file_again_changes_nothing_also_packed(tmp_path: Path, sqlite_store: Store) -> None:
    content = text([{}, {}])
    brought(tmp_path, sqlite_store, content)
    before = sqlite_store.bills.files()
    again = brought(tmp_path, sqlite_store, gzip.compress(content), name="bill.csv.gz")
    assert (again.rows, again.entered, len(again.unchanged)) == (2, (), 1)
    assert sqlite_store.bills.files() == before
    assert billed(sqlite_store) == 2


def test_parts_of_one_delivery_add_up_and_a_part_alone_again_changes_nothing(
    tmp_path: Path, sqlite_store: Store
) -> None:
    first, second = text([{}]), text([{"BilledCost": "2"}])
    found = brought(tmp_path, sqlite_store, first, second, first)
    assert (found.rows, found.twice) == (2, ("bill.csv",))
    assert billed(sqlite_store) == 3
    brought(tmp_path, sqlite_store, second)
    assert billed(sqlite_store) == 3


def test_a_later_export_takes_the_place_of_the_earlier_one(tmp_path: Path, sqlite_store: Store) -> None:
    brought(tmp_path, sqlite_store, text([{}]))
    old = tmp_path / "lake" / sqlite_store.bills.files()[0].path
    found = brought(tmp_path, sqlite_store, text([{"BilledCost": "5"}]), now=NOW + timedelta(days=1))
    assert len(found.replaced) == 1
    assert billed(sqlite_store) == 5
    assert old.exists(), "a query may still read it"
    assert upkeep(tmp_path / "lake", sqlite_store.bills, NOW + timedelta(days=900)) == 1
    assert not old.exists()
    assert (tmp_path / "lake" / sqlite_store.bills.files()[0].path).exists()


def test_no_rows_change_nothing(tmp_path: Path, sqlite_store: Store) -> None:
    found = brought(tmp_path, sqlite_store, text([]))
    assert (found.rows, found.periods, sqlite_store.bills.files()) == (0, (), [])


GOOD = text([{}, {"BilledCost": "2"}])


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv.gz", gzip.compress(GOOD)[:-20], "cut off"),
        ("a.csv.gz", gzip.compress(GOOD)[:-6] + b"\0\0\0\0\0\0", "damaged"),
        ("a.csv", GOOD[:-100], "line 3"),
        ("a.csv", GOOD.replace(b"2026-10-03T00:00:00Z", b"3 October", 1), "line 2: ChargePeriodStart is '3 October'"),
        ("a.csv", GOOD.replace(b"\n2,", b"\n2 dollars,"), "line 3: BilledCost is '2 dollars'"),
        ("a.csv", GOOD.replace(b"\n2,", b"\nNaN,"), "line 3: BilledCost is 'NaN'"),
        ("a.csv", GOOD.replace(b",USD,", b",NULL,", 1), "line 2: BillingCurrency is empty"),
        ("a.csv", text([{"ServiceName": "컴퓨팅"}]).decode().encode("cp949"), "not UTF-8"),
        ("a.csv", GOOD.decode().encode("utf-16"), "UTF-8"),
        ("a.csv", b"", "empty"),
        ("a.csv", b"day,amount\n2026-10-01,3\n", "neither a FOCUS nor a CUR"),
        ("a.csv", GOOD.replace(b"BillingCurrency", b"Currency", 1), "lacks BillingCurrency"),
        ("a.csv", b"BilledCost," + GOOD, "twice"),
        ("a.zip", b"PK\x03\x04rest", "zip"),
        ("a.parquet", b"PAR1" + b"\0" * 400, "footer"),
        ("a.parquet", b"PAR1" + b"\7" * 400 + b"PAR1", "damaged"),
    ],
)
def test_a_broken_file_is_refused_whole_with_its_place(
    tmp_path: Path, sqlite_store: Store, name: str, content: bytes, said: str
) -> None:
    with pytest.raises(BadBill, match=re.escape(said)):
        brought(tmp_path, sqlite_store, text([{"BilledCost": "9"}]), content, name=name)
    assert sqlite_store.bills.files() == []
    assert not list((tmp_path / "lake").glob("*/*/*.parquet"))


def test_more_digits_than_can_be_kept_are_refused(tmp_path: Path, sqlite_store: Store) -> None:
    with pytest.raises(BadBill, match="38 digits"):
        brought(tmp_path, sqlite_store, text([{"BilledCost": "1e-37"}, {"BilledCost": "99999999"}]))


def test_a_file_without_its_last_line_end_is_imported_and_named(tmp_path: Path, sqlite_store: Store) -> None:
    whole = text([{}, {}])
    assert brought(tmp_path, sqlite_store, whole).unended == ()
    cut = brought(tmp_path, sqlite_store, whole.rstrip(), name="cut.csv")
    assert cut.unended == ("cut.csv",)
    assert cut.rows == 2
    packed = brought(tmp_path, sqlite_store, gzip.compress(whole.rstrip()[:-1]), name="cut.csv.gz")
    assert packed.unended == ("cut.csv.gz",)


def test_a_cut_parquet_file_is_refused_and_a_whole_one_is_exact(tmp_path: Path, sqlite_store: Store) -> None:
    (tmp_path / "a.csv").write_bytes(text([{"BilledCost": "0.1"}, {"BilledCost": "0.2"}]))
    query = "SELECT * REPLACE (BilledCost::DOUBLE AS BilledCost, EffectiveCost::DECIMAL(20, 9) AS EffectiveCost)"
    path = tmp_path / "a.parquet"
    duckdb.execute(f"COPY ({query} FROM read_csv('{tmp_path / 'a.csv'}', all_varchar=true)) TO '{path}'")
    content = path.read_bytes()
    with pytest.raises(BadBill, match="footer"):
        brought(tmp_path, sqlite_store, content[: len(content) // 2], name="a.parquet")
    assert brought(tmp_path, sqlite_store, content, name="a.parquet").billed == {("AWS", "USD"): Decimal("0.3")}


@pytest.mark.parametrize(
    "tags",
    [
        '{"Component":"backend"}',
        '{"user:Component": "backend", "n": 1}',
        "Component:backend;Team:web",
        "{Component=backend, Team=web}",
        "user:Component=backend|x=y:z",
        "Component:backend",
    ],
)
def test_tags_are_read_from_json_maps_and_pairs(tmp_path: Path, sqlite_store: Store, tags: str) -> None:
    brought(tmp_path, sqlite_store, text([{"Tags": tags}]))
    assert ("component", "backend") in sqlite_store.bills.rolled(*OCTOBER)[0].dimensions


def test_cur_lines_are_amortized_by_their_type(tmp_path: Path, sqlite_store: Store) -> None:
    arn = {"savings_plan_savings_plan_a_r_n": "arn:sp"}
    reserved = {"reservation_reservation_a_r_n": "arn:ri"}
    lines: list[tuple[str, str, dict[str, str], str]] = [
        ("Usage", "1", {}, "1"),
        ("SavingsPlanCoveredUsage", "10", {**arn, "savings_plan_savings_plan_effective_cost": "7"}, "7"),
        ("SavingsPlanNegation", "-10", arn, "0"),
        ("SavingsPlanUpfrontFee", "100", arn, "0"),
        (
            "SavingsPlanRecurringFee",
            "20",
            {**arn, "savings_plan_total_commitment_to_date": "20", "savings_plan_used_commitment": "17"},
            "3",
        ),
        ("DiscountedUsage", "0", {**reserved, "reservation_effective_cost": "0.5"}, "0.5"),
        (
            "RIFee",
            "30",
            {
                **reserved,
                "reservation_unused_amortized_upfront_fee_for_billing_period": "0.25",
                "reservation_unused_recurring_fee": "1",
            },
            "1.25",
        ),
        ("Fee", "400", reserved, "0"),
        ("Fee", "4", {}, "4"),
        ("Refund", "-5", arn, "0"),
        ("Refund", "-6", {}, "-6"),
        ("PrivateRateDiscount", "-0.7", {}, "-0.7"),
        ("Tax", "0.8", {"line_item_net_unblended_cost": "0.6"}, "0.8"),
    ]
    rows = [
        {"line_item_line_item_type": kind, "line_item_unblended_cost": cost, **more} for kind, cost, more, _ in lines
    ]
    found = brought(tmp_path, sqlite_store, text(rows, CUR_2_0))
    unblended = sum((Decimal(cost) for _, cost, _, _ in lines), Decimal(0))
    assert found.formats == ("cur-2.0",)
    assert found.billed == {("AWS", "USD"): unblended}
    assert billed(sqlite_store, Basis.UNBLENDED) == unblended
    assert billed(sqlite_store, Basis.AMORTIZED) == sum((Decimal(cost) for *_, cost in lines), Decimal(0))
    assert billed(sqlite_store, Basis.NET) == unblended - Decimal("0.2")
    assert all(("component", "backend") in one.dimensions for one in sqlite_store.bills.rolled(*OCTOBER))


def test_one_import_at_a_time(tmp_path: Path, sqlite_store: Store) -> None:
    (tmp_path / "lake").mkdir()
    with locked(tmp_path / "lake"), pytest.raises(LakeError, match="under way"):
        brought(tmp_path, sqlite_store, GOOD)


_KILLED = """
import os, signal, sys
from pathlib import Path
from store import open_store
from tests.finops.lake_bills import brought, text
stage, folder = sys.argv[1], Path(sys.argv[2])
def stop(event, arguments):
    if event == "os.rename" and stage == "rename" and str(arguments[0]).endswith(".parquet"):
        os.kill(os.getpid(), signal.SIGKILL)
    if event == "duckdb" or (event == "import" and stage == "start" and arguments[0] == "duckdb"):
        os.kill(os.getpid(), signal.SIGKILL)
with open_store(f"sqlite:///{folder / 'store.db'}") as store:
    sys.addaudithook(stop)
    if stage == "entered":
        import store.money.bills as bills
        bills.upsert = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
    brought(folder, store, text([{"BilledCost": "5"}]))
"""


@pytest.mark.parametrize("stage", ["start", "rename", "entered"])
def test_killed_anywhere_the_manifest_is_whole_and_what_is_left_is_swept(
    tmp_path: Path, sqlite_store: Store, stage: str
) -> None:
    brought(tmp_path, sqlite_store, text([{}]))
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, stage, str(tmp_path)], check=False, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == -signal.SIGKILL
    assert billed(sqlite_store) == 1
    assert (tmp_path / "lake" / sqlite_store.bills.files()[0].path).exists()
    brought(tmp_path, sqlite_store, text([{"BilledCost": "5"}]))
    assert billed(sqlite_store) == 5
    later = NOW + timedelta(days=900)
    upkeep(tmp_path / "lake", sqlite_store.bills, later)
    named = {one.path for one in sqlite_store.bills.files()}
    left = {str(one.relative_to(tmp_path / "lake")) for one in (tmp_path / "lake").glob("*/*/*.parquet")}
    assert left == named
    assert not list((tmp_path / "lake").glob(".import-*"))


def test_grace_keeps_what_was_just_written(tmp_path: Path, sqlite_store: Store) -> None:
    orphan = tmp_path / "lake" / "aws" / "2026-10" / "orphan.parquet"
    orphan.parent.mkdir(parents=True)
    orphan.touch()
    written = datetime.fromtimestamp(orphan.stat().st_ctime, UTC)
    assert upkeep(tmp_path / "lake", sqlite_store.bills, written + GRACE / 2) == 0
    assert upkeep(tmp_path / "lake", sqlite_store.bills, written + GRACE * 2) == 1


def test_a_digest_is_of_the_content_not_of_its_packing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(GOOD)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(GOOD))
    plain, packed = (open_source(name, tmp_path / name, tmp_path) for name in ("a.csv", "a.csv.gz"))
    assert plain.digest == packed.digest
    assert plain.columns == tuple(FOCUS_1_0)


def test_an_unreadable_path_changes_nothing(tmp_path: Path, sqlite_store: Store) -> None:
    with pytest.raises(FileNotFoundError):
        import_bills(lake_in(tmp_path, sqlite_store), [("none.csv", tmp_path / "none.csv")], NOW)
