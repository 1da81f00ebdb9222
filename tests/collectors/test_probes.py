"""The job of the probes: due, judged, counted, kept as series, and never held up by one that hangs."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.config import Probe
from collectors.health.attempts import Attempt, Certificate
from collectors.health.masking import mask
from collectors.health.pool import Pool
from collectors.health.probe_judges import (
    NAMESPACE,
    is_asleep,
    is_due,
    judge_attempt,
    judge_certificate,
    samples_of,
    series_of,
)
from collectors.health.probing import probe_job
from store import Store
from store.vocabulary import HealthObservation, HealthState, Status
from tests.collectors.conftest import run
from tests.collectors.probe_servers import certificate, listening, server_side, serving, trusting

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
UP = Attempt("https://shop.test/ answered 200 in 12 ms", latency=12.0)
DOWN = Attempt("https://shop.test/", "did not answer within 5 s")


def _probe(**fields: Any) -> Probe:  # noqa: ANN401  a probe's fields
    return Probe(
        **{"name": "home", "environment": "prod", "component": "frontend", "url": "http://shop.test/", **fields}
    )


def _judged(probe: Probe, attempt: Attempt, failures: int = 0, *, asleep: bool = False) -> tuple[Status, str, int]:
    found = judge_attempt(probe, attempt, NOW, failures=failures, asleep=asleep)
    return found.seen[0].status, found.seen[0].reason, found.failures


def test_the_first_failure_is_a_warning_and_the_second_is_critical() -> None:
    assert _judged(_probe(), UP)[0] is Status.OK
    first = _judged(_probe(), DOWN)
    assert (first[0], first[2]) == (Status.WARN, 1)
    assert "did not answer within 5 s (1 of 2 failures in a row that are critical)" in first[1]
    second = _judged(_probe(), DOWN, failures=first[2])
    assert (second[0], second[2]) == (Status.CRITICAL, 2)
    assert _judged(_probe(), UP, failures=second[2])[2] == 0


@given(allowed=st.integers(1, 9), outcomes=st.lists(st.booleans(), max_size=30))
def test_it_is_critical_exactly_while_as_many_failed_in_a_row_as_allowed(allowed: int, outcomes: list[bool]) -> None:
    failures, in_a_row = 0, 0
    for up in outcomes:
        status, _, failures = _judged(_probe(failures=allowed), UP if up else DOWN, failures)
        in_a_row = 0 if up else in_a_row + 1
        assert (status is Status.OK) == up
        assert (status is Status.CRITICAL) == (in_a_row >= allowed)


def test_a_slow_answer_is_a_warning_that_counts_as_up() -> None:
    status, reason, failures = _judged(_probe(slow="0.01s"), UP)
    assert (status, failures) == (Status.WARN, 0)
    assert reason.endswith("slower than 0.01 s")
    assert list(samples_of(_probe(), UP, status, NOW).values()) == [[(1795435200, 1.0)], [(1795435200, 12.0)]]


def test_what_could_not_be_made_is_unknown_and_neither_up_nor_down() -> None:
    unmade = Attempt("could not be made", made=False)
    assert _judged(_probe(), unmade, failures=1)[::2] == (Status.UNKNOWN, 1)
    assert samples_of(_probe(), unmade, Status.UNKNOWN, NOW) == {}


def test_what_fails_while_its_component_sleeps_is_asleep_and_leaves_no_sample() -> None:
    status, reason, failures = _judged(_probe(), DOWN, failures=3, asleep=True)
    assert (status, failures) == (Status.ASLEEP, 0)
    assert reason.endswith("frontend of prod is asleep")
    assert samples_of(_probe(), DOWN, status, NOW) == {}
    assert _judged(_probe(), UP, asleep=True)[0] is Status.OK


def _state(status: Status, kind: str = "group", environment: str = "prod", component: str = "frontend") -> HealthState:
    seen = HealthObservation(f"{kind}:x", kind, "x", status, "why", NOW, environment, component)
    return HealthState(seen, NOW)


def test_a_component_is_asleep_when_all_of_it_that_can_sleep_does() -> None:
    asleep, awake = _state(Status.ASLEEP), _state(Status.OK, "database")
    assert is_asleep(_probe(), [asleep, _state(Status.OK, "http"), _state(Status.OK, environment="dev")])
    assert not is_asleep(_probe(), [asleep, awake])
    assert not is_asleep(_probe(), [])
    assert not is_asleep(_probe(environment=None), [asleep])
    assert is_asleep(_probe(component=None), [asleep, _state(Status.ASLEEP, component="backend")])


@pytest.mark.parametrize(
    ("days", "status"),
    [
        (60.0, Status.OK),
        (21.0, Status.OK),
        (20.9, Status.WARN),
        (7.0, Status.WARN),
        (6.9, Status.CRITICAL),
        (-1.0, Status.CRITICAL),
    ],
)
def test_a_certificate_warns_three_weeks_before_its_end_and_is_critical_in_the_last(
    days: float, status: Status
) -> None:
    found = judge_certificate(_probe(), Certificate(NOW + timedelta(days=days)), NOW)
    assert (found[0], found[2]) == (status, pytest.approx(days))


def test_a_certificate_that_is_refused_is_critical_and_one_that_was_not_seen_is_unknown() -> None:
    probe = _probe(url="https://shop.test/")
    refused = judge_attempt(
        probe, Attempt("x", "bad", certificate=Certificate(fault="bad")), NOW, failures=0, asleep=False
    )
    assert (refused.seen[1].kind, refused.seen[1].status) == ("tls", Status.CRITICAL)
    unseen = judge_attempt(probe, DOWN, NOW, failures=0, asleep=False)
    assert (unseen.seen[1].check_id, unseen.seen[1].status) == ("tls:prod/frontend/home", Status.UNKNOWN)


def test_a_probe_is_due_after_its_own_interval_whatever_the_others_have() -> None:
    hourly = _probe(every="1h")
    assert is_due(hourly, None, NOW, MINUTE)
    assert not is_due(hourly, NOW - 59 * MINUTE, NOW, MINUTE)
    assert is_due(hourly, NOW - 60 * MINUTE + timedelta(seconds=20), NOW, MINUTE)
    assert is_due(hourly, NOW + MINUTE, NOW, MINUTE), "a clock that went back must not silence a probe"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://shop.test/a?page=2", "https://shop.test/a?page=2"),
        ("https://user:pw@shop.test:8443/", "https://***@shop.test:8443/"),
        ("https://shop.test/?api_key=abc&q=x", "https://shop.test/?api_key=***&q=x"),
        ("https://shop.test/?X-Amz-Signature=abc", "https://shop.test/?X-Amz-Signature=***"),
        ("https://shop.test/?s3cr3t", "https://shop.test/?***="),
        ("https://[::1]:8080/#token", "https://[::1]:8080/"),
        ("http://[broken", "an address that cannot be read"),
    ],
)
def test_an_address_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert mask(url) == shown


@given(
    secret=st.text(min_size=4).map(lambda text: "zq" + quote(text, safe="")),
    name=st.sampled_from(["token", "password", "sig", "client_secret"]),
)
def test_no_secret_survives_the_mask(secret: str, name: str) -> None:
    assert secret not in mask(f"https://me:{secret}@shop.test/x?{name}={secret}&a=1")


def test_a_probe_that_hangs_holds_up_no_other_and_is_told_when_it_comes_back() -> None:
    release = threading.Event()

    def make(probe: Probe) -> Attempt:
        if probe.name == "hung":
            release.wait(10)
        return UP

    pool = Pool(make, threads=2)
    probes = {name: _probe(name=name) for name in ("hung", "a", "b", "c")}
    begun = time.monotonic()
    done = {each.key: each.attempt for each in pool.run(probes, NOW, 0.5, threading.Event())}
    assert time.monotonic() - begun < 3
    assert {key: attempt.made for key, attempt in done.items()} == {"a": True, "b": True, "c": True, "hung": False}
    assert "has not come back yet" in done["hung"].told
    release.set()
    again = pool.run({"a": probes["a"]}, NOW + MINUTE, 2.0, threading.Event())
    time.sleep(0.1)
    again += pool.run({}, NOW + MINUTE, 0.1, threading.Event())
    assert {each.key: each.attempt.made for each in again} == {"a": True, "hung": True}


def test_probes_beyond_the_threads_are_unknown_when_all_of_them_hang() -> None:
    release = threading.Event()

    def make(_probe: Probe) -> Attempt:
        release.wait(10)
        return UP

    done = Pool(make, threads=1).run({name: _probe(name=name) for name in "ab"}, NOW, 0.2, threading.Event())
    release.set()
    assert not any(each.attempt.made for each in done)
    assert any("all 1 threads of the probes are busy" in each.attempt.told for each in done)


def test_a_fault_of_ours_is_unknown() -> None:
    def make(_probe: Probe) -> Attempt:
        raise RuntimeError("a bug")

    (done,) = Pool(make).run({"a": _probe()}, NOW, 2.0, threading.Event())
    assert (done.attempt.made, done.attempt.told) == (False, "could not be made: RuntimeError")


def _states(store: Store) -> dict[str, Status]:
    return {state.latest.check_id: state.latest.status for state in store.health.states()}


def test_a_round_keeps_health_and_series_of_every_probe(sqlite_store: Store, tmp_path: Path) -> None:
    pem = certificate(tmp_path, datetime.now(UTC) + timedelta(days=60))
    with serving(server_side(pem)) as secure, listening() as port:
        probes = [_probe(url=f"https://localhost:{secure.port}/"), _probe(name="db", url=None, tcp=f"127.0.0.1:{port}")]
        job = probe_job(probes, sqlite_store, trust=trusting(pem))
        outcome = run(job, datetime.now(UTC))
    assert (job.name, job.every, outcome.outcome) == ("probes", MINUTE, "ok")
    assert outcome.message == "2 probes made, 0 of them failing or slow"
    assert _states(sqlite_store) == {
        "probe:prod/frontend/home": Status.OK,
        "tls:prod/frontend/home": Status.OK,
        "probe:prod/frontend/db": Status.OK,
    }
    found = sqlite_store.series.find(namespace=NAMESPACE)
    assert {(one.key.metric, dict(one.key.dimensions)["Probe"]) for one in found} == {
        (metric, f"prod/frontend/{name}") for metric in ("Up", "Latency") for name in ("home", "db")
    }
    latest = sqlite_store.samples.latest([one.id for one in found], now=int(time.time()))
    assert all(latest[one.id][1] == 1.0 for one in found if one.key.metric == "Up")
    assert len(latest) == 4


def test_failures_are_counted_over_rounds_and_restarts(sqlite_store: Store) -> None:
    with listening() as port:
        pass
    probes = [_probe(url=None, tcp=f"127.0.0.1:{port}")]
    statuses = []
    for minute in range(3):
        run(probe_job(probes, sqlite_store), NOW + minute * MINUTE)
        statuses.append(_states(sqlite_store)["probe:prod/frontend/home"])
    assert statuses == [Status.WARN, Status.CRITICAL, Status.CRITICAL]
    up, latency = series_of(probes[0])
    start = int(NOW.timestamp())
    read = sqlite_store.samples.read([up.id, latency.id], start, start + 300)
    assert [value for _, value in read[up.id].pairs()] == [0.0, 0.0, 0.0]
    assert len(read[latency.id]) == 0


def test_a_probe_that_is_no_longer_configured_is_forgotten(sqlite_store: Store) -> None:
    with listening() as port:
        run(probe_job([_probe(url=None, tcp=f"127.0.0.1:{port}")], sqlite_store), NOW)
    assert _states(sqlite_store)
    outcome = run(probe_job([], sqlite_store), NOW + MINUTE)
    assert (outcome.outcome, outcome.message) == ("ok", "no probes are configured")
    assert _states(sqlite_store) == {}
    assert sqlite_store.series.find(namespace=NAMESPACE) == []
    assert len(sqlite_store.series.find(namespace=NAMESPACE, include_closed=True)) == 2


def test_a_probe_that_is_not_due_is_left_alone(sqlite_store: Store) -> None:
    with serving() as server:
        address = f"http://127.0.0.1:{server.port}"
        probes = [_probe(url=f"{address}/often"), _probe(name="seldom", url=f"{address}/seldom", every="1h")]
        for minute in range(3):
            run(probe_job(probes, sqlite_store), NOW + minute * MINUTE)
    assert [path for path, _ in server.seen].count("/seldom") == 1
    assert [path for path, _ in server.seen].count("/often") == 3
