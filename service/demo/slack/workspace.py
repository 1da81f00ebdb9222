"""Everything that was said in the workspace, under one lock, with a revision that grows with each change."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any

from service.demo.slack.model import APP, CHANNELS, HOOK_BOT, PEOPLE, TEAM, Channel, File, Message, Person, Version
from service.demo.slack.wire import Refused


@dataclass(frozen=True, slots=True)
class Secrets:
    """What an app needs to speak to this workspace. New ones for each server, so that none is worth keeping."""

    bot_token: str = field(default_factory=lambda: f"xoxb-{TEAM[1:]}-{secrets.token_hex(12)}")
    app_token: str = field(default_factory=lambda: f"xapp-1-{APP}-{secrets.token_hex(16)}")
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    hook_secret: str = field(default_factory=lambda: secrets.token_hex(12))


class Workspace:
    """Channels, messages and files. `now` is epoch seconds. Safe to use from several threads."""

    def __init__(self, keys: Secrets, now: Callable[[], float]) -> None:
        self.lock = RLock()
        self.secrets = keys
        self.now = now
        self.revision = 0
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[tuple[str, str], Message] = {}
        self.files: dict[str, File] = {}
        self.revoked: set[str] = set()
        self.hooks: dict[str, str] = {}
        self._last_micros = 0
        self.reset()

    def reset(self) -> None:
        """As at the start; the revision grows on, so that a page notices."""
        with self.lock:
            self.people = {person.id: person for person in PEOPLE}
            self.channels = {channel.id: channel for channel in CHANNELS}
            self.messages.clear()
            self.files.clear()
            self.revoked.clear()
            self.hooks = {f"{TEAM}/{HOOK_BOT}/{self.secrets.hook_secret}": CHANNELS[0].id}
            self.touch()

    def touch(self) -> None:
        """Something changed that a page draws."""
        with self.lock:
            self.revision += 1

    def stamp(self) -> str:
        """The next message id: seconds and six digits, unique and growing even when the clock stands still."""
        with self.lock:
            self._last_micros = max(self._last_micros + 1, int(self.now() * 1_000_000))
            return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    def channel(self, reference: str, *, by_name: bool = False) -> Channel:
        """The channel with an id, or with a name such as `#ops` where names are allowed. Raises Refused."""
        found = self.channels.get(reference)
        if found is None and by_name:
            name = reference.removeprefix("#")
            found = next((channel for channel in self.channels.values() if channel.name == name), None)
        if found is None:
            raise Refused("channel_not_found")
        return found

    def add_channel(self, channel: Channel) -> Channel:
        """Make a channel, or replace the one with its id."""
        with self.lock:
            self.channels[channel.id] = channel
            self.touch()
        return channel

    def say(self, message: Message) -> Message:
        """Keep a new message; its `ts` and `at` are set here."""
        with self.lock:
            at = self.now()
            first = Version(message.text, message.blocks, at)
            kept = replace(message, ts=self.stamp(), at=at, versions=(first,))
            self.messages[kept.channel, kept.ts] = kept
            self.touch()
        return kept

    def message(self, channel: str, ts: str) -> Message:
        """A message that is there for everybody. Raises Refused(message_not_found)."""
        found = self.messages.get((channel, ts))
        if found is None or found.deleted or found.seen_by:
            raise Refused("message_not_found")
        return found

    def change(self, message: Message, **changes: Any) -> Message:  # noqa: ANN401 - fields of Message
        """Keep a changed message; a new text or new blocks become a version and mark it as edited."""
        with self.lock:
            changed = replace(self.messages[message.channel, message.ts], **changes)
            if (changed.text, changed.blocks) != (message.text, message.blocks):
                version = Version(changed.text, changed.blocks, self.now())
                changed = replace(changed, edited=self.stamp(), versions=(*changed.versions, version))
            self.messages[message.channel, message.ts] = changed
            self.touch()
        return changed

    def in_channel(self, channel: str) -> list[Message]:
        """All messages of a channel for everybody, oldest first, replies among them."""
        with self.lock:
            found = [one for one in self.messages.values() if one.channel == channel]
        return [one for one in found if not one.deleted and not one.seen_by]

    def thread(self, channel: str, ts: str) -> list[Message]:
        """A message and its replies, oldest first; only itself where it has none."""
        return [one for one in self.in_channel(channel) if ts in (one.ts, one.thread)]

    def keep_file(self, file: File) -> File:
        """Keep a new or changed file."""
        with self.lock:
            self.files[file.id] = file
            self.touch()
        return file

    def shown_file(self, reference: Mapping[str, Any]) -> File | None:
        """The file that a block's `slack_file` means, once it is complete and looked at."""
        wanted = str(reference.get("id") or "") or str(reference.get("url") or "").rstrip("/").split("/")[-2:-1]
        key = wanted if isinstance(wanted, str) else "".join(wanted)
        found = self.files.get(key)
        return found if found is not None and found.complete and found.ready_at <= self.now() else None


def describe(message: Message, replies: list[Message] | None = None) -> dict[str, Any]:
    """A message as the Web API gives it; `replies` of a thread's parent add its counts."""
    kind = {"type": "message", "user": message.user, "text": message.text, "ts": message.ts, "team": TEAM}
    answer: dict[str, Any] = kind | ({"bot_id": message.bot, "app_id": APP} if message.bot else {})
    if message.via == "webhook":
        answer |= {"subtype": "bot_message"}
    if message.name:
        answer["username"] = message.name
    if message.blocks:
        answer["blocks"] = [dict(block) for block in message.blocks]
    if message.attachments:
        answer["attachments"] = [dict(item) for item in message.attachments]
    if message.files:
        answer["files"] = [{"id": file} for file in message.files]
    if message.edited:
        answer["edited"] = {"user": message.user, "ts": message.edited}
    if message.reactions:
        answer["reactions"] = [
            {"name": name, "users": list(users), "count": len(users)} for name, users in message.reactions
        ]
    if message.thread:
        answer |= {"thread_ts": message.thread, "parent_user_id": message.user}
    if replies:
        users = sorted({reply.user for reply in replies})
        answer |= {"thread_ts": message.ts, "reply_count": len(replies), "reply_users": users}
        answer |= {"reply_users_count": len(users), "latest_reply": replies[-1].ts}
    return answer
