"""Slack by bot token: one message per notice, edited in place; the thread only for what is news; a picture of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from slack_sdk import WebClient

from alerts.errors import Busy, DeliveryError, Refused, Unreachable
from alerts.notice import Notice, Sent, Voice
from alerts.slack.api import BLOCKS_REFUSED, MESSAGE_GONE, SlackError, call
from alerts.slack.blocks import Block, render, thread_text
from alerts.slack.finding import EVENT_TYPE, find_channel, find_message, find_reply, is_channel_id
from alerts.slack.links import Links
from alerts.slack.pictures import Draw, Pictures
from store.alerting import Delivery, NoticeKind

_log = structlog.get_logger(__name__)
_SAFE: Mapping[str, Any] = {"parse": "none", "link_names": False}
"""Slack makes no links and mentions of its own accord (chat.update would, by default)."""
_UNTOUCHED = 1000


class SlackBot:
    """A receiver that is a channel, reached with a bot token."""

    spacing = 1.0
    """Seconds from one delivery to the next; Slack's limit for a channel."""

    def __init__(  # noqa: PLR0913  what a channel needs, each once
        self,
        receiver: str,
        channel: str,
        client: WebClient,
        voice: Voice,
        links: Links,
        *,
        draw: Draw | None = None,
        clickable: bool = True,
    ) -> None:
        self.receiver = receiver
        self._channel = channel
        self._channel_id = channel if is_channel_id(channel) else ""
        self._client, self._voice, self._links = client, voice, links
        self._clickable = clickable
        self._pictures = Pictures(client, draw)
        self._untouched: set[str] = set()

    def close(self) -> None:
        """Nothing is held: slack_sdk opens a connection for each call."""

    def send(self, delivery: Delivery, notice: Notice) -> Sent:
        """Post the message, or edit the one that is there. See `alerts.notice.Notifier`."""
        if notice.kind is NoticeKind.NOTE:
            found = self._look(delivery, notice)
            return Sent(found | {"found": True}) if found else Sent(self._post(notice).receipt)
        ref = dict(delivery.ref) if delivery.ref.get("ts") else self._look(delivery, notice)
        if ref is None:
            return self._post(notice)
        if notice.kind is NoticeKind.FIRING:
            return Sent(ref | {"found": True}, ref | self._show(ref, notice))
        return self._edit(delivery, notice, ref)

    def _post(self, notice: Notice) -> Sent:
        try:
            answer = self._say(notice, None, "chat.postMessage", channel=self._channel_id or self._channel)
        except Busy:
            self._remember_untouched(notice.key)
            raise
        except Unreachable as error:
            if not error.ambiguous:
                self._remember_untouched(notice.key)
            raise
        ref = {"channel": str(answer.get("channel") or self._channel), "ts": str(answer.get("ts") or "")}
        self._channel_id = ref["channel"] if is_channel_id(ref["channel"]) else self._channel_id
        return Sent(dict(ref), ref | self._show(ref, notice))

    def _edit(self, delivery: Delivery, notice: Notice, ref: dict[str, Any]) -> Sent:
        place = {"channel": ref["channel"], "ts": ref["ts"]}
        try:
            self._say(notice, ref.get("chart"), "chat.update", **place)
        except SlackError as error:
            if error.code not in MESSAGE_GONE:
                raise
            again = self._look(delivery, notice, by_key=True) if delivery.attempts > 1 else None
            return (
                Sent(again | {"found": True}, again) if again else self._post(notice)
            )  # what was deleted is said anew
        said = thread_text(notice, self._voice)
        receipt: dict[str, Any] = dict(place)
        if said:
            receipt["reply"] = self._reply(delivery, notice, place, said)
        shown = self._show(ref, notice) if notice.kind is NoticeKind.RESOLVED else {}
        return Sent(receipt, ref | shown)

    def _show(self, ref: Mapping[str, Any], notice: Notice) -> dict[str, Any]:
        """Add a picture to a message that stands; what is to be remembered of it. Never raises: the text is there."""
        uploaded = self._pictures.upload(notice)
        if uploaded is None:
            return {}
        picture, file = uploaded
        post = render(notice, self._voice, self._links, file, clickable=self._clickable)
        place = {"channel": str(ref["channel"]), "ts": str(ref["ts"])}
        try:
            self._call(notice, "chat.update", place, post.text, post.blocks)
        except SlackError:  # not shown in a message: not in this workspace, or not scanned yet
            self._pictures.share(picture, notice, place["channel"], place["ts"])
            return {}
        except DeliveryError as error:
            _log.warning("slack.picture_waits", notice=notice.key, error=str(error))
        return {"chart": file}  # the next edit shows it in any case

    def _reply(self, delivery: Delivery, notice: Notice, place: Mapping[str, str], said: str) -> str:
        """Say it in the thread, unless an earlier attempt did."""
        channel, ts = place["channel"], place["ts"]
        if delivery.attempts > 1:
            try:
                found = find_reply(
                    self._client, channel, ts, delivery.created_at, lambda payload: payload.get("key") == notice.key
                )
            except Refused:
                found = None
            if found:
                return found
        answer = call(
            "chat.postMessage",
            lambda: self._client.chat_postMessage(
                channel=channel,
                thread_ts=ts,
                text=said,
                metadata=self._metadata(notice, "reply"),
                unfurl_links=False,
                unfurl_media=False,
                **_SAFE,
            ),
        )
        return str(answer.get("ts") or "")

    def _say(self, notice: Notice, chart: str | None, method: str, **place: str) -> dict[str, Any]:
        """Post or edit with blocks; without the picture, and then without blocks, where Slack does not take them."""
        post = render(notice, self._voice, self._links, chart, clickable=self._clickable)
        tries: list[tuple[str, tuple[Block, ...]]] = [(post.text, post.blocks)]
        if chart:
            tries.append((post.text, tuple(block for block in post.blocks if block["type"] != "image")))
        for text, blocks in tries:
            try:
                return self._call(notice, method, place, text, blocks)
            except SlackError as error:
                if error.code not in BLOCKS_REFUSED:
                    raise
                _log.warning("slack.blocks_refused", notice=notice.key, code=error.code)
        return self._call(notice, method, place, post.plain, ())

    def _call(
        self, notice: Notice, method: str, place: Mapping[str, Any], text: str, blocks: tuple[Block, ...]
    ) -> dict[str, Any]:
        around = BLOCKS_REFUSED if blocks else frozenset()
        shared: dict[str, Any] = {"text": text, "blocks": list(blocks), "metadata": self._metadata(notice), **_SAFE}
        if method == "chat.update":
            return call(method, lambda: self._client.chat_update(**place, **shared), around | MESSAGE_GONE)
        if not blocks:
            shared.pop("blocks")
        return call(
            method,
            lambda: self._client.chat_postMessage(**place, **shared, unfurl_links=False, unfurl_media=False),
            around,
        )

    def _metadata(self, notice: Notice, part: str = "message") -> dict[str, Any]:
        payload = {"key": notice.key, "notice": notice.notice, "receiver": self.receiver, "part": part}
        return {"event_type": EVENT_TYPE, "event_payload": payload}

    def _look(self, delivery: Delivery, notice: Notice, *, by_key: bool = False) -> dict[str, Any] | None:
        """The message, where an earlier attempt may have posted it; None where there is none, or nobody can tell."""
        by_key = by_key or notice.kind is NoticeKind.NOTE
        if notice.kind in {NoticeKind.FIRING, NoticeKind.NOTE} and (
            delivery.attempts <= 1 or notice.key in self._untouched
        ):
            self._untouched.discard(notice.key)
            return None
        channel = self._channel_id or find_channel(self._client, self._channel)
        if not channel:
            return None
        self._channel_id = channel

        def wanted(payload: Mapping[str, Any]) -> bool:
            same = payload.get("notice") == notice.notice and payload.get("receiver") == self.receiver
            whole = payload.get("part", "message") == "message"
            return same and whole and (not by_key or payload.get("key") == notice.key)

        since = min((alert.fired_at for alert in notice.alerts if alert.fired_at), default=delivery.created_at)
        try:
            ts = find_message(self._client, channel, min(since, delivery.created_at), wanted)
        except Refused as error:
            _log.warning("slack.history_refused", notice=notice.key, error=str(error))
            return None
        return {"channel": channel, "ts": ts} if ts else None

    def _remember_untouched(self, key: str) -> None:
        if len(self._untouched) >= _UNTOUCHED:
            self._untouched.clear()
        self._untouched.add(key)
