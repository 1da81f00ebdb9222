"""What a workspace is made of: people, channels, messages and files, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TEAM = "T0DEMO0001"
TEAM_NAME = "CloudMart"
TEAM_DOMAIN = "cloudmart-demo"
APP = "A0DEMO0001"
BOT_USER = "U0LAMPBOT1"
BOT = "B0LAMPBOT1"
HOOK_BOT = "B0LAMPHOOK"
BOT_NAME = "lamplighter"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the workspace. `zone` is an IANA name."""

    id: str
    name: str
    real_name: str
    is_bot: bool = False
    zone: str = "Asia/Seoul"


@dataclass(frozen=True, slots=True)
class Channel:
    """A public channel. `joined` says whether the bot is in it."""

    id: str
    name: str
    topic: str = ""
    archived: bool = False
    joined: bool = True


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file. Before `ready_at` (epoch seconds) Slack is looking at it, and no block may show it."""

    id: str
    name: str
    title: str
    alt: str = ""
    length: int = 0
    body: bytes = b""
    kind: str = ""
    complete: bool = False
    ready_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Version:
    """What a message said until it was edited (or since, for its newest)."""

    text: str
    blocks: tuple[Mapping[str, Any], ...]
    at: float


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    `versions` are all its contents, oldest first, the present one last; `seen_by` is set on ephemeral ones. `via` is
    how it came: bot, webhook, response (a response_url), person or file.
    """

    channel: str
    ts: str
    user: str
    text: str
    at: float
    blocks: tuple[Mapping[str, Any], ...] = ()
    attachments: tuple[Mapping[str, Any], ...] = ()
    metadata: Mapping[str, Any] | None = None
    thread: str = ""
    broadcast: bool = False
    bot: str = ""
    name: str = ""
    edited: str = ""
    seen_by: str = ""
    via: str = "bot"
    files: tuple[str, ...] = ()
    reactions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    versions: tuple[Version, ...] = ()
    deleted: bool = False


PEOPLE = (
    Person("U0ONCALL01", "oncall", "On-call engineer"),
    Person("U0DEVEL001", "dev", "Developer"),
    Person("U0FINANCE1", "finance", "Finance"),
    Person(BOT_USER, BOT_NAME, "Lamplighter", is_bot=True),
)
CHANNELS = (
    Channel("C0DEMO0OPS", "ops", "What is on fire, and who has it"),
    Channel("C0DEMOPROD", "prod-alerts", "Alerts of production"),
    Channel("C0DEMOBUDG", "budget", "What it costs and what it will"),
    Channel("C0DEMODEVL", "dev-lights", "When dev sleeps and wakes"),
)
