"""Calling Slack, and what its answers mean: wait, try again later, or never."""

from __future__ import annotations

import http.client
import math
import socket
import ssl
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from alerts.errors import Busy, DeliveryError, Refused, Unreachable
from store.messages import Message, Sentence

Answer = TypeVar("Answer")
TIMEOUT_SECONDS = 10
"""How long one call may take; slack_sdk takes whole seconds."""
SLACK_URL = "https://slack.com/api/"
_WAIT, _LONGEST_WAIT = 30.0, 3600.0
_TOO_MANY, _SERVER_ERROR, _OK = 429, 500, 200
_BUSY = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded", "accesslimited"})
BLOCKS_REFUSED = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "blocks_too_long", "too_many_blocks"}
)
MESSAGE_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})

_TOKEN = Message("put the bot token of an installed app into token (api.slack.com/apps, OAuth & Permissions)")
_REMEDIES: Mapping[str, Sentence] = {
    "not_authed": _TOKEN,
    "invalid_auth": _TOKEN,
    "account_inactive": _TOKEN,
    "token_revoked": _TOKEN,
    "token_expired": _TOKEN,
    "not_allowed_token_type": Message("use a bot token, which begins with xoxb-"),
    "org_login_required": Message("the workspace is being moved; install the app in the new one"),
    "team_access_not_granted": Message("ask an administrator of the organisation to let the app into this workspace"),
    "no_permission": Message("ask an administrator of the workspace to allow the app to post here"),
    "missing_scope": Message("add the scope under OAuth & Permissions and install the app again"),
    "ekm_access_denied": Message("the workspace's administrator has suspended its encryption keys"),
    "channel_not_found": Message("check the channel's name or id; in a private one, /invite @lamplighter"),
    "not_in_channel": Message("invite the bot in that channel: /invite @lamplighter"),
    "is_archived": Message("unarchive the channel, or name another one"),
    "is_inactive": Message("unarchive the channel, or name another one"),
    "restricted_action": Message("the workspace's rules keep the app from posting here; ask its administrator"),
    "restricted_action_read_only_channel": Message("only some may post in this channel; ask its administrator"),
    "restricted_action_non_threadable_channel": Message("only some may post in this channel; ask its administrator"),
    "restricted_action_thread_only_channel": Message("only replies may be posted in this channel; name another one"),
    "posting_to_general_channel_denied": Message("apps may not post in the general channel; name another one"),
    "as_user_not_supported": _TOKEN,
    "method_not_supported_for_channel_type": Message("name a channel, not a person"),
    "messages_tab_disabled": Message("name a channel, or switch the app's Messages tab on"),
    "user_not_found": Message("check the id of the person or channel"),
    "invalid_channel": Message("check the channel's name or id"),
    "no_text": Message("report this: Lamplighter made an empty message"),
    "msg_too_long": Message("report this: Lamplighter made a message that is too long"),
    "invalid_arguments": Message("report this: Slack did not understand Lamplighter's call"),
    "invalid_metadata_format": Message("report this: Slack did not understand Lamplighter's call"),
    "metadata_too_large": Message("report this: Lamplighter made a message that is too long"),
}


class SlackError(DeliveryError):
    """Slack answered `ok: false` with an error that a caller may know a way around."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(Message("Slack answered %(code)s (%(method)s)", code=code, method=method))
        self.code = code


def new_client(token: str, api_url: str = SLACK_URL, timeout: int = TIMEOUT_SECONDS) -> WebClient:
    """A client that never sleeps and never repeats a call: that is the courier's business."""
    return WebClient(token=token, base_url=api_url or SLACK_URL, timeout=timeout, retry_handlers=[])


def call(method: str, calling: Callable[[], SlackResponse], around: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Make one call and return its answer.

    Raises:
        SlackError: the answer is one of `around`, for which the caller knows a way.
        Busy, Unreachable, Refused: see `alerts.notice.Notifier.send`.
    """
    try:
        answer = reach(method, lambda: calling().data)
    except SlackApiError as error:
        raise _meaning(method, error.response, around) from None
    if not isinstance(answer, dict):
        raise _unreadable(method)
    return answer


def reach(method: str, calling: Callable[[], Answer]) -> Answer:
    """Make one call of slack_sdk, whatever it answers.

    Raises:
        Unreachable, Refused: there is no answer, or none that can be read.
        SlackApiError: the Web API answered that it did not work.
    """
    try:
        return calling()
    except SlackApiError:
        raise
    except SlackClientError as error:
        words = Message("Slack's address cannot be used (%(method)s): %(error)s", method=method, error=_short(error))
        raise Refused(words) from None
    except (OSError, http.client.HTTPException) as error:
        raise _no_answer(method, error) from None
    except (ValueError, LookupError, AttributeError, TypeError):
        raise _unreadable(method) from None


def _meaning(method: str, response: SlackResponse, around: frozenset[str]) -> DeliveryError:
    status, answer = response.status_code, response.data if isinstance(response.data, dict) else {}
    code = str(answer.get("error") or "")[:100]
    if status == _TOO_MANY or code in _BUSY:
        return busy(method, response.headers)
    if code in around:
        return SlackError(method, code)
    if (remedy := _REMEDIES.get(code)) is not None and status < _SERVER_ERROR:
        needed = _short(answer.get("needed") or "")
        said = f"{code} ({needed})" if needed else code
        return Refused(
            Message("Slack answered %(code)s (%(method)s): %(remedy)s", code=said, method=method, remedy=remedy)
        )
    # Not known to be final (internal_error, fatal_error, request_timeout and whatever comes): tried until the deadline.
    said = f"{status}" if status != _OK else code or "ok: false"
    words = Message("Slack answered %(code)s (%(method)s)", code=said, method=method)
    return Unreachable(words, ambiguous=status >= _SERVER_ERROR or status == _OK)


def busy(method: str, headers: Mapping[str, Any]) -> Busy:
    """Slack asks to wait, for as long as Retry-After says."""
    seconds = wait_seconds(headers)
    return Busy(
        Message("Slack asks to wait %(seconds)s s (%(method)s)", seconds=f"{seconds:g}", method=method), seconds
    )


def wait_seconds(headers: Mapping[str, Any]) -> float:
    """What Retry-After asks for, in seconds; half a minute where it says nothing that can be read."""
    found = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
    if isinstance(found, list):
        found = found[0] if found else None
    try:
        seconds = float(str(found))
    except ValueError:
        return _WAIT
    return _WAIT if math.isnan(seconds) else min(max(seconds, 0.0), _LONGEST_WAIT)


def _unreadable(method: str) -> Unreachable:
    return Unreachable(Message("Slack's answer could not be read (%(method)s)", method=method), ambiguous=True)


def _no_answer(method: str, error: Exception) -> Unreachable:
    reason = error.reason if isinstance(error, URLError) and isinstance(error.reason, Exception) else error
    never_left = isinstance(reason, ConnectionRefusedError | socket.gaierror | ssl.SSLCertVerificationError)
    words = Message("Slack could not be reached (%(method)s): %(error)s", method=method, error=_short(reason))
    return Unreachable(words, ambiguous=not never_left)


def _short(said: object) -> str:
    return " ".join(str(said).split())[:200] or type(said).__name__
