"""A collection cycle against the embedded AWS over HTTP: complete, exact, and undisturbed by what goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isclose
from threading import Event as Flag
from time import monotonic

import pytest

from collectors.aws import Aws, Scope
from collectors.catalogue import Catalogue, parse
from collectors.config import Account, Bill, Collect, Metrics
from collectors.meter import Meter
from collectors.metrics.backfill import run_backfill
from collectors.metrics.collector import Collector
from collectors.metrics.cycle import run_cycle
from collectors.metrics.fetch import Pacer
from collectors.metrics.promotion import promote
from service.demo.launch import EmbeddedAws
from service.demo.synthetic import SyntheticSource
from store import LostClaim, Store
from store.jobspec import JobContext
from store.vocabulary import JobOutcome

pytestmark = pytest.mark.demo

START = 1_790_000_000 - 1_790_000_000 % 3600
MANY = 600
TRUTH = SyntheticSource(MANY, gaps=True)
JOB = "metrics:main/ap-northeast-2"
CATALOGUE = Catalogue(
    tuple(
        parse(
            """
groups:
  - namespace: Synthetic
    fixed: true
    discover: true
    metrics: [{metric: Load, stats: [Average], kind: gauge}]
""",
            "test",
        )
    )
)
SETTINGS = Collect(metrics=Metrics(first=timedelta(hours=1), backfill=timedelta(hours=3)))


@dataclass
class Bench:
    """One account and region under test, its clock the embedded AWS's own."""

    aws: EmbeddedAws
    store: Store
    collector: Collector
    now: int = START
    stopping: Flag = field(default_factory=Flag)
    progress: list[float] = field(default_factory=list)

    def cycle(self, minutes: float = 0) -> JobOutcome:
        return self.run(run_cycle, JOB, minutes)

    def backfill(self) -> JobOutcome:
        return self.run(run_backfill, "backfill:main/ap-northeast-2", 0)

    def run(self, what: Callable[[Collector, str, JobContext], JobOutcome], job: str, minutes: float) -> JobOutcome:
        self.now += round(minutes * 60)
        self.aws.control.freeze(self.now)
        at = datetime.fromtimestamp(self.now, UTC)
        self.store.jobs.declare([(JOB, 60), ("backfill:main/ap-northeast-2", 120)], at)
        self.store.jobs.wake(job, at)
        claim = self.store.jobs.claim(job, at, "test", 600)
        assert claim is not None
        outcome = what(self.collector, job, JobContext(at, claim, self.stopping, self.progress.append))
        self.store.jobs.finish(claim, outcome, at)
        return outcome

    def until_quiet(self) -> None:
        """Tick every minute until nothing has failed any more."""
        for _ in range(30):
            if self.cycle(1).outcome == "ok":
                return
        raise AssertionError("something fails for ever")

    def wrong(self, start: int, end: int) -> list[str]:
        """The series whose kept points in [start, end) are not exactly those of the source."""
        ids = {series.id: int(series.key.dimensions[0][1]) for series in self.store.series.find(namespace="Synthetic")}
        kept = self.store.samples.read(list(ids), start, end)
        return [
            f"{number}: {len(kept[name])}"
            for name, number in ids.items()
            if not same(dict(kept[name].pairs()), TRUTH.truth(number, start, end))
        ]


def same(kept: dict[int, float], truth: dict[int, float]) -> bool:
    return kept.keys() == truth.keys() and all(isclose(kept[time], value) for time, value in truth.items())


