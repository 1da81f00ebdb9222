"""A site over CloudMart, its clients and its clock."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboards.config import WebSettings
from dashboards.web import create_app
from store import Store, open_store
from tests.dashboards.cloudmart import NOW, SECRET, fill_cloudmart, site_of


@dataclass
class Clock:
    """A clock that a test sets forward."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **lengths: float) -> None:
        self.now += timedelta(**lengths)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client_of(request: pytest.FixtureRequest, clock: Clock) -> Callable[..., FlaskClient]:
    """Makes a client of an application with the given settings, over the test's clock and its store.

    That is CloudMart's where the test asks for `cloudmart`, else an empty one.
    """
    mine = request.getfixturevalue("cloudmart" if "cloudmart" in request.fixturenames else "sqlite_store")

    def make(settings: WebSettings | None = None, store: Store = mine, **changes: object) -> FlaskClient:
        site = site_of(store, clock=clock, **changes)
        return create_app(site, settings or WebSettings(), SECRET).test_client()

    return make


@pytest.fixture(scope="session")
def cloudmart_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The filled database, made once: each test works on a copy of its own."""
    path = tmp_path_factory.mktemp("cloudmart") / "store.db"
    with open_store(f"sqlite:///{path}") as store:
        store.migrate()
        fill_cloudmart(store)
    return path


@pytest.fixture
def cloudmart(cloudmart_file: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(cloudmart_file, tmp_path / "cloudmart.db")
    with open_store(f"sqlite:///{tmp_path / 'cloudmart.db'}") as store:
        yield store


@pytest.fixture
def app(cloudmart: Store) -> Iterator[Flask]:
    application = create_app(site_of(cloudmart), WebSettings(), SECRET)
    application.testing = True
    return application
