from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store import (
    BadBackup,
    Cursor,
    Event,
    Gap,
    Series,
    SeriesKey,
    Store,
    StoreNotEmpty,
    open_store,
)
from store.backup import backup, restore, verify

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
EPOCH = int(NOW.timestamp())


def filled(store: Store) -> str:
    series = Series(SeriesKey("main", "eu-west-1", "AWS/EC2", "CPU", (("InstanceId", "i-1"),), "Average"), 60)
    store.series.upsert([series])
    points = [(EPOCH - 60 * place, place / 7) for place in range(400)]
    store.commit_collection(
        samples={series.id: points},
        cursors=[Cursor(series.id, EPOCH - 24000, EPOCH + 60, 0, EPOCH + 300)],
        gaps={series.id: [Gap(EPOCH - 30000, EPOCH - 24000, "throttled")]},
        claim=None,
    )
    store.events.add(Event("deploy-1", NOW, "deploy.started", "배포 시작", detail={"version": 2}))
    return series.id


def contents(store: Store, series_id: str) -> object:
    return (
        store.series.get(series_id),
        store.samples.read([series_id], 0, EPOCH + 3600)[series_id].pairs(),
        store.samples.gaps(series_id, EPOCH - 86400, EPOCH),
        store.samples.hourly([series_id], 0, EPOCH + 3600),
        store.cursors.get(),
        store.events.between(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    )


def test_a_backup_restores_everything(store: Store, tmp_path: Path) -> None:
    series_id = filled(store)
    told: list[float] = []
    summary = backup(store, tmp_path / "b.gz", told.append)
    assert summary.rows["head"] + summary.rows["chunks"] > 0
    assert told[-1] == 1.0
    assert verify(tmp_path / "b.gz") == summary
    url = f"sqlite:///{tmp_path / 'restored.db'}"
    restore(url, tmp_path / "b.gz")
    with open_store(url) as restored:
        assert contents(restored, series_id) == contents(store, series_id)
        assert restored.check() == []


@pytest.mark.postgres
def test_a_backup_of_sqlite_restores_into_postgres_and_goes_on(
    sqlite_store: Store, postgres_url: str, tmp_path: Path
) -> None:
    series_id = filled(sqlite_store)
    backup(sqlite_store, tmp_path / "b.gz")
    restore(postgres_url, tmp_path / "b.gz")
    with open_store(postgres_url) as restored:
        assert contents(restored, series_id) == contents(sqlite_store, series_id)
        more = Series(SeriesKey("main", "eu-west-1", "AWS/EC2", "CPU", (("InstanceId", "i-2"),), "Average"), 60)
        restored.series.upsert([more])
        restored.samples.write({more.id: [(EPOCH, 1.0)], series_id: [(EPOCH + 60, 2.0)]})
        assert restored.samples.read([more.id], 0, EPOCH + 3600)[more.id].pairs() == [(EPOCH, 1.0)]


def test_a_store_that_holds_something_is_overwritten_only_when_told_to(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    series_id = filled(store)
    backup(store, tmp_path / "b.gz")
    before = contents(store, series_id)
    store.events.add(Event("later", NOW, "deploy.started", "later"))
    with pytest.raises(StoreNotEmpty, match=r"--force"):
        restore(store_url, tmp_path / "b.gz")
    store.close()
    restore(store_url, tmp_path / "b.gz", force=True)
    with open_store(store_url) as restored:
        assert contents(restored, series_id) == before


def test_a_backup_never_replaces_a_file(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "b.gz").write_text("precious")
    with pytest.raises(FileExistsError, match="another name"):
        backup(sqlite_store, tmp_path / "b.gz")
    assert (tmp_path / "b.gz").read_text() == "precious"


@pytest.mark.parametrize("kept", [0, 1, 30, 200, -1])
def test_a_backup_that_was_cut_off_is_refused(sqlite_store: Store, tmp_path: Path, kept: int) -> None:
    filled(sqlite_store)
    backup(sqlite_store, tmp_path / "b.gz")
    whole = (tmp_path / "b.gz").read_bytes()
    (tmp_path / "b.gz").write_bytes(whole[:kept])
    with pytest.raises(BadBackup, match="Nothing was changed"):
        restore(f"sqlite:///{tmp_path / 'r.db'}", tmp_path / "b.gz")
    assert not (tmp_path / "r.db").exists()


def test_a_changed_row_is_refused(sqlite_store: Store, tmp_path: Path) -> None:
    filled(sqlite_store)
    backup(sqlite_store, tmp_path / "b.gz")
    text = gzip.decompress((tmp_path / "b.gz").read_bytes())
    (tmp_path / "b.gz").write_bytes(gzip.compress(text.replace(b"deploy.started", b"deploy.refused")))
    with pytest.raises(BadBackup, match="checksum"):
        verify(tmp_path / "b.gz")


def test_a_backup_of_a_newer_version_is_refused(sqlite_store: Store, tmp_path: Path) -> None:
    backup(sqlite_store, tmp_path / "b.gz")
    text = gzip.decompress((tmp_path / "b.gz").read_bytes())
    ours = b'"revision":"%s"' % str(sqlite_store.schema_revision()).encode()
    assert ours in text
    (tmp_path / "b.gz").write_bytes(gzip.compress(text.replace(ours, b'"revision":"9999"')))
    with pytest.raises(BadBackup, match="newer"):
        verify(tmp_path / "b.gz")
