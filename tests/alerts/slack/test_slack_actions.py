"""Clicks and commands as values: what they ask for, and what is refused calmly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.intents import KINDS
from alerts.notice import Voice
from alerts.slack.actions import NOTHING, Workspace, wish_of
from alerts.slack.commands import Command, Reply, reply_to
from tests.alerts.slack.samples import NOW, voice

HOME = Workspace("T1", "A1")


def click(action: str = "lamplighter.acknowledge", value: object = None, **changes: Any) -> dict[str, Any]:  # noqa: ANN401  any field
    said = value if isinstance(value, str) else json.dumps(value or {"notice": "n1"})
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": "U123", "username": "kim", "team_id": "T1"},
        "team": {"id": "T1"},
        "api_app_id": "A1",
        "container": {"channel_id": "C1", "message_ts": "1.2"},
        "actions": [{"action_id": action, "value": said, "action_ts": "3.4"}],
    }
    return payload | changes


@pytest.mark.parametrize(
    ("action", "kind", "payload"),
    [
        ("lamplighter.acknowledge", "alert.acknowledge", {"notice": "n1"}),
        ("lamplighter.unacknowledge", "alert.unacknowledge", {"notice": "n1"}),
        ("lamplighter.silence", "alert.silence", {"notice": "n1", "seconds": 3600, "comment": "Slack"}),
        ("lamplighter.remind", "alert.silence", {"notice": "n1", "seconds": 3600, "comment": "Slack"}),
    ],
)
def test_a_click_becomes_an_intent_with_its_actor(action: str, kind: str, payload: Mapping[str, Any]) -> None:
    intent = wish_of(click(action), NOW, HOME).intent
    assert intent is not None
    assert (intent.kind, dict(intent.payload), intent.actor) == (kind, payload, "slack:U123 (kim)")
    assert intent.created_at == NOW


def test_a_click_delivered_twice_is_one_intent_and_another_click_another() -> None:
    first, again = (wish_of(click(), NOW, HOME).intent for _ in range(2))
    later = wish_of(click(actions=[{**click()["actions"][0], "action_ts": "9.9"}]), NOW, HOME).intent
    assert first is not None
    assert again is not None
    assert later is not None
    assert first.id == again.id != later.id
    assert len(first.id) == 32


def test_whoever_carries_intents_out_knows_every_kind() -> None:
    for action in ("acknowledge", "unacknowledge", "silence"):
        intent = wish_of(click(f"lamplighter.{action}"), NOW, HOME).intent
        assert intent is not None
        assert intent.kind in KINDS


def test_opening_asks_for_nothing() -> None:
    assert wish_of(click("lamplighter.open"), NOW, HOME) == NOTHING


@pytest.mark.parametrize(
    "payload",
    [
        click(team={"id": "T2"}, user={"id": "U1", "team_id": "T2"}),
        click(api_app_id="A2"),
        click("somebody.elses"),
        click(value="not json"),
        click(value='{"notice": "n1; drop table"}'),
        click(value={"notice": ["n1"]}),
        click(value="[" * 1900),
        click(value="x" * 2001),
        click(user={"id": "<!here>", "team_id": "T1"}),
        click(user=None),
    ],
)
def test_what_is_foreign_or_broken_is_refused_with_a_sentence(payload: dict[str, Any]) -> None:
    wish = wish_of(payload, NOW, HOME)
    assert wish.intent is None
    assert voice("ko").say(wish.refusal) != str(wish.refusal) != ""


def test_where_the_workspace_is_not_known_anything_is_taken() -> None:
    assert wish_of(click(team={"id": "T2"}, api_app_id="A2"), NOW, Workspace()).intent is not None


def test_a_name_cannot_pretend_to_be_somebody_else() -> None:
    user = {"id": "U1", "username": "kim) (boss\u202e <!here>\n", "team_id": "T1"}
    intent = wish_of(click(user=user), NOW, HOME).intent
    assert intent is not None
    assert intent.actor == "slack:U1 (kim boss !here)"


def test_a_silence_is_at_most_thirty_days() -> None:
    for seconds in (10**9, -5, True, "60", None):
        intent = wish_of(click("lamplighter.silence", {"notice": "n1", "seconds": seconds}), NOW, HOME).intent
        assert intent is not None
        assert intent.payload["seconds"] == 3600


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=5), part, max_size=3),
    max_leaves=8,
)
PARTS = dict.fromkeys(("user", "team", "container", "actions", "api_app_id", "team_id"), JSON)


@given(st.fixed_dictionaries({"type": st.just("block_actions")}, optional=PARTS))
def test_rubbish_never_raises(payload: dict[str, Any]) -> None:
    assert wish_of(payload, NOW, Workspace()).intent is None
    wish_of(click() | payload, NOW, HOME)


def answer(command: Command, speaker: Voice) -> Reply:
    return Reply([f"{command.word} of {command.argument or 'all'} in {speaker.code}", "<!here> fires & burns"])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("status", "status of all in en"),
        ("", "status of all in en"),
        ("Status  prod", "status of prod in en"),
        ("alerts", "alerts of all in en"),
        ("help", "What Lamplighter answers"),
        ("dance", "Lamplighter does not know “dance”"),
    ],
)
def test_commands_are_answered_to_their_sender_only(typed: str, said: str) -> None:
    reply = reply_to({"text": typed, "user_id": "U1"}, answer, voice())
    assert reply["response_type"] == "ephemeral"
    assert reply["text"] == said
    assert "<!here>" not in json.dumps(reply)


@given(st.text(max_size=200), st.lists(st.text(max_size=5000), max_size=60))
def test_an_answer_stays_within_slacks_limits(typed: str, lines: list[str]) -> None:
    reply = reply_to({"text": typed}, lambda _command, _voice: Reply(lines), voice())
    assert 0 < len(reply["blocks"][0]["text"]["text"]) <= 3000
    json.dumps(reply).encode()
