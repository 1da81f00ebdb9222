from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from store import Claim, JobOutcome, Series, SeriesKey, Store, history, open_store
from store.alerting import RuleState
from store.backup import backup, restore
from store.config import Retention
from store.database import Database
from store.migrate import upgrade_to
from tests.store.contract.alerting_values import (
    GROUP,
    MINUTE,
    NOW,
    RECEIVER,
    draft,
    episode,
    firing_round,
    resolved,
    telling,
    transition,
)
from tests.store.contract.test_alerting_readings import SILENCE, reading
from tests.store.contract.test_alerting_readings import QueryRows as Answer

SERIES = Series(SeriesKey("main", "eu-west-1", "AWS/EC2", "CPU", (), "Average"), 60)
YEARS = timedelta(days=1000)


def filled(store: Store) -> None:
    one, two = episode(1), episode(2)
    store.alerts.commit_round(**firing_round(one, two), rule_states=[RuleState("cpu-high", "v1", NOW, NOW)])
    store.notices.flush(GROUP, NOW, telling(NOW))
    [first] = store.outbox.claim(RECEIVER, NOW, "me", 60)
    store.outbox.sent(first, {"ok": True}, {"ts": "1"}, NOW)
    store.alerts.acknowledge([one.id], "bo", NOW)
    store.silences.add(SILENCE)
    store.budgets.record([reading()])
    store.rows.record([Answer("errors", NOW, NOW, [{"n": "1"}], NOW)])


def contents(store: Store) -> list[object]:
    return [
        store.alerts.current(),
        store.alerts.episodes(),
        store.alerts.transitions(),
        store.alerts.rule_states(),
        store.notices.groups(),
        store.notices.members(GROUP),
        store.notices.decisions(),
        store.outbox.deliveries(episode=episode(1).id),
        store.silences.all(),
        store.budgets.newest(),
        store.rows.newest("errors"),
    ]