@pytest.fixture
def bench(synthetic_aws: EmbeddedAws, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    for name, value in synthetic_aws.environment().items():
        monkeypatch.setenv(name, value)
    meter = Meter(lambda: datetime.fromtimestamp(synthetic_aws.control.now(), UTC))
    aws = Aws([Account(regions=["ap-northeast-2"])], meter)
    collector = make(aws, meter, sqlite_store, Scope("main", "ap-northeast-2"))
    yield Bench(synthetic_aws, sqlite_store, collector)
    aws.close()


def make(aws: Aws, meter: Meter, store: Store, scope: Scope) -> Collector:
    return Collector(
        scope=scope,
        scopes=(scope,),
        aws=aws,
        store=store,
        meter=meter,
        catalogue=CATALOGUE,
        settings=SETTINGS,
        bill=Bill(),
        protected=frozenset,
        monotonic=monotonic,
        pacer=Pacer(monotonic),
    )


def test_the_first_cycle_brings_every_point_and_the_backfill_the_rest(bench: Bench) -> None:
    outcome = bench.cycle()
    assert (outcome.outcome, outcome.coverage) == ("ok", 1.0)
    assert len(bench.store.series.find()) == MANY
    assert bench.wrong(START - 3600, START) == []
    assert bench.backfill().progress == 1.0
    assert bench.wrong(START - 3 * 3600, START) == []
    assert bench.progress == sorted(bench.progress)


def test_all_pages_of_an_answer_are_merged(bench: Bench) -> None:
    bench.aws.control.limits(points_a_request=5000)
    assert bench.cycle().outcome == "ok"
    assert bench.wrong(START - 3600, START) == []


def test_a_two_hour_outage_with_throttles_and_late_points_leaves_no_hole(bench: Bench) -> None:
    bench.cycle()
    bench.aws.control.fault("throttle", rate=0.05, service="cloudwatch", seed=7)
    bench.aws.control.fault("late", seconds=600, rate=0.3, seed=7)
    bench.cycle(120)
    for _ in range(4):
        bench.cycle(5)
    bench.aws.control.clear_faults()
    bench.until_quiet()
    assert bench.wrong(START - 3600, bench.now - 900) == []


def test_values_that_are_revised_later_are_corrected_for_free(bench: Bench) -> None:
    bench.aws.control.fault("late", seconds=600, mode="revised", rate=1.0)
    bench.cycle()
    before = bench.aws.control.meter()["totals"]["metrics_high"]
    bench.cycle(15)
    assert bench.aws.control.meter()["totals"]["metrics_high"] - before == MANY
    assert bench.wrong(START - 3600, START) == []
    assert sum(cursor.revised for cursor in bench.store.cursors.get().values()) > 0


def test_partial_results_are_asked_for_again_and_else_stay_where_they_were(bench: Bench) -> None:
    bench.aws.control.fault("partial", rate=0.5, times=1, seed=3)
    assert bench.cycle().outcome == "ok"
    assert bench.wrong(START - 3600, START) == []
    bench.aws.control.fault("partial", rate=0.3, seed=3)
    bench.cycle(5)
    bench.aws.control.clear_faults()
    bench.until_quiet()
    assert bench.wrong(START - 3600, bench.now - 300) == []


def test_what_is_no_number_is_refused_and_the_rest_is_kept(bench: Bench) -> None:
    bench.aws.control.fault("nan", rate=1.0)
    outcome = bench.cycle()
    assert "no numbers" in outcome.message
    assert outcome.outcome == "partial"
    bench.aws.control.clear_faults()
    bench.cycle(5)
    assert bench.wrong(bench.now - 1800, bench.now) == []


def test_a_page_of_html_costs_nothing_that_was_there(bench: Bench) -> None:
    bench.cycle()
    before = bench.store.cursors.get()
    bench.aws.control.fault("html", service="cloudwatch")
    outcome = bench.cycle(5)
    assert outcome.outcome == "failed"
    assert "AWS_ENDPOINT_URL" in outcome.message
    after = bench.store.cursors.get()
    assert all(after[name].collected_to == cursor.collected_to for name, cursor in before.items())
    bench.aws.control.clear_faults()
    bench.until_quiet()
    assert bench.wrong(START - 3600, bench.now - 300) == []


def test_answers_without_status_codes_are_taken_as_complete(bench: Bench) -> None:
    bench.aws.control.fault("missing", keys=["StatusCode"])
    assert bench.cycle().outcome == "ok"
    assert bench.wrong(START - 3600, START) == []


def test_a_run_that_ends_in_the_middle_leaves_no_hole_and_no_duplicate(bench: Bench) -> None:
    pacer = bench.collector.pacer
    delay, asked = pacer.delay, []

    class StopAfterOne(Pacer):
        def delay(self, request, now):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  the base's own
            asked.append(request)
            if len(asked) == 2:
                bench.stopping.set()
            return delay(request, now)

    bench.collector.pacer = StopAfterOne(monotonic)
    bench.cycle()
    got = len(bench.store.cursors.get())
    assert 0 < got < MANY
    bench.stopping.clear()
    bench.collector.pacer = pacer
    bench.cycle(1)
    assert len(bench.store.cursors.get()) == MANY
    assert bench.wrong(START - 3540, START) == []


def test_a_worker_that_lost_its_claim_writes_nothing(bench: Bench) -> None:
    bench.aws.control.freeze(START)
    at = datetime.fromtimestamp(START, UTC)
    bench.store.jobs.declare([(JOB, 60)], at)
    bench.store.jobs.wake(JOB, at)
    mine = bench.store.jobs.claim(JOB, at, "me", 10)
    assert mine is not None
    bench.store.jobs.recover(at + timedelta(minutes=5))
    assert bench.store.jobs.claim(JOB, at + timedelta(minutes=5), "other", 60) is not None
    with pytest.raises(LostClaim):
        run_cycle(bench.collector, JOB, JobContext(at, mine, Flag(), lambda _: None))
    assert bench.store.cursors.get() == {}


def test_a_refused_account_never_costs_the_other_its_metrics(bench: Bench) -> None:
    other = "arn:aws:iam::222222222222:role/lamplighter"
    accounts = [
        Account(regions=["ap-northeast-2"]),
        Account(name="other", role_arn=other, external_id="shared", regions=["ap-northeast-2"]),
    ]
    meter = bench.collector.meter
    aws = Aws(accounts, meter)
    bench.aws.control.fault("deny", account="222222222222", service="cloudwatch")
    refused = make(aws, meter, bench.store, Scope("other", "ap-northeast-2"))
    outcome = Bench(bench.aws, bench.store, refused).cycle()
    aws.close()
    assert "AccessDenied" in outcome.message
    assert "lamplighter doctor" in outcome.message
    assert bench.cycle().outcome == "ok"
    entries = bench.store.meter.between(datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))
    assert {"sts:AssumeRole"} <= {entry.api for entry in entries if entry.account == "other"}


