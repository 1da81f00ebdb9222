"""How the counting receiver of the alert benchmarks counts; and that it answers and ends as it is told."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from benchmarks.alerts_receiver import Arrival, Receiver, Tally, tally


def came(name: str, key: str = "", *, taken: bool = True, status: str = "firing") -> Arrival:
    return Arrival(0.0, taken, key, {name: status})


def test_what_never_came_or_was_refused_is_lost() -> None:
    assert tally([came("a"), came("b", taken=False)], ["a", "b", "c"], "firing") == Tally(2, 0, 0)


def test_a_second_one_under_its_key_is_again_and_not_unmatched() -> None:
    assert tally([came("a", "k"), came("a", "k")], ["a"], "firing") == Tally(0, 1, 0)


@pytest.mark.parametrize("key", ["", "another"])
def test_a_second_one_that_no_key_tells_is_unmatched(key: str) -> None:
    assert tally([came("a", "k" if key else ""), came("a", key)], ["a"], "firing") == Tally(0, 1, 1)


def test_a_resolve_is_counted_apart_from_its_firing() -> None:
    arrivals = [came("a"), came("a", status="resolved")]
    assert tally(arrivals, ["a"], "firing") == tally(arrivals, ["a"], "resolved") == Tally(0, 0, 0)


def test_the_receiver_refuses_and_takes_as_it_is_told() -> None:
    receiver = Receiver()
    try:
        receiver.answer(429, wait=1)
        with pytest.raises(urllib.error.HTTPError) as refused:
            posted(receiver.url)
        assert (refused.value.code, refused.value.headers["Retry-After"]) == (429, "1")
        refused.value.close()
        assert receiver.wait_refused(1, 5)
        assert not receiver.taken("firing")
        receiver.answer(200)
        posted(receiver.url)
        assert receiver.wait(["a"], 5)
    finally:
        receiver.close()


def posted(url: str) -> None:
    body = json.dumps({"alerts": [{"labels": {"name": "a"}, "status": "firing"}]}).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body), timeout=5):
        pass
