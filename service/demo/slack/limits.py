"""How often an app may call: buckets that refill, by the published tiers and one message a second and channel.

Source: Slack's page on rate limits. Posting: one message a second and channel, and short bursts (their size is not
published: five here). Tiers: 1+, 20+, 50+ and 100+ calls a minute and method.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from threading import Lock
from typing import Any

from service.demo.slack.wire import Refused

_MINUTE = 60.0
# A tier 1 method may be called once a minute for good; a client that reconnects a few times in a row is let pass.
_TIERS = {1: 10, 2: 20, 3: 50, 4: 100}
_TIER_OF = {
    "apps.connections.open": 1, "chat.update": 3, "chat.postEphemeral": 4, "conversations.history": 3,
    "conversations.replies": 3, "conversations.list": 2, "conversations.info": 3, "conversations.join": 3,
    "files.getUploadURLExternal": 4, "files.completeUploadExternal": 4, "files.info": 4, "users.info": 4,
    "views.open": 4, "reactions.add": 3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """What the control API may change.

    `burst` and `rate` (a second) hold for each channel and each webhook; `file_seconds` is how long Slack looks at an
    upload before a block may show it; `answer_seconds` how long a click waits for its answer; `retries` how often an
    unanswered one is delivered again (Slack: never).
    """

    enabled: bool = True
    burst: int = 5
    rate: float = 1.0
    file_seconds: float = 0.0
    answer_seconds: float = 3.0
    retries: int = 0


class Limits:
    """The buckets. `elapsed` are seconds that never run backwards. Safe to use from several threads."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._lock = Lock()
        self._levels: dict[tuple[str, str], tuple[float, float]] = {}
        self.settings = Settings()

    def post(self, place: str) -> None:
        """Take one message to a channel or through a webhook. Raises Refused (429)."""
        self._take(("post", place), self.settings.burst, self.settings.rate)

    def call(self, method: str) -> None:
        """Take one call of a method with a tier. Raises Refused (429)."""
        if method in _TIER_OF:
            size = _TIERS[_TIER_OF[method]]
            self._take(("call", method), size, size / _MINUTE)

    def change(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Change settings; empties no bucket, fills all. Raises ValueError for one that does not exist."""
        kinds = {item.name: type(getattr(self.settings, item.name)) for item in fields(Settings)}
        unknown = set(wish) - set(kinds)
        if unknown:
            raise ValueError(f"there is no setting {', '.join(sorted(unknown))}: there are {', '.join(kinds)}")
        with self._lock:
            self._levels.clear()
            self.settings = replace(self.settings, **{name: kinds[name](value) for name, value in wish.items()})
        return self.describe()

    def reset(self) -> None:
        """As at the start."""
        with self._lock:
            self._levels.clear()
            self.settings = Settings()

    def describe(self) -> dict[str, Any]:
        """What the control API shows."""
        return {item.name: getattr(self.settings, item.name) for item in fields(Settings)}

    def _take(self, key: tuple[str, str], size: float, rate: float) -> None:
        if not self.settings.enabled:
            return
        with self._lock:
            now = self._elapsed()
            level, since = self._levels.get(key, (size, now))
            level = min(size, level + (now - since) * rate)
            self._levels[key] = (level - 1 if level >= 1 else level, now)
        if level < 1:
            wait = max(1, math.ceil((1 - level) / rate))
            raise Refused("ratelimited", status=429, retry_after=wait)
