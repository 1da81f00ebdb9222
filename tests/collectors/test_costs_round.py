"""The job `costs:ACCOUNT` over real HTTP and a real store: what is read when, kept, restated, told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Event as Flag

import pytest

from collectors.aws import Aws
from collectors.config import Account, Bill, Collect
from collectors.costs import fetch
from collectors.costs.config import Costs
from collectors.costs.jobs import cost_jobs
from collectors.jobs import Surroundings
from collectors.meter import Meter
from store import Store
from store.jobspec import JobContext
from store.money import View
from store.stack import Stack
from store.vocabulary import JobOutcome
from tests.collectors.explorer import Explorer, Refusal, fail_once, served

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
FIRST = date(2026, 11, 18)


class Clock:
    """A clock that is set."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True)
class Shop:
    """A job, what it asks, where it keeps things, and its meter."""

    explorer: Explorer
    store: Store
    meter: Meter
    clock: Clock
    aws: Aws

    def at(self, hours: float) -> JobOutcome:
        """Run the job with its defaults some hours after the first time, under a claim of its own."""
        self.clock.now = now = NOW + timedelta(hours=hours)
        around = Surroundings(self.aws, self.meter, self.store, Stack(), Collect(), Bill())
        (spec,) = cost_jobs(around)
        self.store.jobs.declare([(spec.name, int(spec.every.total_seconds()))], now)
        claim = self.store.jobs.claim(spec.name, now, "test", 600)
        assert claim is not None
        outcome = spec.run(JobContext(now, claim, Flag(), lambda _: None))
        self.store.jobs.finish(claim, outcome, now)
        return outcome

    def asked(self) -> int:
        """How many pages GetCostAndUsage was asked for since this was last called."""
        count = len(self.explorer.asked())
        self.explorer.calls.clear()
        return count

    def total(self, day: date, as_of: datetime | None = None) -> Decimal | None:
        lines = self.store.costs.lines(day, day + timedelta(days=1), view=View.TOTAL, as_of=as_of)
        return lines[0].unblended if lines else None


