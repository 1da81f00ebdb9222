from __future__ import annotations

import multiprocessing as mp
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from store import Claim, Cursor, JobOutcome, LostClaim, Series, SeriesKey, Store, open_store

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OK = JobOutcome("ok", "183 series", coverage=1.0)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def taken(store: Store, name: str, now: datetime, owner: str = "worker-1", lease: float = 60) -> Claim:
    claim = store.jobs.claim(name, now, owner, lease)
    assert claim is not None
    return claim


def test_a_new_job_is_due_at_once_and_then_at_its_interval(store: Store) -> None:
    store.jobs.declare([("probes", 60), ("health:main/eu-west-1", 300)], NOW)
    assert [job.name for job in store.jobs.due(NOW)] == ["health:main/eu-west-1", "probes"]
    claim = taken(store, "probes", NOW)
    store.jobs.finish(claim, OK, after(3))
    assert [job.name for job in store.jobs.due(after(3))] == ["health:main/eu-west-1"]
    [_, probes] = store.jobs.all()
    assert (probes.next_due, probes.outcome, probes.coverage, probes.running) == (after(60), "ok", 1.0, False)
    assert (probes.last_started, probes.last_finished, probes.last_success) == (NOW, after(3), after(3))


def test_slots_that_were_missed_are_run_once_and_the_rhythm_stays(store: Store) -> None:
    store.jobs.declare([("probes", 60)], NOW)
    store.jobs.finish(taken(store, "probes", NOW), OK, NOW)
    store.jobs.finish(taken(store, "probes", after(200)), OK, after(201))
    assert store.jobs.all()[0].next_due == after(240)


def test_one_holder_at_a_time(store: Store) -> None:
    store.jobs.declare([("probes", 60)], NOW)
    taken(store, "probes", NOW)
    assert store.jobs.claim("probes", after(1), "worker-2", 60) is None
    assert store.jobs.claim("unheard-of", NOW, "worker-2", 60) is None
    assert store.jobs.due(after(59)) == []
    assert store.jobs.all()[0].running


def test_a_lease_that_ran_out_is_taken_over_and_the_first_holder_is_fenced(store: Store) -> None:
    store.jobs.declare([("probes", 60)], NOW)
    first = taken(store, "probes", NOW, lease=10)
    second = taken(store, "probes", after(11), "worker-2")
    assert second.epoch > first.epoch
    assert second.slot > first.slot
    for act in (
        lambda: store.jobs.renew(first, after(12), 10),
        lambda: store.jobs.progress(first, 0.5),
        lambda: store.jobs.finish(first, OK, after(12)),
        lambda: store.commit_collection(samples={}, cursors=[], gaps={}, claim=first),
    ):
        with pytest.raises(LostClaim, match="worker-1"):
            act()
    store.jobs.finish(second, OK, after(13))
    assert [(run.owner, run.outcome) for run in store.jobs.runs("probes")] == [
        ("worker-2", "ok"),
        ("worker-1", "failed"),
    ]


def test_a_collection_under_a_lost_claim_leaves_nothing(store: Store) -> None:
    series = Series(SeriesKey("main", "eu-west-1", "AWS/EC2", "CPU", (), "Average"), 60)
    store.series.upsert([series])
    store.jobs.declare([("metrics", 60)], NOW)
    claim = taken(store, "metrics", NOW, lease=1)
    store.jobs.recover(after(2))
    with pytest.raises(LostClaim):
        store.commit_collection(
            samples={series.id: [(0, 1.0)]}, cursors=[Cursor(series.id, 0, 60, 0, 60)], gaps={}, claim=claim
        )
    assert store.samples.read([series.id], 0, 60)[series.id].pairs() == []
    assert store.cursors.get() == {}


def test_a_lease_is_renewed(store: Store) -> None:
    store.jobs.declare([("probes", 60)], NOW)
    claim = store.jobs.renew(taken(store, "probes", NOW, lease=10), after(9), 10)
    assert claim.expires == after(19)
    assert store.jobs.claim("probes", after(15), "worker-2", 10) is None


