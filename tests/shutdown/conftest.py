"""An embedded AWS with environments that can sleep."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest

from collectors.aws import Aws
from collectors.config import Account
from service.demo.launch import EmbeddedAws, start
from store import Store
from tests.shutdown.nights import Night, Recorder, around_of


@pytest.fixture(scope="session")
def empty_aws() -> Iterator[EmbeddedAws]:
    """An AWS with nothing in it; each test takes an account of its own."""
    with start(world="empty") as running:
        yield running


@pytest.fixture
def embedded(empty_aws: EmbeddedAws) -> Iterator[EmbeddedAws]:
    """An account with nothing in it, in an AWS where nothing is wrong."""
    yield replace(empty_aws, account=f"{secrets.randbelow(10**12):012}")
    empty_aws.control.reset()


@pytest.fixture
def night(embedded: EmbeddedAws, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    """A stack whose dev sleeps from 20:00 to 09:00 in Seoul."""
    for name, value in embedded.environment().items():
        monkeypatch.setenv(name, value)
    recorder = Recorder()
    aws = Aws([Account(name="main", regions=[embedded.region])], recorder)
    told = Night(aws, sqlite_store, embedded, recorder, around=None)  # type: ignore[arg-type]
    told.around = around_of(aws, sqlite_store, lambda: told.now)
    yield told
    aws.close()
