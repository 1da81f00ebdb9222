"""Asking one request: bounded patience, bounded retries, and the rates of CloudWatch."""

# ruff: noqa: ANN401  boto3 has no types

from __future__ import annotations

from collections.abc import Iterator
from threading import Event as Flag
from time import monotonic
from typing import Any

import pytest

from collectors.aws import Aws, Scope
from collectors.config import Account
from collectors.errors import MalformedAnswer, Throttled
from collectors.meter import Attempt
from collectors.metrics.fetch import RETRIES_OF_PARTIAL, Pacer, Patience, fetch
from collectors.metrics.planner import Reading, Request
from collectors.series import Wanted
from service.demo.launch import EmbeddedAws
from service.demo.synthetic import SyntheticSource
from store.vocabulary import Series, SeriesKey

START = 1_790_000_000 - 1_790_000_000 % 3600
TRUTH = SyntheticSource(600, gaps=True)


def request(count: int, minutes: int = 60, metric: str = "Load") -> Request:
    readings = []
    for number in range(count):
        key = SeriesKey("main", "ap-northeast-2", "Synthetic", metric, (("Series", f"{number:05d}"),), "Average")
        readings.append(Reading(Wanted(key.id, Series(key, 60), str(number)), START, START + minutes * 60, 300, 0))
    return Request(START, START + minutes * 60, 60, tuple(readings))


def patience(seconds: float = 60) -> Patience:
    return Patience(Flag(), monotonic() + seconds, monotonic)


class Deaf:
    """A recorder that keeps nothing."""

    def attempt(self, attempt: Attempt) -> None:
        """Let it pass."""


@pytest.fixture
def client(synthetic_aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in synthetic_aws.environment().items():
        monkeypatch.setenv(name, value)
    synthetic_aws.control.freeze(START + 7200)
    aws = Aws([Account(regions=["ap-northeast-2"])], Deaf())
    yield aws.client(Scope("main", "ap-northeast-2"), "cloudwatch", job="test")
    aws.close()


@pytest.mark.demo
def test_every_point_of_every_page_comes_once(client: Any, synthetic_aws: EmbeddedAws) -> None:
    synthetic_aws.control.limits(points_a_request=700)
    asked = request(20)
    answer = fetch(client, asked, patience())
    assert answer.failed == {}
    for number, one in enumerate(asked.wanted):
        assert dict(answer.points[one.id]) == pytest.approx(TRUTH.truth(number, asked.start, asked.end))
    assert synthetic_aws.control.meter()["totals"]["calls"] > 1


@pytest.mark.demo
def test_a_series_that_stays_partial_is_named_after_a_bounded_number_of_tries(
    client: Any, synthetic_aws: EmbeddedAws
) -> None:
    synthetic_aws.control.fault("partial", rate=1.0)
    answer = fetch(client, request(3), patience())
    assert set(answer.failed.values()) == {"PartialData"}
    assert answer.points == {}
    assert synthetic_aws.control.meter()["totals"]["calls"] == 1 + RETRIES_OF_PARTIAL


@pytest.mark.demo
def test_a_throttle_is_waited_out_only_as_long_as_there_is_time(client: Any, synthetic_aws: EmbeddedAws) -> None:
    synthetic_aws.control.fault("throttle", times=4)
    assert len(fetch(client, request(3), patience()).points) == 3
    synthetic_aws.control.fault("throttle")
    with pytest.raises(Throttled):
        fetch(client, request(3), patience(0))


@pytest.mark.demo
def test_an_answer_without_results_is_no_answer(client: Any, synthetic_aws: EmbeddedAws) -> None:
    synthetic_aws.control.fault("missing", keys=["MetricDataResults"])
    with pytest.raises(MalformedAnswer, match="MetricDataResults"):
        fetch(client, request(3), patience())


@pytest.mark.demo
def test_a_series_of_nonsense_costs_the_others_nothing(client: Any, synthetic_aws: EmbeddedAws) -> None:
    synthetic_aws.control.fault("missing", keys=["Values"])
    answer = fetch(client, request(2), patience())
    assert answer.points == {}
    assert set(answer.failed.values()) == {"its timestamps and values are no times and numbers"}


def test_waiting_ends_at_once_when_the_service_stops() -> None:
    stopping = Flag()
    stopping.set()
    assert not Patience(stopping, monotonic() + 60, monotonic).wait(30)
    assert Patience(stopping, monotonic() + 60, monotonic).over


def test_requests_keep_the_rates_of_cloudwatch() -> None:
    pacer = Pacer(lambda: 0.0)
    recent, old = request(500, 180), request(500, 180)
    assert pacer.delay(recent, START + 3600) == 0
    assert pacer.delay(old, START + 36_000) == pytest.approx(500 * 180 / 180_000)
    assert pacer.delay(request(1, 1), START) == pytest.approx(0.5 + 500 * 180 / 396_000)
