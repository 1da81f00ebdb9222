"""Socket Mode over a real WebSocket: clicks arrive, connections come back, and nothing is left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from alerts.slack.actions import Workspace
from alerts.slack.api import new_client
from alerts.slack.interactivity import Interactivity, workspace_of
from alerts.slack.socket import SocketMode
from service.demo.slack.launch import EmbeddedSlack
from store.alerting import Severity
from store.vocabulary import Intent
from tests.alerts.slack.samples import NOW, alert, delivery, notice, voice
from tests.alerts.slack.test_slack_actions import answer
from tests.alerts.slack.test_slack_bot import bot, told
from tests.alerts.slack.test_slack_signed import Taken


def until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
def socket_mode(demo_slack: EmbeddedSlack, taken: Taken) -> Iterator[SocketMode]:
    acting = Interactivity(taken.add, answer, voice(), lambda: NOW, api_url=demo_slack.api_url)
    connection = SocketMode(demo_slack.app_token, acting, demo_slack.api_url)
    connection.start()
    until(lambda: demo_slack.control.connections() == 1)
    yield connection
    connection.stop()


def test_a_click_is_acknowledged_and_taken_down_once(
    demo_slack: EmbeddedSlack, socket_mode: SocketMode, taken: Taken
) -> None:
    bot(demo_slack).send(delivery(notice()), notice())
    (message,) = told(demo_slack)
    went = demo_slack.control.click(message, "lamplighter.acknowledge", times=3)
    assert [each["state"] for each in went] == ["answered"] * 3
    assert all(each["seconds"] < 3 for each in went)
    until(lambda: len(taken.intents) == 1)
    assert socket_mode.is_connected()


def test_a_budget_is_quiet_until_all_of_it_is_used_up_after_a_click(
    demo_slack: EmbeddedSlack, socket_mode: SocketMode, taken: Taken
) -> None:
    labels = {"budget": "prod", "basis": "forecast", "period": "2026-11-01", "threshold": "100"}
    budget = notice(alert(rule_id="budget-forecast", severity=Severity.WARNING, labels=labels, component=None))
    bot(demo_slack).send(delivery(budget), budget)
    (message,) = told(demo_slack)
    demo_slack.control.click(message, "lamplighter.remind")
    until(lambda: len(taken.intents) == 1)
    [intent] = taken.intents.values()
    assert intent.kind == "alert.silence"
    assert intent.payload == {"notice": budget.notice, "seconds": 30 * 86400, "comment": "Slack"}
    assert socket_mode.is_connected()


def test_a_command_is_answered(demo_slack: EmbeddedSlack, socket_mode: SocketMode) -> None:
    (went,) = demo_slack.control.command("/lamplighter status dev")
    assert went["state"] == "answered"
    (message,) = demo_slack.control.messages("ops")
    assert (message["text"], message["seen_by"]) == ("status of dev in en", "U0ONCALL01")
    assert socket_mode.is_connected()


def test_it_comes_back_when_slack_asks_it_to(demo_slack: EmbeddedSlack, socket_mode: SocketMode) -> None:
    assert demo_slack.control.disconnect() == 1
    until(lambda: demo_slack.control.connections() == 1 and socket_mode.is_connected())
    assert demo_slack.control.command("/lamplighter help")[0]["state"] == "answered"


def test_it_comes_back_when_the_connection_breaks(demo_slack: EmbeddedSlack, socket_mode: SocketMode) -> None:
    demo_slack.control.call("POST", "sockets", {"break": True})
    until(lambda: demo_slack.control.connections() == 0)
    until(lambda: demo_slack.control.connections() == 1 and socket_mode.is_connected())
    assert demo_slack.control.command("/lamplighter help")[0]["state"] == "answered"


def test_a_fault_behind_a_click_is_told_to_whoever_clicked(demo_slack: EmbeddedSlack) -> None:
    def broken(intent: Intent) -> None:
        raise OSError(intent.id)

    acting = Interactivity(broken, answer, voice(), lambda: NOW, api_url=demo_slack.api_url)
    connection = SocketMode(demo_slack.app_token, acting, demo_slack.api_url)
    connection.start()
    until(lambda: demo_slack.control.connections() == 1)
    bot(demo_slack).send(delivery(notice()), notice())
    (message,) = told(demo_slack)
    demo_slack.control.click(message, "lamplighter.acknowledge")
    until(lambda: len(demo_slack.control.messages("ops")) == 2)
    connection.stop()
    assert "click again" in demo_slack.control.messages("ops")[-1]["text"]


def test_a_click_from_another_workspace_is_refused_to_its_sender(demo_slack: EmbeddedSlack, taken: Taken) -> None:
    acting = Interactivity(
        taken.add, answer, voice(), lambda: NOW, lambda: Workspace("T0ANOTHER"), api_url=demo_slack.api_url
    )
    connection = SocketMode(demo_slack.app_token, acting, demo_slack.api_url)
    connection.start()
    until(lambda: demo_slack.control.connections() == 1)
    bot(demo_slack).send(delivery(notice()), notice())
    demo_slack.control.click(told(demo_slack)[0], "lamplighter.acknowledge")
    until(lambda: len(demo_slack.control.messages("ops")) == 2)
    connection.stop()
    assert not taken.intents
    assert "another workspace" in demo_slack.control.messages("ops")[-1]["text"]


def test_the_workspace_is_asked_of_slack(demo_slack: EmbeddedSlack) -> None:
    assert workspace_of(new_client(demo_slack.bot_token, demo_slack.api_url)).team.startswith("T")
    demo_slack.control.revoke()
    assert workspace_of(new_client(demo_slack.bot_token, demo_slack.api_url)) == Workspace()


def test_it_starts_while_slack_is_out_of_reach_and_connects_later(demo_slack: EmbeddedSlack, taken: Taken) -> None:
    demo_slack.control.fault("reset_before", method="apps.connections.open", times=1)
    acting = Interactivity(taken.add, answer, voice(), lambda: NOW)
    connection = SocketMode(demo_slack.app_token, acting, demo_slack.api_url)
    connection.start()
    until(lambda: demo_slack.control.connections() == 1)
    connection.stop()


def test_when_slack_asks_to_wait_stopping_does_not(demo_slack: EmbeddedSlack, taken: Taken) -> None:
    demo_slack.control.fault("ratelimited", method="apps.connections.open", seconds=60)
    acting = Interactivity(taken.add, answer, voice(), lambda: NOW)
    connection = SocketMode(demo_slack.app_token, acting, demo_slack.api_url)
    connection.start()
    until(lambda: bool(demo_slack.control.calls("apps.connections.open")))
    began = time.monotonic()
    connection.stop()
    assert time.monotonic() - began < 3


def test_stopping_leaves_no_thread_and_no_connection(demo_slack: EmbeddedSlack, taken: Taken) -> None:
    before = set(threading.enumerate())
    acting = Interactivity(taken.add, answer, voice(), lambda: NOW)
    connection = SocketMode(demo_slack.app_token, acting, demo_slack.api_url)
    for _ in range(2):
        connection.start()
        connection.start()
        until(connection.is_connected)
        began = time.monotonic()
        connection.stop()
        connection.stop()
        assert time.monotonic() - began < 3
    until(lambda: demo_slack.control.connections() == 0)
    assert set(threading.enumerate()) <= before
