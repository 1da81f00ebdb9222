"""Demo Slack limits how often and how much, as Slack does."""

from __future__ import annotations

import json

import pytest

from service.demo.slack.launch import EmbeddedSlack
from service.demo.slack.limits import Limits
from service.demo.slack.wire import Refused
from tests.demo.slack_asking import OPS, PROD, fetch, refusal, section, web

pytestmark = pytest.mark.demo


def test_a_channel_takes_a_short_burst_and_then_one_message_a_second(demo_slack: EmbeddedSlack) -> None:
    client = web(demo_slack)
    for number in range(5):
        client.chat_postMessage(channel=OPS, text=str(number))
    refused = refusal(client.chat_postMessage, channel="#ops", text="too soon")
    assert (refused["error"], refused["status"], refused["wait"]) == ("ratelimited", 429, "1")
    assert client.chat_postMessage(channel=PROD, text="another channel has its own")["ok"]
    demo_slack.control.advance(1)
    assert client.chat_postMessage(channel=OPS, text="in time")["ok"]
    assert refusal(client.chat_postMessage, channel=OPS, text="again")["status"] == 429
    assert [one["text"] for one in demo_slack.control.messages("ops")] == ["0", "1", "2", "3", "4", "in time"]


def test_a_webhook_has_the_same_limit(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.limits(burst=1)
    body = json.dumps({"text": "x"}).encode()
    assert fetch(demo_slack.webhook_url, body)[:2] == (200, b"ok")
    status, words, headers = fetch(demo_slack.webhook_url, body)
    assert (status, words, headers["Retry-After"]) == (429, b"rate_limited", "1")


def test_edits_have_a_limit_by_the_minute(demo_slack: EmbeddedSlack) -> None:
    client = web(demo_slack)
    ts = client.chat_postMessage(channel=OPS, text="0")["ts"]
    demo_slack.control.call("POST", "clock", {"now": 1_795_000_000})
    for number in range(50):
        client.chat_update(channel=OPS, ts=ts, text=str(number))
    refused = refusal(client.chat_update, channel=OPS, ts=ts, text="too many")
    assert refused["status"] == 429
    assert 1 <= int(refused["wait"]) <= 2


def test_limits_can_be_switched_off_and_come_back_with_a_reset(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.limits(enabled=False)
    client = web(demo_slack)
    assert all(client.chat_postMessage(channel=OPS, text=str(number))["ok"] for number in range(12))
    demo_slack.control.reset()
    assert demo_slack.control.limits()["enabled"] is True


def test_a_long_text_is_cut_at_forty_thousand_characters_with_a_warning(demo_slack: EmbeddedSlack) -> None:
    sent = web(demo_slack).chat_postMessage(channel=OPS, text="é" * 40_001)
    assert (sent["response_metadata"]["warnings"], len(sent["message"]["text"])) == (["message_truncated"], 40_000)
    whole = web(demo_slack).chat_postMessage(channel=OPS, text="é" * 40_000)
    assert "response_metadata" not in whole.data


def test_an_edit_with_more_than_four_thousand_characters_is_refused(demo_slack: EmbeddedSlack) -> None:
    client = web(demo_slack)
    ts = client.chat_postMessage(channel=OPS, text="x", blocks=[section()])["ts"]
    assert refusal(client.chat_update, channel=OPS, ts=ts, text="x" * 4001)["error"] == "msg_too_long"
    assert client.chat_update(channel=OPS, ts=ts, text="x" * 4000)["ok"]


def test_a_bucket_refills_to_its_size_and_no_further() -> None:
    moment = [0.0]
    limits = Limits(lambda: moment[0])
    limits.change({"burst": 2, "rate": 0.5})
    for at, allowed in [
        (0.0, True),
        (0.0, True),
        (0.0, False),
        (1.0, False),
        (2.0, True),
        (1000.0, True),
        (1000.0, True),
    ]:
        moment[0] = at
        if allowed:
            limits.post("C1")
            continue
        with pytest.raises(Refused) as refused:
            limits.post("C1")
        assert refused.value.retry_after == (2 if at == 0 else 1)
    with pytest.raises(Refused):
        limits.post("C1")


def test_an_unknown_setting_is_named() -> None:
    with pytest.raises(ValueError, match="there is no setting bursts"):
        Limits(lambda: 0.0).change({"bursts": 2})
