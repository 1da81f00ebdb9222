"""Putting the wings together: a configuration becomes a store, clients, jobs and a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from service.config import Loaded
from service.home import Home

if TYPE_CHECKING:
    from store import Store

APPLIED_FACT = "config.applied"
"""Under this name the store keeps the effective configuration, secrets masked, that the worker last loaded."""


def store_url(loaded: Loaded, home: Home) -> str:
    """The configured store, or the SQLite file in LAMPLIGHTER_HOME."""
    return loaded.settings.store.url or home.default_store_url


@contextmanager
def opened_store(loaded: Loaded, home: Home) -> Iterator[Store]:
    """The store at the newest schema, made if it is not there, closed at the end."""
    from store import open_store  # noqa: PLC0415  SQLAlchemy takes 0.2 s that many commands do not need

    if not loaded.settings.store.url:
        home.prepare()
    store = open_store(store_url(loaded, home))
    try:
        store.migrate()
        yield store
    finally:
        store.close()
