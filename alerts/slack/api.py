"""Calling Slack, and what its answers mean: wait, try again later, or never."""

from __future__ import annotations

import http.client
import math
import socket
import ssl
from collections.abc import Callable, Mapping
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from alerts.errors import Busy, DeliveryError, Refused, Unreachable

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

_TOKEN = "put the bot token of an installed app into slack.token (api.slack.com/apps, OAuth & Permissions)"  # noqa: S105  a remedy
_REMEDIES: Mapping[str, str] = {
    "not_authed": _TOKEN,
    "invalid_auth": _TOKEN,
    "account_inactive": _TOKEN,
    "token_revoked": _TOKEN,
    "token_expired": _TOKEN,
    "not_allowed_token_type": "use a bot token, which begins with xoxb-",
    "org_login_required": "the workspace is being moved; install the app in the new one",
    "team_access_not_granted": "ask an administrator of the organisation to let the app into this workspace",
    "no_permission": "ask an administrator of the workspace to allow the app to post here",
    "missing_scope": "add the scope under OAuth & Permissions and install the app again",
    "ekm_access_denied": "the workspace's administrator has suspended its encryption keys",
    "channel_not_found": "check the channel's name or id; a private channel needs the bot: /invite @lamplighter",
    "not_in_channel": "invite the bot in that channel: /invite @lamplighter",
    "is_archived": "unarchive the channel, or name another one",
    "is_inactive": "unarchive the channel, or name another one",
    "restricted_action": "the workspace's rules keep the app from posting here; ask its administrator",
    "restricted_action_read_only_channel": "only some may post in this channel; ask its administrator",
    "restricted_action_non_threadable_channel": "only some may post in this channel; ask its administrator",
    "restricted_action_thread_only_channel": "only replies may be posted in this channel; name another one",
    "posting_to_general_channel_denied": "the workspace keeps apps out of its general channel; name another one",
    "as_user_not_supported": _TOKEN,
    "method_not_supported_for_channel_type": "name a channel, not a person",
    "messages_tab_disabled": "name a channel, or switch the app's Messages tab on",
    "user_not_found": "check the id of the person or channel",
    "invalid_channel": "check the channel's name or id",
    "no_text": "report this: Lamplighter made an empty message",
    "msg_too_long": "report this: Lamplighter made a message that is too long",
    "invalid_arguments": "report this: Slack did not understand Lamplighter's call",
    "invalid_metadata_format": "report this: Slack did not understand Lamplighter's call",
    "metadata_too_large": "report this: Lamplighter made a message that is too long",
}


class SlackError(DeliveryError):
    """Slack answered `ok: false` with an error that a caller may know a way around."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"Slack answered {code} to {method}.")
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
        answer = calling().data
    except SlackApiError as error:
        raise _meaning(method, error.response, around) from None
    except SlackClientError as error:
        raise Refused(f"Slack cannot be called ({method}): {error}. Check slack.api_url.") from None
    except (OSError, http.client.HTTPException) as error:
        raise _no_answer(method, error) from None
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        raise Unreachable(
            f"Slack's answer to {method} could not be read ({type(error).__name__}).", ambiguous=True
        ) from None
    if not isinstance(answer, dict):
        raise Unreachable(f"Slack's answer to {method} could not be read (not JSON).", ambiguous=True)
    return answer


def _meaning(method: str, response: SlackResponse, around: frozenset[str]) -> DeliveryError:
    status, answer = response.status_code, response.data if isinstance(response.data, dict) else {}
    code = str(answer.get("error") or "")[:100]
    if status == _TOO_MANY or code in _BUSY:
        seconds = wait_seconds(response.headers)
        return Busy(f"Slack asks to wait {seconds:g} s ({method}).", seconds)
    if status >= _SERVER_ERROR or (status != _OK and code not in _REMEDIES):
        return Unreachable(f"Slack answered {status} to {method}.", ambiguous=status >= _SERVER_ERROR)
    if code in around:
        return SlackError(method, code)
    if (remedy := _REMEDIES.get(code)) is not None:
        needed = str(answer.get("needed") or "")[:200]
        return Refused(f"Slack answered {code}{f' ({needed})' if needed else ''} to {method}: {remedy}.")
    # Not known to be final (internal_error, fatal_error, request_timeout and whatever comes): tried until the deadline.
    return Unreachable(f"Slack answered {code or 'ok: false'} to {method}.", ambiguous=code not in BLOCKS_REFUSED)


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


def _no_answer(method: str, error: Exception) -> Unreachable:
    reason = error.reason if isinstance(error, URLError) and isinstance(error.reason, Exception) else error
    never_left = isinstance(reason, ConnectionRefusedError | socket.gaierror | ssl.SSLCertVerificationError)
    said = str(reason)[:200] or type(reason).__name__
    return Unreachable(f"Slack could not be reached ({method}): {said}.", ambiguous=not never_left)
