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
from tests.dashboards.incident import fill_incident


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

    That is CloudMart's where the test asks for `incident` or `cloudmart`, else an empty one.
    """
    asked = [name for name in ("incident", "cloudmart") if name in request.fixturenames]
    mine = request.getfixturevalue([*asked, "sqlite_store"][0])

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


@pytest.fixture(scope="session")
def incident_file(cloudmart_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CloudMart with the alerts of its night."""
    path = Path(shutil.copy(cloudmart_file, tmp_path_factory.mktemp("incident") / "store.db"))
    with open_store(f"sqlite:///{path}") as store:
        fill_incident(store)
    return path


@pytest.fixture
def incident(incident_file: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(incident_file, tmp_path / "incident.db")
    with open_store(f"sqlite:///{tmp_path / 'incident.db'}") as store:
        yield store


@pytest.fixture
def app(cloudmart: Store) -> Iterator[Flask]:
    application = create_app(site_of(cloudmart), WebSettings(), SECRET)
    application.testing = True
    return application
