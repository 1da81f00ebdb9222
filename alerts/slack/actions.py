"""What a click in Slack asks for. Pure: a payload in, an intent or a calm refusal out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.slack import buttons
from alerts.slack.text import line
from store.messages import Message, Sentence
from store.vocabulary import Intent

_KINDS = {
    buttons.ACKNOWLEDGE: "alert.acknowledge",
    buttons.UNACKNOWLEDGE: "alert.unacknowledge",
    buttons.SILENCE: "alert.silence",
    buttons.REMIND: "alert.silence",
    **{f"{buttons.ENVIRONMENT}.{do}": "environment.override" for do in ("keep", "skip", "stop", "start")},
}
_USER = re.compile(r"[UW][A-Z0-9]{1,20}")
_NOTICE = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_NAME = 60
_VALUE = 2000
"""The longest value of a button; Slack's limit."""
_LONGEST_NAME = 100
_LONGEST_SILENCE = 30 * 86400


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where actions may come from. An empty `team` or `app` is not known, and anything is taken."""

    team: str = ""
    app: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a payload comes to: an intent, or a sentence that only its sender sees; neither where nothing is wanted."""

    intent: Intent | None = None
    refusal: Sentence = ""


NOTHING = Wish()


def wish_of(payload: Mapping[str, Any], now: datetime, workspace: Workspace) -> Wish:
    """What a click asks for. The same click delivered twice gives an intent with the same id. Never raises."""
    if payload.get("type") != "block_actions":
        return NOTHING
    if not is_from(payload, workspace):
        return Wish(refusal=Message("This button belongs to another workspace"))
    actions = payload.get("actions")
    action = actions[0] if isinstance(actions, Sequence) and actions else None
    if not isinstance(action, Mapping) or action.get("action_id") == buttons.OPEN:
        return NOTHING
    kind, value, actor = _KINDS.get(str(action.get("action_id"))), _value(action), _actor(payload)
    if kind is None or value is None:
        return Wish(refusal=Message("This button is of another version of Lamplighter: use the page"))
    if not actor:
        return Wish(refusal=Message("Slack did not say who clicked"))
    return Wish(Intent(_id(payload, action, actor), kind, actor, now, value | _more(kind, value)))


def is_from(payload: Mapping[str, Any], workspace: Workspace) -> bool:
    """Whether a payload comes from the workspace and app that are known."""
    team, user = payload.get("team"), payload.get("user")
    teams = [payload.get("team_id"), _part(team, "id"), _part(user, "team_id")]  # a list: they may be of any type
    return (not workspace.team or workspace.team in teams) and (
        not workspace.app or payload.get("api_app_id") == workspace.app
    )


def _value(action: Mapping[str, Any]) -> dict[str, Any] | None:
    """The notice that a button names."""
    text = action.get("value")
    if not isinstance(text, str) or len(text) > _VALUE:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    notice = value.get("notice") if isinstance(value, dict) else None
    if not isinstance(notice, str) or not _NOTICE.fullmatch(notice):
        return None
    seconds = value.get("seconds")
    known = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds <= _LONGEST_SILENCE
    found = {"notice": notice} | ({"seconds": seconds} if known else {})
    asked = {name: value.get(name) for name in ("environment", "do")}
    if all(isinstance(part, str) and 0 < len(part) <= _LONGEST_NAME for part in asked.values()):
        found |= asked
    return found


def _more(kind: str, value: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "environment.override":
        return {"source": "slack"}
    if kind != "alert.silence":
        return {}
    return {"seconds": value.get("seconds", buttons.SILENCE_SECONDS), "comment": "Slack"}


def _actor(payload: Mapping[str, Any]) -> str:
    """Who clicked; empty where Slack does not say."""
    user = payload.get("user")
    return actor_of(_part(user, "id"), _part(user, "username") or _part(user, "name"))


def actor_of(user: object, called: object) -> str:
    """Somebody in Slack as the record names them: `slack:U123 (kim)`; empty where the id is none."""
    number = str(user or "")
    if not _USER.fullmatch(number):
        return ""
    name = line(str(called or ""))
    name = re.sub(r"[()<>&]", "", name)[:_NAME].strip()
    return f"slack:{number} ({name})" if name else f"slack:{number}"


def _id(payload: Mapping[str, Any], action: Mapping[str, Any], actor: str) -> str:
    container = payload.get("container")
    parts = [
        *("slack", actor, str(_part(container, "channel_id") or ""), str(_part(container, "message_ts") or "")),
        *(str(action.get(name) or "") for name in ("action_id", "value", "action_ts")),
    ]
    text = json.dumps(parts, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _part(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, Mapping) else None