def test_recovery_fails_the_run_and_makes_the_job_due(store: Store) -> None:
    store.jobs.declare([("probes", 3600)], NOW)
    taken(store, "probes", NOW, lease=10)
    assert store.jobs.recover(after(5)) == []
    assert store.jobs.recover(after(11)) == ["probes"]
    assert store.jobs.recover(after(11)) == []
    [job] = store.jobs.due(after(11))
    assert (job.outcome, job.failures, job.running) == ("failed", 1, False)
    assert [run.outcome for run in store.jobs.runs("probes")] == ["failed"]
    store.jobs.finish(taken(store, "probes", after(11)), OK, after(12))
    assert store.jobs.all()[0].failures == 0


def test_a_woken_job_is_due_at_once_and_again_after_a_run_under_way(store: Store) -> None:
    store.jobs.declare([("probes", 600)], NOW)
    store.jobs.finish(taken(store, "probes", NOW), OK, NOW)
    store.jobs.wake("probes", after(5))
    claim = taken(store, "probes", after(5))
    store.jobs.wake("probes", after(6))
    store.jobs.finish(claim, OK, after(7))
    store.jobs.finish(taken(store, "probes", after(7)), OK, after(8))
    assert store.jobs.due(after(9)) == []


def test_waking_twice_at_one_moment_gives_two_slots(store: Store) -> None:
    store.jobs.declare([("probes", 600)], NOW)
    for _ in range(3):
        store.jobs.wake("probes", NOW)
        store.jobs.finish(taken(store, "probes", NOW), OK, NOW)
    assert len({run.slot for run in store.jobs.runs("probes")}) == 3


def test_declaring_again_keeps_what_is_due_and_drops_what_is_not_listed(store: Store) -> None:
    store.jobs.declare([("probes", 600), ("old", 60)], NOW)
    claim = taken(store, "old", NOW)
    store.jobs.finish(taken(store, "probes", NOW), OK, NOW)
    store.jobs.declare([("probes", 600)], after(30))
    assert [(job.name, job.next_due) for job in store.jobs.all()] == [("probes", after(600))]
    with pytest.raises(LostClaim):
        store.jobs.finish(claim, OK, after(31))
    store.jobs.declare([("probes", 60), ("old", 60)], after(40))
    assert store.jobs.all()[1].next_due == after(100)
    again = taken(store, "old", after(40))
    assert again.epoch > claim.epoch


def test_a_clock_that_went_back_does_not_stop_a_job(store: Store) -> None:
    store.jobs.declare([("probes", 60)], after(10**8))
    store.jobs.finish(taken(store, "probes", after(10**8)), OK, after(10**8))
    assert [job.name for job in store.jobs.due(NOW)] == ["probes"]
    store.jobs.finish(taken(store, "probes", NOW), OK, NOW)
    assert store.jobs.due(NOW) == []
    assert NOW < store.jobs.all()[0].next_due <= after(60)


def test_progress_and_outcome_are_told(store: Store) -> None:
    store.jobs.declare([("backfill", 60)], NOW)
    claim = taken(store, "backfill", NOW)
    store.jobs.progress(claim, 0.25)
    assert store.jobs.all()[0].progress == 0.25
    store.jobs.finish(claim, JobOutcome("partial", "throttled", 0.5, 0.3), after(1))
    [job] = store.jobs.all()
    assert (job.outcome, job.message, job.coverage, job.progress) == ("partial", "throttled", 0.5, 0.3)


def _claim_each(url: str, owner: str, seconds: int) -> list[tuple[str, datetime, int]]:
    with open_store(url) as store:
        done = []
        for second in range(seconds):
            for name in ("a", "b"):
                claim = store.jobs.claim(name, after(second), owner, 30)
                if claim is not None:
                    done.append((name, claim.slot, claim.epoch))
                    store.jobs.finish(claim, OK, after(second))
        return done


def test_two_processes_run_each_slot_once(store: Store, store_url: str) -> None:
    store.jobs.declare([("a", 1), ("b", 2)], NOW)
    with ProcessPoolExecutor(2, mp_context=mp.get_context("spawn")) as pool:
        ran = [pool.submit(_claim_each, store_url, owner, 20) for owner in ("worker-1", "worker-2")]
        done = [run for each in ran for run in each.result()]
    assert len(done) == len({(name, slot) for name, slot, _ in done}) == len({(name, epoch) for name, _, epoch in done})
    assert len(store.jobs.runs("a")) + len(store.jobs.runs("b")) == len(done)
    assert {run.outcome for run in store.jobs.runs("a")} == {"ok"}
