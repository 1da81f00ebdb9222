"""Demo Slack refuses what Slack refuses, in Slack's words, and nothing is posted then."""

from __future__ import annotations

from typing import Any

import pytest

from service.demo.slack.launch import EmbeddedSlack
from tests.demo.slack_asking import OPS, fetch, refusal, section, web

pytestmark = pytest.mark.demo


def _error(slack: EmbeddedSlack, **arguments: Any) -> str:  # noqa: ANN401 - slack_sdk's own arguments
    error = refusal(web(slack).chat_postMessage, **arguments)["error"]
    assert slack.control.messages() == []
    return str(error)


def test_a_token_that_nobody_gave_is_invalid(demo_slack: EmbeddedSlack) -> None:
    assert refusal(web(demo_slack, "xoxb-wrong").auth_test)["error"] == "invalid_auth"
    assert refusal(web(demo_slack, "").auth_test)["error"] == "not_authed"


def test_a_revoked_token_is_told_apart(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.revoke("bot")
    assert _error(demo_slack, channel=OPS, text="x") == "token_revoked"
    demo_slack.control.call("POST", "tokens", {"restore": "bot"})
    assert web(demo_slack).auth_test()["ok"]


def test_each_token_is_for_its_own_methods(demo_slack: EmbeddedSlack) -> None:
    wrong = "not_allowed_token_type"
    assert refusal(web(demo_slack, demo_slack.app_token).chat_postMessage, channel=OPS, text="x")["error"] == wrong
    assert refusal(web(demo_slack).apps_connections_open, app_token=demo_slack.bot_token)["error"] == wrong


def test_a_method_that_does_not_exist(demo_slack: EmbeddedSlack) -> None:
    assert refusal(web(demo_slack).api_call, api_method="chat.shout")["error"] == "unknown_method"


def test_a_channel_that_does_not_exist(demo_slack: EmbeddedSlack) -> None:
    assert _error(demo_slack, channel="#nowhere", text="x") == "channel_not_found"
    assert _error(demo_slack, channel="C0NOWHERE0", text="x") == "channel_not_found"
    # An edit needs the id: a name is no channel there.
    assert refusal(web(demo_slack).chat_update, channel="#ops", ts="1.1", text="x")["error"] == "channel_not_found"


def test_a_channel_that_the_bot_is_not_in(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.channel("ops", joined=False)
    assert _error(demo_slack, channel=OPS, text="x") == "not_in_channel"
    assert refusal(web(demo_slack).conversations_history, channel=OPS)["error"] == "not_in_channel"


def test_an_archived_channel(demo_slack: EmbeddedSlack) -> None:
    ts = web(demo_slack).chat_postMessage(channel=OPS, text="x")["ts"]
    demo_slack.control.channel("ops", archived=True)
    assert refusal(web(demo_slack).chat_postMessage, channel=OPS, text="x")["error"] == "is_archived"
    assert refusal(web(demo_slack).chat_update, channel=OPS, ts=ts, text="y")["error"] == "is_archived"
    assert len(demo_slack.control.messages()) == 1


@pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing")
@pytest.mark.parametrize("content", [{}, {"text": ""}, {"text": "  "}, {"text": "", "blocks": []}])
def test_a_message_must_say_something(demo_slack: EmbeddedSlack, content: dict[str, Any]) -> None:
    assert _error(demo_slack, channel=OPS, **content) == "no_text"


def test_only_what_the_bot_said_can_it_edit(demo_slack: EmbeddedSlack) -> None:
    said = demo_slack.control.call("POST", "say", {"user": "U0DEVEL001", "channel": "ops", "text": "mine"})
    update = web(demo_slack).chat_update
    assert refusal(update, channel=OPS, ts=said["ts"], text="x")["error"] == "cant_update_message"
    assert refusal(update, channel=OPS, ts="1795000000.000001", text="x")["error"] == "message_not_found"


def test_a_thread_that_does_not_exist(demo_slack: EmbeddedSlack) -> None:
    assert _error(demo_slack, channel=OPS, text="x", thread_ts="1795000000.000001") == "thread_not_found"


def test_metadata_needs_its_form(demo_slack: EmbeddedSlack) -> None:
    assert _error(demo_slack, channel=OPS, text="x", metadata={"event_type": "a"}) == "invalid_metadata_schema"
    big = {"event_type": "a", "event_payload": {"key": "x" * 20_000}}
    assert _error(demo_slack, channel=OPS, text="x", metadata=big) == "metadata_too_large"


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        (b"{not json", "application/json", "invalid_json"),
        (b"[1]", "application/json", "json_not_object"),
        (b"hello", "text/plain", "invalid_post_type"),
        (b"channel=C0DEMO0OPS&text=x&blocks={no", "application/x-www-form-urlencoded", "invalid_blocks_format"),
        (b'{"channel":"C0DEMO0OPS","text":{"a":1}}', "application/json", "invalid_arguments"),
        (b'{"channel":"C0DEMO0OPS","blocks":{"type":"divider"}}', "application/json", "invalid_blocks_format"),
    ],
)
def test_a_body_that_cannot_be_read(demo_slack: EmbeddedSlack, body: bytes, kind: str, error: str) -> None:
    headers = {"Authorization": f"Bearer {demo_slack.bot_token}", "Content-Type": kind}
    status, answer, _ = fetch(f"{demo_slack.api_url}chat.postMessage", body, headers)
    assert (status, error in answer.decode()) == (200, True)
    assert demo_slack.control.messages() == []


def test_limits_and_cursors_of_lists_are_checked(demo_slack: EmbeddedSlack) -> None:
    history = web(demo_slack).conversations_history
    assert refusal(history, channel=OPS, limit=-1)["error"] == "invalid_limit"
    assert refusal(history, channel=OPS, cursor="junk")["error"] == "invalid_cursor"
    web(demo_slack).chat_postMessage(channel=OPS, text="x", blocks=[section()])
    assert refusal(history, channel=OPS, oldest="yesterday")["error"] == "invalid_ts_oldest"
