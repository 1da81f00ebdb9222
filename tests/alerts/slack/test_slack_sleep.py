"""The message about a stop to come: what it says, what its buttons ask and cost, and what became of it."""

from __future__ import annotations

import json
from typing import Any

from alerts.notice import Notice
from alerts.slack.actions import Workspace, wish_of
from alerts.slack.blocks import render
from alerts.slack.commands import Command, Reply, reply_to
from alerts.slack.links import Links
from store.alerting import Severity
from store.messages import Message
from tests.alerts.slack.samples import NOW, alert, notice, resolved, voice

STOP: dict[str, Any] = {
    "labels": {"rule": "environment-stops-soon", "power": "stops_soon", "edge": "2026-11-24T11:00:00+00:00"},
    "summary": {"en": "dev stops at 20:00 KST", "ko": "dev 환경이 20:00 KST에 중지됩니다"},
    "environment": "dev",
    "severity": Severity.INFO,
    "reason": Message("by %(why)s", why="schedule office"),
    "component": None,
    "value": None,
    "limit": None,
    "choices": tuple(
        {"environment": "dev", "do": do, "seconds": seconds, "until": until, "price": price, "currency": "USD"}
        for do, seconds, until, price in (
            ("keep", 7200, "22:00 KST", "0.26"),
            ("skip", None, "09:00 KST", None),
            ("stop", None, "09:00 KST", "-0.07"),
        )
    ),
}


def buttons(of: Notice, code: str = "en") -> list[dict[str, Any]]:
    blocks = render(of, voice(code), Links("https://lamp.example.com")).blocks
    return [one for block in blocks if block["type"] == "actions" for one in block["elements"]]


def test_each_button_has_its_price_and_asks_before_it_acts() -> None:
    of = notice(alert(**STOP), severity=Severity.INFO)
    assert render(of, voice(), Links()).text.startswith("🌙 dev stops at 20:00 KST")
    keep, skip, stop, _ = buttons(of)
    assert [one["text"]["text"] for one in (keep, skip, stop)] == [
        "Keep on 2 h · +$0.26",
        "Keep on tonight",
        "Stop now · \N{MINUS SIGN}$0.07",
    ]
    assert keep["confirm"]["text"]["text"] == "dev stays on until 22:00 KST."
    assert "2시간" in buttons(of, "ko")[0]["text"]["text"]
    for one in (keep, skip, stop):
        assert len(one["text"]["text"]) <= 75
        assert len(one["value"]) <= 2000


def test_a_click_asks_for_what_the_button_says() -> None:
    [keep, *_] = buttons(notice(alert(**STOP)))
    payload = {
        "type": "block_actions",
        "user": {"id": "U123", "username": "kim", "team_id": "T1"},
        "team": {"id": "T1"},
        "api_app_id": "A1",
        "actions": [{"action_id": keep["action_id"], "value": keep["value"], "action_ts": "3.4"}],
    }
    intent = wish_of(payload, NOW, Workspace("T1", "A1")).intent
    assert intent is not None
    assert (intent.kind, intent.actor) == ("environment.override", "slack:U123 (kim)")
    wanted = {"environment": "dev", "do": "keep", "seconds": 7200, "source": "slack"}
    assert wanted.items() <= dict(intent.payload).items()


def test_once_it_is_over_what_became_of_it_is_the_title_and_nothing_can_be_pressed() -> None:
    over = resolved(alerts=(alert(**{**STOP, "state": "resolved", "reason": "asleep since 20:01 KST"}),))
    assert render(over, voice(), Links()).text.startswith("🌙 dev: asleep since 20:01 KST")
    assert [one["action_id"] for one in buttons(over)] == ["lamplighter.open"]


def test_a_command_is_handed_on_with_who_typed_it() -> None:
    seen: list[Command] = []

    def answer(command: Command, _voice: object) -> Reply:
        seen.append(command)
        return Reply(["dev stays on"])

    said = reply_to({"text": "keep dev 2h", "user_id": "U123", "user_name": "kim"}, answer, voice())
    assert seen == [Command("keep", "dev 2h", "U123", "slack:U123 (kim)")]
    assert said["response_type"] == "ephemeral"
    assert "keep ENV [2h]" in json.dumps(reply_to({"text": "help"}, answer, voice()))
