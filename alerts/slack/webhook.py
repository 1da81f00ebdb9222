"""Slack by an incoming webhook, which can only post: a message at the beginning, when it gets worse, and at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk import WebhookClient
from slack_sdk.webhook import WebhookResponse

from alerts.errors import DeliveryError, Refused, Unreachable
from alerts.notice import Notice, Sent, Voice
from alerts.slack.api import BLOCKS_REFUSED, TIMEOUT_SECONDS, busy, reach
from alerts.slack.blocks import Block, render
from alerts.slack.links import Links
from store.alerting import Delivery, NoticeKind
from store.messages import Message, Sentence

WORTH_A_MESSAGE = frozenset({"", "new_member", "severity_rise", "fired_again", "escalated"})
"""Changes that get a message of their own; the others (an acknowledgement, one of many is over) would be noise."""
_METHOD = "webhook"
_OK, _TOO_MANY, _SERVER_ERROR = 200, 429, 500

_GONE = Message("the webhook is no more: make a new one and put its address into webhook_url")
_REMEDIES: Mapping[str, Sentence] = {
    "invalid_token": _GONE,
    "no_service": _GONE,
    "no_service_id": _GONE,
    "no_active_hooks": _GONE,
    "no_team": _GONE,
    "team_disabled": _GONE,
    "channel_not_found": Message("the webhook's channel is no more: make a new webhook for another one"),
    "channel_is_archived": Message("unarchive the channel, or make a webhook for another one"),
    "action_prohibited": Message("the workspace's rules keep webhooks out of the channel; ask its administrator"),
    "posting_to_general_channel_denied": Message("the workspace keeps webhooks out of its general channel"),
    "user_not_found": Message("the webhook's person is no more: make a new webhook for a channel"),
}


class SlackWebhook:
    """A receiver that is an incoming webhook. Its buttons are links to pages that ask first.

    What stands in the channel cannot be looked up: after an ambiguous failure a message may come twice, never none.
    """

    spacing = 1.0
    """Seconds from one message to the next; Slack's limit."""

    def __init__(self, receiver: str, url: str, voice: Voice, links: Links, timeout: int = TIMEOUT_SECONDS) -> None:
        self.receiver = receiver
        self._client = WebhookClient(url, timeout=timeout, retry_handlers=[])
        self._voice, self._links = voice, links

    def close(self) -> None:
        """Nothing is held: slack_sdk opens a connection for each call."""

    def send(self, delivery: Delivery, notice: Notice) -> Sent:
        """Post, where it is worth a message. See `alerts.notice.Notifier`."""
        if notice.kind is NoticeKind.CHANGED and delivery.draft.reason not in WORTH_A_MESSAGE:
            return Sent({"left_out": delivery.draft.reason})
        post = render(notice, self._voice, self._links, clickable=False)
        answer = self._post(post.text, post.blocks)
        if answer.status_code != _OK and _word(answer) in BLOCKS_REFUSED:
            answer = self._post(post.plain, ())
        if answer.status_code == _OK:
            return Sent({"status": answer.status_code, "answer": _word(answer)})
        raise _meaning(answer)

    def _post(self, text: str, blocks: tuple[Block, ...]) -> WebhookResponse:
        body: dict[str, Any] = {"text": text, "unfurl_links": False, "unfurl_media": False}
        if blocks:
            body["blocks"] = list(blocks)
        return reach(_METHOD, lambda: self._client.send_dict(body))


def _word(answer: WebhookResponse) -> str:
    return " ".join(str(answer.body or "").split())[:100]


def _meaning(answer: WebhookResponse) -> DeliveryError:
    status, word = answer.status_code, _word(answer)
    if status == _TOO_MANY:
        return busy(_METHOD, answer.headers)
    if status >= _SERVER_ERROR:
        said = Message("Slack answered %(code)s (%(method)s)", code=f"{status} {word}".strip(), method=_METHOD)
        return Unreachable(said, ambiguous=True)
    remedy = _REMEDIES.get(word, _GONE if status in {404, 410} else "")
    said = Message(
        "Slack answered %(code)s (%(method)s): %(remedy)s",
        code=f"{status} {word}".strip(),
        method=_METHOD,
        remedy=remedy or Message("report this: Slack did not understand Lamplighter's call"),
    )
    return Refused(said)
