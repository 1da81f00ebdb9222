"""What goes wrong on purpose: before the effect it has none, after it the message stands."""

from __future__ import annotations

import time
import urllib.error
from threading import Thread

import pytest
from slack_sdk.errors import SlackApiError

from service.demo.slack.launch import DemoSlackError, EmbeddedSlack
from tests.demo.slack_asking import OPS, PROD, fetch, refusal, web

pytestmark = pytest.mark.demo
_POST = "chat.postMessage"


def _count(slack: EmbeddedSlack) -> int:
    return len(slack.control.messages())


def test_429_asks_to_wait_so_long(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.fault("ratelimited", method=_POST, seconds=7, times=1)
    refused = refusal(web(demo_slack).chat_postMessage, channel=OPS, text="x")
    assert (refused["status"], refused["error"], refused["wait"], _count(demo_slack)) == (429, "ratelimited", "7", 0)
    assert web(demo_slack).chat_postMessage(channel=OPS, text="x")["ok"]


def test_a_server_error_has_no_effect_before_and_one_after(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.fault("status", method=_POST, status=503, times=1)
    demo_slack.control.fault("status_after", method=_POST, status=500, times=1, skip=1)
    for status, count in [(503, 0), (500, 1)]:
        with pytest.raises(SlackApiError) as broken:
            web(demo_slack).chat_postMessage(channel=OPS, text="x")
        assert (broken.value.response.status_code, _count(demo_slack)) == (status, count)


def test_any_error_can_be_answered(demo_slack: EmbeddedSlack) -> None:
    extra = {"needed": "files:write", "provided": "chat:write"}
    demo_slack.control.fault("error", method=_POST, error="missing_scope", extra=extra, messages=["ask for it"])
    refused = refusal(web(demo_slack).chat_postMessage, channel=OPS, text="x")
    assert (refused["error"], refused["needed"], refused["status"]) == ("missing_scope", "files:write", 200)
    assert refused["response_metadata"]["messages"] == ["[ERROR] ask for it"]


@pytest.mark.parametrize(("kind", "count"), [("reset_before", 0), ("reset_after", 1)])
def test_a_connection_breaks_before_or_after_the_effect(demo_slack: EmbeddedSlack, kind: str, count: int) -> None:
    demo_slack.control.fault(kind, method=_POST, times=1)
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        web(demo_slack).chat_postMessage(channel=OPS, text="x")
    assert _count(demo_slack) == count
    assert demo_slack.control.calls(_POST)[-1]["fault"] == kind


def test_no_answer_comes_though_the_message_stands(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.fault("timeout_after", method=_POST, seconds=30, times=1)
    began = time.monotonic()
    with pytest.raises((TimeoutError, urllib.error.URLError)):
        web(demo_slack, timeout=1).chat_postMessage(channel=OPS, text="x")
    assert (_count(demo_slack), time.monotonic() - began < 5) == (1, True)


def test_a_slow_answer_comes(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.fault("slow", method=_POST, seconds=0.4, times=1)
    began = time.monotonic()
    assert web(demo_slack).chat_postMessage(channel=OPS, text="x")["ok"]
    assert time.monotonic() - began >= 0.4


def test_clearing_the_faults_lets_go_of_whoever_waits(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.fault("slow", method=_POST, seconds=60)
    said = Thread(target=lambda: web(demo_slack, timeout=30).chat_postMessage(channel=OPS, text="x"))
    said.start()
    time.sleep(0.2)
    assert _count(demo_slack) == 0
    demo_slack.control.clear_faults()
    said.join(5)
    assert (said.is_alive(), _count(demo_slack)) == (False, 1)


def test_garbage_is_no_json(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.fault("garbage", method=_POST, times=1)
    status, body, _ = fetch(
        f"{demo_slack.api_url}{_POST}", f"token={demo_slack.bot_token}&channel={OPS}&text=x".encode()
    )
    assert (status, body.startswith(b"<!DOCTYPE"), _count(demo_slack)) == (200, True, 0)


def test_a_fault_strikes_only_its_method_and_channel(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.fault("status", method=_POST, channel=OPS)
    assert web(demo_slack).chat_postMessage(channel=PROD, text="x")["ok"]
    assert web(demo_slack).conversations_history(channel=OPS)["ok"]
    with pytest.raises(SlackApiError):
        web(demo_slack).chat_postMessage(channel="#ops", text="x")


def test_webhooks_and_uploads_can_fail_too(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.fault("status", method="webhook", channel=OPS, status=500)
    demo_slack.control.fault("status", method="upload", status=502)
    assert fetch(demo_slack.webhook_url, b'{"text":"x"}')[0] == 500
    place = web(demo_slack).files_getUploadURLExternal(filename="a.png", length=3)
    assert fetch(place["upload_url"], b"123")[0] == 502


def test_chance_is_repeatable(demo_slack: EmbeddedSlack) -> None:
    outcomes = []
    for _ in range(2):
        demo_slack.control.reset()
        demo_slack.control.fault("error", method="auth.test", error="fatal_error", rate=0.5, seed=7)
        answers = [
            fetch(f"{demo_slack.api_url}auth.test", f"token={demo_slack.bot_token}".encode())[1] for _ in range(12)
        ]
        outcomes.append([b"fatal_error" in answer for answer in answers])
    assert outcomes[0] == outcomes[1]
    assert set(outcomes[0]) == {True, False}


def test_a_fault_that_makes_no_sense_is_refused(demo_slack: EmbeddedSlack) -> None:
    for wish, words in [({"kind": "fire"}, "kind must be one of"), ({"kind": "slow", "second": 1}, "no option second")]:
        with pytest.raises(DemoSlackError, match=words):
            demo_slack.control.call("POST", "faults", wish)
    with pytest.raises(DemoSlackError, match="404"):
        demo_slack.control.call("DELETE", "faults/99")


def test_calls_are_logged_without_their_token(demo_slack: EmbeddedSlack) -> None:
    web(demo_slack).chat_postMessage(channel="#ops", text="x")
    refusal(web(demo_slack).chat_postMessage, channel="#nowhere", text="x")
    first, second = demo_slack.control.calls(_POST)
    assert (first["channel"], first["status"], first["params"]["text"], second["error"]) == (
        OPS,
        200,
        "x",
        "channel_not_found",
    )
    assert demo_slack.bot_token not in str(demo_slack.control.calls())
