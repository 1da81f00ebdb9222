"""What is between two states, and what a start failed of. One for the whole embedded AWS, shared by its threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from service.demo.power.troubles import Troubles
from service.demo.source import AwsRequest

GOING = ("stopping", "deleting")
Key = tuple[str, str, str]
"""Account, region, and AWS's name of a thing."""


def key_of(request: AwsRequest, name: str) -> Key:
    """What a thing is known by here."""
    return request.account, request.region, name


@dataclass(frozen=True, slots=True)
class Phase:
    """On its way since an instant, in epoch seconds, and AWS's word for that."""

    word: str
    since: float


@dataclass(slots=True)
class Phases:
    """All that is on its way.

    `sizes` are the types and classes of what was described, `sorts` the lists that it was in, `failed` why a start came
    to nothing.
    """

    troubles: Troubles = field(default_factory=Troubles)
    under_way: dict[Key, Phase] = field(default_factory=dict)
    failed: dict[Key, str] = field(default_factory=dict)
    sizes: dict[Key, str] = field(default_factory=dict)
    sorts: dict[Key, str] = field(default_factory=dict)
    stopped: dict[Key, float] = field(default_factory=dict)
    used: bool = False
    """Whether anybody asked for troubles since the last reset; else nothing here has any effect."""
    lock: Lock = field(default_factory=Lock)

    def change(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Change the troubles; all of them afterwards. Raises ValueError."""
        with self.lock:
            self.troubles = self.troubles.changed(wish)
            self.used = True
        return self.troubles.describe()

    def reset(self) -> None:
        """All is there at once again."""
        with self.lock:
            self.troubles = Troubles()
            self.used = False
            for known in (self.under_way, self.failed, self.sizes, self.sorts, self.stopped):
                known.clear()

    def begin(self, key: Key, word: str, now: float) -> None:
        """Something starts or stops."""
        self.failed.pop(key, None)
        self.stopped.pop(key, None)
        if word == "stopping":
            self.stopped[key] = now
        self.under_way[key] = Phase(word, now)

    def word(self, key: Key, now: float) -> str:
        """AWS's word for what is on its way, nothing where it has arrived."""
        phase = self.under_way.get(key)
        if phase is None:
            return ""
        seconds = self.troubles.stop if phase.word in GOING else self.troubles.start
        return phase.word if now < phase.since + seconds else ""

    def lacks(self, key: Key) -> bool:
        """Whether there is no capacity for it."""
        return key[2] in self.troubles.lacking or self.sizes.get(key, "") in self.troubles.lacking

    def breaks(self, key: Key) -> bool:
        """Whether its start will come to nothing."""
        return key[2] in self.troubles.broken