@pytest.fixture
def shop(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    clock = Clock()
    monkeypatch.setattr(fetch, "_backoff", lambda _: 0.0)
    with served(Explorer()) as explorer:
        for number in range(6):
            explorer.cost(FIRST + timedelta(days=number), "0.408")
            explorer.cost(FIRST + timedelta(days=number), "1.08", service="EC2 - Other", component="network")
        for name, value in {
            "AWS_ENDPOINT_URL": explorer.url,
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            monkeypatch.setenv(name, value)
        meter = Meter(clock)
        aws = Aws([Account(name="main", regions=["ap-northeast-2"])], meter)
        yield Shop(explorer, sqlite_store, meter, clock, aws)
        aws.close()


def test_the_first_start_brings_history_in_one_reading_a_view_and_everything_ties_out(shop: Shop) -> None:
    outcome = shop.at(0)
    assert (outcome.outcome, outcome.coverage) == ("ok", 1.0), outcome.message
    starts = [one["TimePeriod"]["Start"] for one in shop.explorer.asked()]
    assert starts == ["2025-11-01"] * 6
    reads = {read.view: read for read in shop.store.costs.newest_reads()}
    assert set(reads) == {View.TOTAL, View.USAGE, View.COMPONENT, View.ENVIRONMENT, View.PLACE, View.CHARGE}
    assert all(read.tied for read in reads.values())
    assert shop.total(FIRST) == Decimal("1.488")
    parts = shop.store.costs.lines(FIRST, FIRST + timedelta(days=1), view=View.COMPONENT)
    assert {one.keys[0]: one.unblended for one in parts} == {"redis": Decimal("0.408"), "network": Decimal("1.08")}
    assert [tag.key for tag in shop.store.costs.tags() if tag.active] == ["Component"]
    assert all(forecast.problem for forecast in shop.store.costs.aws_forecasts())


def test_a_tick_at_which_nothing_is_due_asks_nothing(shop: Shop) -> None:
    shop.at(0)
    shop.asked()
    outcome = shop.at(0.25)
    assert outcome.outcome == "ok"
    assert "No costs were due" in outcome.message
    assert shop.explorer.calls == []


def test_while_nothing_changes_only_the_total_is_read(shop: Shop) -> None:
    shop.at(0)
    shop.asked()
    shop.at(24)
    assert [one.get("GroupBy") for one in shop.explorer.asked()] == [None]


def test_a_day_that_aws_restates_is_kept_beside_what_was_known_before(shop: Shop) -> None:
    shop.at(0)
    shop.explorer.cost(FIRST, "0.908")
    shop.asked()
    outcome = shop.at(24)
    assert outcome.outcome == "ok", outcome.message
    asked = shop.explorer.asked()
    assert [one["TimePeriod"]["Start"] for one in asked] == ["2026-10-01"] + ["2026-11-18"] * (len(asked) - 1)
    assert shop.total(FIRST) == Decimal("1.988")
    assert shop.total(FIRST, as_of=NOW + timedelta(hours=1)) == Decimal("1.488")
    window = FIRST, FIRST + timedelta(days=10)
    (restated,) = shop.store.costs.restatements(*window, view=View.TOTAL)
    assert (restated.before, restated.after) == (Decimal("1.488"), Decimal("1.988"))
    assert all(read.tied for read in shop.store.costs.newest_reads())


def test_a_refund_after_the_invoice_and_a_negative_total_are_restatements(shop: Shop) -> None:
    shop.explorer.cost(date(2026, 10, 31), "5", service="Tax", component="")
    shop.at(0)
    shop.explorer.cost(date(2026, 10, 31), "-7.25", service="Tax", component="")
    outcome = shop.at(24)
    assert outcome.outcome == "ok", outcome.message
    assert shop.total(date(2026, 10, 31)) == Decimal("-7.25")


def test_a_day_that_ends_up_free_of_cost_is_noticed(shop: Shop) -> None:
    shop.at(0)
    shop.explorer.costs = {key: amount for key, amount in shop.explorer.costs.items() if key[0] != FIRST}
    shop.asked()
    assert shop.at(24).outcome == "ok"
    assert shop.total(FIRST) is None
    assert shop.asked() > 1, "the groups followed"
    assert shop.store.costs.lines(FIRST, FIRST + timedelta(days=1), view=View.USAGE) == []


def test_groups_that_do_not_add_up_are_told_until_they_do(shop: Shop) -> None:
    shop.explorer.skim = Decimal("0.02")
    outcome = shop.at(0)
    assert outcome.outcome == "partial"
    assert "do not tie out" in outcome.message
    assert "0.12 USD" in outcome.message
    assert [read.tied for read in shop.store.costs.newest_reads() if read.view] == [False] * 5
    assert "do not tie out" in shop.at(0.25).message, "also at a tick at which nothing is due"
    shop.explorer.skim = Decimal(0)
    shop.at(24)
    assert shop.at(72).outcome == "ok"


def test_a_refresh_between_total_and_groups_is_read_again_at_once(shop: Shop) -> None:
    shop.at(0)

    def refresh(_operation: str, arguments: dict[str, object]) -> Refusal | None:
        if "GroupBy" in arguments:
            shop.explorer.cost(date(2026, 11, 23), "9")
        return None

    shop.explorer.cost(date(2026, 11, 23), "3")
    shop.explorer.faults.append(refresh)
    outcome = shop.at(24)
    assert outcome.outcome == "ok", outcome.message
    assert shop.total(date(2026, 11, 23)) == Decimal("10.08")


def test_a_cost_explorer_that_is_not_enabled_is_told_with_its_remedy_and_asked_again_the_next_day(shop: Shop) -> None:
    shop.explorer.faults.append(fail_once("DataUnavailableException", times=2))
    outcome = shop.at(0)
    assert (outcome.outcome, outcome.coverage) == ("failed", 0.0)
    assert "switch it on" in outcome.message
    shop.asked()
    for hours in (0.25, 8, 23):
        later = shop.at(hours)
        assert later.outcome == "failed"
        assert "switch it on" in later.message
    assert shop.asked() == 0
    assert shop.at(24).outcome == "ok"


def test_a_history_that_aws_refuses_is_given_up_for_what_may_still_change(shop: Shop) -> None:
    shop.explorer.faults.append(
        fail_once("ValidationException", lambda one: str(one["TimePeriod"]["Start"]) < "2026-10-01", times=99)
    )
    assert shop.at(0).outcome == "ok"
    assert {read.start for read in shop.store.costs.newest_reads()} == {date(2026, 10, 1)}


def test_one_view_that_fails_leaves_the_others_and_is_asked_again_after_an_hour(shop: Shop) -> None:
    shop.explorer.faults.append(fail_once("AccessDeniedException", lambda one: "USAGE_TYPE" in str(one), times=1))
    outcome = shop.at(0)
    assert outcome.outcome == "partial"
    assert "lamplighter doctor" in outcome.message
    assert len(shop.store.costs.newest_reads()) == 5
    assert shop.at(0.5).outcome == "partial"
    assert shop.at(1).outcome == "ok"
    assert len(shop.store.costs.newest_reads()) == 6


def test_the_meter_counts_every_page_of_every_view(shop: Shop) -> None:
    shop.explorer.page_size = 200
    shop.at(0)
    begin = NOW.replace(minute=0)
    entries = shop.store.meter.between(begin, begin + timedelta(hours=1))
    asked = len(shop.explorer.asked())
    (read,) = [one for one in entries if one.api == "ce:GetCostAndUsage"]
    assert (read.calls, read.cost_high, read.job) == (asked, asked * Decimal("0.01"), "costs:main")
    assert sum(one.pages for one in shop.store.costs.newest_reads()) == asked


def test_net_costs_that_aws_does_not_tell_are_said_to_be_missing(shop: Shop) -> None:
    shop.explorer.net = False
    outcome = shop.at(0)
    assert outcome.outcome == "ok"
    assert "no net costs" in outcome.message


def test_costs_that_are_switched_off_have_no_job(shop: Shop) -> None:
    settings = Collect(costs=Costs(enabled=False))
    around = Surroundings(shop.aws, shop.meter, shop.store, Stack(), settings, Bill())
    assert list(cost_jobs(around)) == []
