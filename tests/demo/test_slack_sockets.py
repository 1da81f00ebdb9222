"""Socket Mode with slack_sdk's client: clicks and commands arrive, are acknowledged, and fail where nobody answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from service.demo.slack.launch import DemoSlackError, EmbeddedSlack
from tests.demo.slack_asking import ON_CALL, OPS, actions, button, connected, fetch, refusal, section, until, web

pytestmark = pytest.mark.demo


def _posted(slack: EmbeddedSlack) -> dict[str, Any]:
    """A message with buttons, as the control API shows it."""
    blocks = [section(), actions(button("ack", "Acknowledge", value="e1"), button("silence", value="e1"))]
    web(slack).chat_postMessage(channel=OPS, text="down", blocks=blocks)
    return slack.control.messages("ops")[0]


def test_a_click_arrives_with_all_that_an_app_needs(demo_slack: EmbeddedSlack) -> None:
    message = _posted(demo_slack)
    with connected(demo_slack) as app:
        (delivery,) = demo_slack.control.click(message, "ack")
    payload = app.seen[0].payload
    (action,) = payload["actions"]
    assert (delivery["state"], delivery["way"], app.seen[0].type) == ("answered", "socket", "interactive")
    assert (payload["type"], payload["user"]["id"], payload["channel"]["id"]) == ("block_actions", ON_CALL, OPS)
    assert (action["action_id"], action["value"], payload["message"]["ts"]) == ("ack", "e1", message["ts"])
    assert payload["container"] == {
        "type": "message", "message_ts": message["ts"], "channel_id": OPS, "is_ephemeral": False,
    }  # fmt: skip


def test_a_click_may_come_twice(demo_slack: EmbeddedSlack) -> None:
    message = _posted(demo_slack)
    with connected(demo_slack) as app:
        demo_slack.control.click(message, "ack", times=2)
    first, second = app.seen
    assert first.payload == second.payload
    assert first.envelope_id != second.envelope_id


def test_nobody_connected_is_seen_at_once(demo_slack: EmbeddedSlack) -> None:
    (delivery,) = demo_slack.control.click(_posted(demo_slack), "ack")
    assert delivery["state"] == "not_connected"
    assert delivery["seconds"] < 1


def test_an_app_that_stays_silent_has_failed_after_its_time(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.limits(answer_seconds=0.3)
    message = _posted(demo_slack)
    with connected(demo_slack) as app:
        app.silent = True
        (delivery,) = demo_slack.control.click(message, "ack")
    assert (delivery["state"], len(app.seen)) == ("unanswered", 1)
    assert delivery["seconds"] >= 0.3


def test_a_retry_says_so_when_it_is_asked_for(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.limits(answer_seconds=0.2, retries=1)
    message = _posted(demo_slack)
    with connected(demo_slack) as app:
        app.silent = True
        demo_slack.control.click(message, "ack")
        until(lambda: len(app.seen) == 2)
    assert [request.retry_attempt for request in app.seen] == [None, 1]


def test_a_command_is_answered_to_one_person(demo_slack: EmbeddedSlack) -> None:
    with connected(demo_slack) as app:
        app.answer = {"text": "all is well"}
        (delivery,) = demo_slack.control.command("/lamplighter status prod")
    payload = app.seen[0].payload
    assert (delivery["state"], payload["command"], payload["text"]) == ("answered", "/lamplighter", "status prod")
    assert (payload["channel_name"], payload["user_id"]) == ("ops", ON_CALL)
    (shown,) = demo_slack.control.messages("ops")
    assert (shown["text"], shown["seen_by"]) == ("all is well", ON_CALL)


def test_a_command_may_be_answered_to_all(demo_slack: EmbeddedSlack) -> None:
    with connected(demo_slack) as app:
        app.answer = {"text": "all is well", "response_type": "in_channel"}
        demo_slack.control.command("/lamplighter status")
    assert demo_slack.control.messages("ops")[0]["seen_by"] == ""


def test_what_cannot_be_clicked_or_commanded_is_named(demo_slack: EmbeddedSlack) -> None:
    message = _posted(demo_slack)
    with pytest.raises(DemoSlackError, match="there is no launch to click"):
        demo_slack.control.click(message, "launch")
    with pytest.raises(DemoSlackError, match="/other is not a valid command"):
        demo_slack.control.command("/other x")


def test_a_response_url_answers_five_times_in_half_an_hour(demo_slack: EmbeddedSlack) -> None:
    message = _posted(demo_slack)
    with connected(demo_slack) as app:
        demo_slack.control.click(message, "ack")
        demo_slack.control.click(message, "silence")
    first, second = (request.payload["response_url"] for request in app.seen)
    assert fetch(first, b'{"text":"only you"}')[0] == 200
    assert fetch(first, b'{"replace_original":true,"text":"acknowledged"}')[0] == 200
    assert [fetch(first, b'{"text":"more"}')[0] for _ in range(4)] == [200, 200, 200, 404]
    said = demo_slack.control.messages("ops")
    assert (said[0]["text"], "blocks" in said[0], said[1]["seen_by"]) == ("acknowledged", False, ON_CALL)
    demo_slack.control.advance(1801)
    assert fetch(second, b'{"text":"late"}')[:2] == (404, b'{"ok": false, "error": "expired_url"}')


def test_the_client_comes_again_after_a_refresh(demo_slack: EmbeddedSlack) -> None:
    message = _posted(demo_slack)
    with connected(demo_slack) as app:
        assert demo_slack.control.disconnect() == 1
        until(lambda: len(demo_slack.control.calls("apps.connections.open")) >= 2)
        until(lambda: demo_slack.control.connections() >= 1)
        assert demo_slack.control.click(message, "ack")[0]["state"] == "answered"
        until(lambda: len(app.seen) == 1)


def test_the_client_comes_again_after_a_broken_connection(demo_slack: EmbeddedSlack) -> None:
    message = _posted(demo_slack)
    with connected(demo_slack):
        demo_slack.control.call("POST", "sockets", {"break": True})
        until(lambda: len(demo_slack.control.calls("apps.connections.open")) >= 2)
        until(lambda: demo_slack.control.connections() >= 1)
        assert demo_slack.control.click(message, "ack")[0]["state"] == "answered"


def test_a_revoked_app_token_opens_nothing(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.revoke("app")
    open_one = web(demo_slack).apps_connections_open
    assert refusal(open_one, app_token=demo_slack.app_token)["error"] == "token_revoked"


def _address(slack: EmbeddedSlack) -> str:
    return str(web(slack).apps_connections_open(app_token=slack.app_token)["url"])


def test_hello_counts_the_connections_and_an_eleventh_is_turned_away(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.limits(enabled=False)
    with ExitStack() as opened:
        apps = [opened.enter_context(connect(_address(demo_slack))) for _ in range(11)]
        hellos = [json.loads(app.recv(timeout=5)) for app in apps]
        assert [hello.get("num_connections") for hello in hellos] == [*range(1, 11), None]
        assert hellos[10]["reason"] == "too_many_websockets"
    until(lambda: demo_slack.control.connections() == 0)


def test_envelopes_go_to_the_connections_in_turn(demo_slack: EmbeddedSlack) -> None:
    message = _posted(demo_slack)
    with connected(demo_slack) as one, connected(demo_slack) as other:
        until(lambda: demo_slack.control.connections() == 2)
        for _ in range(4):
            demo_slack.control.click(message, "ack")
        until(lambda: len(one.seen) == len(other.seen) == 2)


def test_an_address_opens_one_connection_and_no_page_may_use_it(demo_slack: EmbeddedSlack) -> None:
    address = _address(demo_slack)
    with connect(address) as first:
        assert json.loads(first.recv(timeout=5))["type"] == "hello"
        for second in (address, address.replace("ticket=", "ticket=0")):
            assert _is_turned_away(second)
    assert _is_turned_away(_address(demo_slack), {"Origin": "http://evil.example"})
    assert _is_turned_away(_address(demo_slack), {"Host": "evil.example"})


def _is_turned_away(address: str, headers: Mapping[str, str] | None = None) -> bool:
    try:
        with connect(address, additional_headers=headers):
            return False
    except InvalidStatus:
        return True


def test_junk_from_an_app_is_passed_over(demo_slack: EmbeddedSlack) -> None:
    with connect(_address(demo_slack)) as app:
        app.recv(timeout=5)
        for junk in ("not json", "[]", "{}", '{"envelope_id":"unknown"}', b"\xff\x00"):
            app.send(junk)
        demo_slack.control.disconnect("warning")
        assert json.loads(app.recv(timeout=5)) == {
            "type": "disconnect", "reason": "warning", "debug_info": {"host": "demo"},
        }  # fmt: skip
        demo_slack.control.disconnect()
        assert json.loads(app.recv(timeout=5))["reason"] == "refresh_requested"
        with pytest.raises(ConnectionClosed):
            app.recv(timeout=5)


def test_a_dialog_is_opened_by_a_fresh_trigger_and_sent(demo_slack: EmbeddedSlack) -> None:
    message = _posted(demo_slack)
    element = {"type": "plain_text_input", "action_id": "why"}
    field = {"type": "input", "block_id": "b", "label": {"type": "plain_text", "text": "Why"}, "element": element}
    view = {
        "type": "modal",
        "callback_id": "silence",
        "title": {"type": "plain_text", "text": "Silence"},
        "blocks": [field],
    }
    with connected(demo_slack) as app:
        demo_slack.control.click(message, "silence")
        trigger = app.seen[0].payload["trigger_id"]
        opened = web(demo_slack).views_open(trigger_id=trigger, view=view)["view"]["id"]
        assert refusal(web(demo_slack).views_open, trigger_id=trigger, view=view)["error"] == "exchanged_trigger_id"
        values = {"b": {"why": {"type": "plain_text_input", "value": "deploy"}}}
        demo_slack.control.call("POST", "submit", {"view": opened, "values": values})
        demo_slack.control.click(message, "silence")
        demo_slack.control.advance(4)
        late = refusal(web(demo_slack).views_open, trigger_id=app.seen[2].payload["trigger_id"], view=view)["error"]
    assert (app.seen[1].payload["view"]["state"]["values"], late) == (values, "expired_trigger_id")
    assert demo_slack.control.call("GET", "views") == []