def test_a_backup_restores_alerting_into_the_same_engine_and_it_goes_on(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    filled(store)
    before = contents(store)
    assert all(before)
    backup(store, tmp_path / "b.gz")
    store.close()
    restore(store_url, tmp_path / "b.gz", force=True)
    with open_store(store_url) as restored:
        assert contents(restored) == before
        [new] = restored.outbox.add([draft("later", 1)], NOW)
        assert new.id > max(one.id for one in restored.outbox.deliveries(episode=episode(1).id))


@pytest.mark.postgres
@pytest.mark.parametrize("to_postgres", [True, False])
def test_a_backup_of_alerting_loads_into_the_other_engine(
    sqlite_store: Store, postgres_url: str, tmp_path: Path, *, to_postgres: bool
) -> None:
    with open_store(postgres_url) as postgres:
        source = sqlite_store if to_postgres else postgres
        filled(source)
        backup(source, tmp_path / "b.gz")
    url = postgres_url if to_postgres else f"sqlite:///{tmp_path / 'other.db'}"
    restore(url, tmp_path / "b.gz")
    with open_store(url) as restored, open_store(postgres_url) as postgres:
        assert contents(restored) == contents(sqlite_store if to_postgres else postgres)


def first_schema(url: str) -> None:
    database = Database(url)
    with database.writing() as connection:
        upgrade_to(connection, "0001")
    database.close()


def test_a_database_of_the_first_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    first_schema(url)
    with open_store(url) as old:
        old.series.upsert([SERIES])
        [problem] = old.check()
        assert "0001" in problem
        old.migrate()
        assert old.schema_revision() == "0004"
        assert old.check() == []
        assert old.series.get(SERIES.id) == SERIES
        filled(old)
        assert all(contents(old))


def test_a_backup_of_the_first_schema_is_restored(store_url: str, tmp_path: Path) -> None:
    old_url = f"sqlite:///{tmp_path / 'old.db'}"
    first_schema(old_url)
    with open_store(old_url) as old:
        old.series.upsert([SERIES])
        assert backup(old, tmp_path / "b.gz").revision == "0001"
    with open_store(store_url) as there:
        filled(there)
    restore(store_url, tmp_path / "b.gz", force=True)
    with open_store(store_url) as restored:
        assert restored.series.get(SERIES.id) == SERIES
        assert not any(contents(restored))
        filled(restored)
        assert all(contents(restored))


def rows(store: Store) -> dict[str, int]:
    tables = ("alert_episodes", "alert_transitions", "group_members", "notice_groups", "outbox", "outbox_episodes")
    tables += ("notice_refs", "notice_decisions", "silences", "budget_readings", "query_rows")
    with store.database.reading() as connection:
        return {one: connection.exec_driver_sql(f"SELECT count(*) FROM {one}").scalar_one() for one in tables}  # noqa: S608  the names are ours


def test_what_is_over_told_and_old_is_dropped(store: Store) -> None:
    one = episode()
    alone = transition(one, episode=None, at=NOW - MINUTE)
    store.alerts.commit_round(**firing_round(one))
    store.alerts.commit_round(transitions=[alone])
    store.notices.flush(GROUP, NOW, telling(NOW))
    store.alerts.commit_round(episodes=[resolved(one)], forget=[one.alert.fingerprint])
    store.notices.flush(GROUP, NOW + MINUTE, telling(NOW + MINUTE))
    while some := store.outbox.claim(RECEIVER, NOW + MINUTE, "me", 60):
        store.outbox.sent(some[0], {}, {"ts": "1"}, NOW + MINUTE)
    store.silences.add(SILENCE)
    store.budgets.record([reading()])
    store.rows.record([Answer("errors", NOW, NOW, [], NOW)])
    before = rows(store)
    assert all(before.values())
    assert store.prune(NOW + timedelta(days=14), Retention()) == 0
    assert rows(store) == before
    assert store.prune(NOW + timedelta(days=16), Retention()) == 1, "the query's answer is as long-lived as points"
    store.prune(NOW + YEARS, Retention())
    assert not any(rows(store).values())


def test_what_is_open_owed_or_on_its_way_stays_however_old(store: Store) -> None:
    fires, owed, going = episode(1), episode(2), episode(3)
    store.alerts.commit_round(**firing_round(fires, owed))
    store.notices.flush(GROUP, NOW, telling(NOW))
    [first] = store.outbox.claim(RECEIVER, NOW, "me", 60)
    store.outbox.sent(first, {}, {"ts": "1"}, NOW)
    store.alerts.commit_round(episodes=[resolved(owed), resolved(going)], transitions=[transition(going)])
    store.outbox.add([draft("n", 1, episodes=(going.id,))], NOW)
    store.prune(NOW + YEARS, Retention())
    assert {one.id for one in store.alerts.episodes()} == {fires.id, owed.id, going.id}
    assert {one.episode for one in store.alerts.transitions()} == {fires.id, owed.id, going.id}
    assert len(store.notices.members(GROUP)) == 2
    assert len(store.outbox.deliveries(episode=going.id)) == 1
    assert rows(store)["notice_refs"] == 1, "its message is still edited"
    flushed = store.notices.flush(GROUP, NOW + YEARS, telling(NOW + YEARS))
    assert flushed is not None
    assert flushed.code == "changed"


def test_a_job_that_is_woken_all_the_time_keeps_a_bounded_history(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "RUNS", 3)
    store.jobs.declare([("alerts", 60), ("other", 60)], NOW)
    for place in range(6):
        at = NOW + timedelta(seconds=place)
        store.jobs.wake("alerts", at)
        claim = store.jobs.claim("alerts", at, "me", 60)
        assert isinstance(claim, Claim)
        store.jobs.finish(claim, JobOutcome("ok"), at)
    assert store.prune(NOW + MINUTE, Retention()) == 3
    assert [run.slot for run in store.jobs.runs("alerts")] == [NOW + timedelta(seconds=place) for place in (5, 4, 3)]
