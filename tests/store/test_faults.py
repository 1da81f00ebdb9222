from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from store import (
    DiskFull,
    SchemaAhead,
    SchemaBehind,
    Series,
    SeriesKey,
    Store,
    StoreCorrupt,
    StoreError,
    StoreLocked,
    StoreUnavailable,
    open_store,
)
from store.backup import backup

SERIES = Series(SeriesKey("main", "eu-west-1", "AWS/EC2", "CPU", (), "Average"), 60)


def path_of(store: Store) -> Path:
    assert store.database.path is not None
    return Path(store.database.path)


def test_a_locked_database_says_who_to_stop(sqlite_store: Store) -> None:
    path = path_of(sqlite_store)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with open_store(f"sqlite:///{path}", wait=0.05) as waiting:
        assert waiting.facts.get("read") is None
        with pytest.raises(StoreLocked, match="held by another program"):
            waiting.facts.set("written", 1)
        holder.execute("ROLLBACK")
        waiting.facts.set("written", 2)
        assert waiting.facts.get("written") == 2
    holder.close()


def test_a_file_that_is_no_database_is_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"these are my notes, not a database" * 100)
    with open_store(f"sqlite:///{path}") as store:
        with pytest.raises(StoreCorrupt, match=r"notes\.txt .*restore"):
            store.migrate()
        assert "damaged" in store.check()[0]


def test_a_damaged_page_is_found(sqlite_store: Store) -> None:
    sqlite_store.series.upsert([SERIES])
    sqlite_store.samples.write({SERIES.id: [(60 * place, place / 7) for place in range(5000)]})
    sqlite_store.close()
    path = path_of(sqlite_store)
    raw = bytearray(path.read_bytes())
    for page in range(2, len(raw) // 4096):
        raw[page * 4096 : page * 4096 + 2048] = os.urandom(2048)
    path.write_bytes(raw)
    with open_store(f"sqlite:///{path}") as store:
        assert "damaged" in store.check()[0]
        with pytest.raises(StoreCorrupt, match="restore"):
            store.series.find()


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        open_store(f"sqlite:///{tmp_path}/missing/store.db") as store,
        pytest.raises(StoreUnavailable, match=r"missing/store\.db .*directory exists"),
    ):
        store.migrate()


@pytest.mark.parametrize("url", ["", "mysql://host/name", "sqlite://", "sqlite:///:memory:", "no url"])
def test_a_url_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(StoreUnavailable, match="write sqlite:"):
        open_store(url)


def test_a_url_never_shows_its_password() -> None:
    with (
        open_store("postgresql://someone:hush@127.0.0.1:1/name", wait=2) as store,
        pytest.raises(StoreUnavailable, match="does not answer") as refused,
    ):
        store.ping()
    assert "hush" not in str(refused.value)


def test_an_empty_database_says_how_to_prepare_it(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/store.db") as store:
        assert store.schema_revision() is None
        assert "lamplighter serve" in store.check()[0]
        with pytest.raises(SchemaBehind, match="lacks"):
            store.series.find()
        with pytest.raises(SchemaBehind, match="nothing to back up"):
            backup(store, tmp_path / "b.gz")
        assert list(tmp_path.glob("b.gz*")) == []


def test_a_newer_schema_is_left_alone(store: Store) -> None:
    with store.database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaAhead, match="newer Lamplighter"):
        store.migrate()
    assert "9999" in store.check()[0]
    assert store.schema_revision() == "9999"


def test_two_programs_may_migrate_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    failures: list[StoreError] = []

    def migrate() -> None:
        with open_store(url) as store:
            try:
                store.migrate()
            except StoreError as error:
                failures.append(error)

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with open_store(url) as store:
        assert store.check() == []