def test_what_we_metered_is_what_aws_billed(bench: Bench) -> None:
    bench.aws.control.fault("throttle", rate=0.3, service="cloudwatch", seed=1)
    bench.cycle()
    bench.cycle(5)
    billed = bench.aws.control.meter()["totals"]
    low, high = bench.store.meter.total(datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))
    assert float(high) == pytest.approx(float(billed["dollars_high"]))
    assert float(low) <= float(billed["dollars_low"])
    entries = bench.store.meter.between(datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))
    assert sum(entry.calls for entry in entries) == billed["calls"] + billed["throttled"]
    assert sum(entry.throttles for entry in entries) == billed["throttled"] > 0


def test_a_promoted_series_is_polled_every_minute(bench: Bench) -> None:
    bench.cycle()
    hot = bench.store.series.find()[0].id
    promote(bench.store, [hot], datetime.fromtimestamp(START, UTC))
    before = bench.aws.control.meter()["totals"]["metrics_high"]
    reads = []
    for _ in range(4):
        bench.cycle(1)
        reads.append(bench.store.cursors.get([hot])[hot].last_success)
    assert len(set(reads)) == 4
    assert bench.aws.control.meter()["totals"]["metrics_high"] - before < 2 * MANY


def test_a_clock_that_went_back_reads_nothing_twice_and_says_so(bench: Bench) -> None:
    bench.cycle()
    before = bench.store.cursors.get()
    outcome = bench.cycle(-60)
    assert outcome.outcome == "partial"
    assert "NTP" in outcome.message
    assert bench.store.cursors.get() == before
