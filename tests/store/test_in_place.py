"""A database file that goes away while it is in use is noticed, on SQLite."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from store import Store, open_store
from store.errors import StoreUnavailable


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lamplighter.db"


@pytest.fixture
def opened(file: Path) -> Store:
    store = open_store(f"sqlite:///{file}")
    store.migrate()
    return store


def test_a_deleted_file_is_refused_for_reading_and_writing(opened: Store, file: Path) -> None:
    with opened:
        opened.facts.set("a", 1)
        for one in file.parent.glob("lamplighter.db*"):
            one.unlink()
        with pytest.raises(StoreUnavailable, match="deleted or replaced"):
            opened.facts.get("a")
        with pytest.raises(StoreUnavailable, match="lamplighter restore"):
            opened.facts.set("a", 2)
        assert not file.exists(), "no empty database may stand in its place"


def test_a_file_that_was_replaced_is_refused(opened: Store, file: Path) -> None:
    with opened:
        opened.facts.set("a", 1)
        shutil.copy(file, file.with_name("copy"))
        file.with_name("copy").replace(file)
        with pytest.raises(StoreUnavailable, match="deleted or replaced"):
            opened.facts.set("a", 2)