_FILL = """
import resource, sys
from store import DiskFull, open_store
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open_store(sys.argv[1]) as store:
    kept = 0
    try:
        while kept < 2000:
            store.facts.set(f"fact-{kept}", "x" * 5000)
            kept += 1
            print(kept, flush=True)
    except Exception as error:
        print(type(error).__name__, error, flush=True)
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte. Skipped where mounting is not allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "none", folder], check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run([shutil.which("umount") or "umount", folder], check=True)


def test_a_full_disk_refuses_the_write_and_keeps_the_rest(small_disk: Path) -> None:
    url = f"sqlite:///{small_disk}/store.db"
    with open_store(url) as store:
        store.migrate()
        kept = 0
        with pytest.raises(DiskFull, match="is full"):  # noqa: PT012  which of the writes fills it is not known
            while True:
                store.facts.set(f"fact-{kept}", "x" * 5000)
                kept += 1
        assert kept > 10
        assert all(store.facts.get(f"fact-{place}") == "x" * 5000 for place in range(kept))
        assert store.facts.get(f"fact-{kept}") is None
        with pytest.raises(DiskFull, match="backup"):
            backup_random(store, small_disk)
    with open_store(url) as store:
        assert store.check() == []
        assert store.facts.get(f"fact-{kept - 1}") is not None


def backup_random(store: Store, folder: Path) -> None:
    """Leave no room, then back up."""
    with (folder / "ballast").open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(b"x" * 512)
        except OSError:
            pass
    backup(store, folder / "b.gz")


def test_a_file_that_may_not_grow_is_a_fault_with_a_remedy(sqlite_store: Store) -> None:
    path = path_of(sqlite_store)
    log = path.with_name(path.name + "-wal")
    limit = max(path.stat().st_size, log.stat().st_size) + 400_000
    assert limit < resource.getrlimit(resource.RLIMIT_FSIZE)[0] or resource.getrlimit(resource.RLIMIT_FSIZE)[0] == -1
    done = subprocess.run(
        [sys.executable, "-c", _FILL, f"sqlite:///{path}", str(limit)], capture_output=True, text=True, check=True
    )
    *counted, last = done.stdout.splitlines()
    assert last.startswith(("StoreUnavailable", "DiskFull")), last
    kept = int(counted[-1])
    assert all(sqlite_store.facts.get(f"fact-{place}") is not None for place in range(kept))
    assert sqlite_store.check() == []


_WRITE = """
import sys
from store import Cursor, Series, SeriesKey, open_store
url, first = sys.argv[1], int(sys.argv[2])
series = [Series(SeriesKey("main", "r", "N", "M", (("i", str(n)),), "Sum"), 60) for n in range(40)]
with open_store(url) as store:
    store.series.upsert(series)
    for turn in range(first, 10**9):
        now = turn * 60
        store.commit_collection(
            samples={one.id: [(now, float(turn))] for one in series},
            cursors=[Cursor(one.id, 0, now + 60, 0, now + 60) for one in series],
            gaps={},
            claim=None,
        )
        if turn % 70 == 69:
            from datetime import UTC, datetime
            store.samples.seal(datetime.fromtimestamp(now, UTC))
        print(turn, flush=True)
"""


def test_nothing_acknowledged_is_lost_or_doubled_by_kill_9(store: Store, store_url: str) -> None:
    acknowledged = -1
    for turn in range(4):
        command = [sys.executable, "-c", _WRITE, store_url, str(acknowledged + 1)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for line in writer.stdout:
                acknowledged = int(line)
                if acknowledged >= 60 * (turn + 1):
                    break
            writer.send_signal(signal.SIGKILL)
            rest = writer.stdout.read().split("\n")
            acknowledged = max([acknowledged, *(int(line) for line in rest[:-1] if line)])
    ids = [one.id for one in store.series.find()]
    assert len(ids) == 40
    assert acknowledged >= 240
    wanted = [(60 * turn, float(turn)) for turn in range(acknowledged + 1)]
    for points in store.samples.read(ids, 0, 60 * (acknowledged + 1)).values():
        assert points.pairs() == wanted
    ends = {cursor.collected_to for cursor in store.cursors.get().values()}
    assert len(ends) == 1
    assert ends <= {60 * (acknowledged + 1), 60 * (acknowledged + 2)}  # the last commit may not have been told
    assert store.check() == []


@pytest.mark.postgres
def test_postgres_that_goes_away_is_told_and_comes_back(postgres_url: str) -> None:
    with open_store(postgres_url, wait=2) as store:
        store.facts.set("a", 1)
        with (  # noqa: PT012  the connection must be lost inside its own block
            pytest.raises(StoreUnavailable, match="does not answer"),
            psycopg.connect(postgres_url, autocommit=True) as other,
            store.database.reading() as connection,
        ):
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            other.execute("SELECT pg_terminate_backend(%s)", (pid,))
            connection.exec_driver_sql("SELECT 1")
        assert store.facts.get("a") == 1


@pytest.mark.postgres
def test_a_table_that_somebody_locks_is_a_locked_store(postgres_url: str) -> None:
    with open_store(postgres_url, wait=0.2) as store, psycopg.connect(postgres_url) as holder:
        holder.execute("LOCK TABLE facts IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreLocked, match="pg_stat_activity"):
            store.facts.set("a", 1)
        holder.rollback()
        store.facts.set("a", 2)
        assert store.facts.get("a") == 2
