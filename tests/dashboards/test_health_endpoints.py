"""/healthz says that the process lives, /readyz that it can work, with reasons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from dashboards.config import WebSettings
from dashboards.probes import idleness
from store import Store, open_store
from store.vocabulary import Job

NOW = datetime(2026, 11, 23, 3, 4, tzinfo=UTC)
LOGIN = WebSettings.model_validate(
    {"login": {"users": [{"name": "minji", "password_hash": "scrypt:32768:8:1$salt$00"}]}}
)


def a_job(age: float | None, *, running: bool = False, every: int = 60) -> Job:
    started = None if age is None else NOW - timedelta(seconds=age)
    return Job("health:a/r", every, NOW, last_started=started, running=running)


def test_the_process_lives_whatever_the_store_does(tmp_path: Path, client_of: Callable[..., FlaskClient]) -> None:
    with open_store(f"sqlite:///{tmp_path / 'nowhere' / 'store.db'}") as store:
        answer = client_of(store=store).get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok", "version": "0.1.0"})


def test_is_ready_with_a_store_and_ticking_jobs(cloudmart: Store, client_of: Callable[..., FlaskClient]) -> None:
    assert cloudmart.jobs.all()
    answer = client_of().get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ready", "reasons": [], "last_job_started_seconds_ago": 22}


def test_is_not_ready_when_jobs_stopped(
    cloudmart: Store, client_of: Callable[..., FlaskClient], clock: Callable[[], datetime]
) -> None:
    assert cloudmart.jobs.all()
    clock.forward(minutes=12)  # type: ignore[attr-defined]
    answer = client_of().get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["reasons"][0]["code"] == "jobs"
    assert "12m" in answer.json["reasons"][0]["detail"]


def test_is_not_ready_without_a_store(tmp_path: Path, client_of: Callable[..., FlaskClient]) -> None:
    with open_store(f"sqlite:///{tmp_path / 'nowhere' / 'store.db'}") as store:
        answer = client_of(store=store).get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert [reason["code"] for reason in answer.json["reasons"]] == ["store"]


def test_is_not_ready_before_the_schema_is_there(tmp_path: Path, client_of: Callable[..., FlaskClient]) -> None:
    with open_store(f"sqlite:///{tmp_path / 'empty.db'}") as store:
        answer = client_of(store=store).get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert "lamplighter serve" in answer.json["reasons"][0]["detail"]


def test_strangers_learn_the_kind_of_trouble_only(tmp_path: Path, client_of: Callable[..., FlaskClient]) -> None:
    with open_store(f"sqlite:///{tmp_path / 'empty.db'}") as store:
        answer = client_of(LOGIN, store=store).get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["reasons"] == [{"code": "store"}]


@pytest.mark.parametrize(("age", "idle"), [(10, False), (179, False), (181, True), (None, True)])
def test_jobs_are_idle_after_three_minutes_without_a_start(age: float | None, idle: bool) -> None:  # noqa: FBT001  a table
    assert (idleness([a_job(age)], NOW) is not None) is idle


def test_a_running_job_is_not_idle_and_no_job_is_none_to_wait_for() -> None:
    assert idleness([a_job(9000, running=True)], NOW) is None
    assert idleness([], NOW) is None


def test_rare_jobs_are_given_three_of_their_intervals() -> None:
    assert idleness([a_job(1700, every=600)], NOW) is None
    assert idleness([a_job(1900, every=600)], NOW) is not None
