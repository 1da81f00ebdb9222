"""Finding a message of ours again in a channel, by the key that its metadata carries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from alerts.errors import Refused
from alerts.slack.api import call

EVENT_TYPE = "lamplighter_notice"
_ID = re.compile(r"[CGD][A-Z0-9]{2,}")
_PAGES, _PAGE = 5, 200
_CHANNEL_PAGES, _CHANNELS = 10, 1000
_SKEW = timedelta(minutes=5)
"""How far Slack's clock may be off ours."""

Wanted = Callable[[Mapping[str, Any]], bool]


def is_channel_id(channel: str) -> bool:
    """Whether it is an id (C0123) rather than a name (#ops): names have no capital letters."""
    return bool(_ID.fullmatch(channel))


def find_message(client: WebClient, channel: str, since: datetime, wanted: Wanted) -> str | None:
    """The ts of the newest message in a channel (by id) whose metadata is wanted; None where there is none.

    Raises:
        Busy, Unreachable: it could not be looked up now.
        Refused: the app may not read here, so nobody can tell.
    """
    oldest = _oldest(since)

    def page(cursor: str) -> SlackResponse:
        return client.conversations_history(
            channel=channel, oldest=oldest, limit=_PAGE, cursor=cursor or None, include_all_metadata=True
        )

    return _first("conversations.history", page, wanted)


def find_reply(client: WebClient, channel: str, thread: str, since: datetime, wanted: Wanted) -> str | None:
    """The same among the replies to a message."""
    oldest = _oldest(since)

    def page(cursor: str) -> SlackResponse:
        return client.conversations_replies(
            channel=channel, ts=thread, oldest=oldest, limit=_PAGE, cursor=cursor or None, include_all_metadata=True
        )

    return _first("conversations.replies", page, wanted)


def find_channel(client: WebClient, name: str) -> str | None:
    """The id of a channel by its name; None where the app may not list channels or there is none of that name."""
    bare = name.lstrip("#").lower()

    def page(cursor: str) -> SlackResponse:
        kinds = "public_channel,private_channel"
        return client.conversations_list(exclude_archived=True, limit=_CHANNELS, types=kinds, cursor=cursor or None)

    try:
        for answer in _pages("conversations.list", page, _CHANNEL_PAGES):
            for channel in answer.get("channels") or ():
                if channel.get("name") == bare:
                    return str(channel["id"])
    except Refused:
        return None
    return None


def _oldest(since: datetime) -> str:
    return f"{(since - _SKEW).timestamp():.6f}"


def _first(method: str, page: Callable[[str], SlackResponse], wanted: Wanted) -> str | None:
    for answer in _pages(method, page, _PAGES):
        for message in answer.get("messages") or ():
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == EVENT_TYPE and wanted(metadata.get("event_payload") or {}):
                return str(message["ts"])
    return None


def _pages(method: str, page: Callable[[str], SlackResponse], most: int) -> Iterator[dict[str, Any]]:
    cursor = ""
    for _ in range(most):
        answer = call(method, lambda: page(cursor))  # noqa: B023  called before the loop goes on
        yield answer
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return
