"""What goes wrong on purpose: rules that match calls, each so many times or with its seeded chance."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

BEFORE = frozenset({"ratelimited", "status", "error", "reset_before", "slow", "garbage"})
AFTER = frozenset({"reset_after", "timeout_after", "status_after"})
_OPTIONS = ("seconds", "status", "error", "messages", "extra")


@dataclass(slots=True)
class Fault:
    """One rule. An empty `method` or `channel` matches any; `left` counts down, None is for ever.

    `method` is a method of the Web API, or `webhook`, `response_url`, `upload`.
    """

    id: int
    kind: str
    method: str = ""
    channel: str = ""
    rate: float = 1.0
    left: int | None = None
    skip: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    chance: random.Random = field(default_factory=random.Random, repr=False)

    @property
    def seconds(self) -> float:
        """How long it waits, or asks to wait."""
        return float(self.options.get("seconds", 1.0))

    def describe(self) -> dict[str, Any]:
        """What the control API shows."""
        names = ("id", "kind", "method", "channel", "rate", "left", "skip")
        return {name: getattr(self, name) for name in names} | dict(self.options)


class Faults:
    """The rules in force. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rules: dict[int, Fault] = {}
        self._next = 1
        self._over = Event()

    def add(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Put a rule in force, from the JSON of the control API. Raises ValueError where it makes no sense."""
        kind = str(wish.get("kind", ""))
        if kind not in BEFORE | AFTER:
            raise ValueError(f"kind must be one of {', '.join(sorted(BEFORE | AFTER))}, not {kind!r}")
        unknown = set(wish) - {"kind", "method", "channel", "rate", "times", "skip", "seed", *_OPTIONS}
        if unknown:
            raise ValueError(f"there is no option {', '.join(sorted(unknown))}")
        rate = float(wish.get("rate", 1.0))
        if not 0 <= rate <= 1:
            raise ValueError(f"rate must be between 0 and 1, not {rate}")
        options = {name: wish[name] for name in _OPTIONS if name in wish}
        times = None if wish.get("times") is None else int(wish["times"])
        chance = random.Random(int(wish.get("seed", 0)))  # noqa: S311 - a repeatable fault, no secret
        with self._lock:
            where = (str(wish.get("method", "")), str(wish.get("channel", "")))
            rule = Fault(self._next, kind, *where, rate, times, int(wish.get("skip", 0)), options, chance)
            self._rules[rule.id] = rule
            self._next += 1
        return rule.describe()

    def remove(self, rule: int | None) -> None:
        """Take one rule out of force, or all, and let go of whoever waits. Raises LookupError for none such."""
        with self._lock:
            if rule is None:
                self._rules.clear()
            elif self._rules.pop(rule, None) is None:
                raise LookupError(f"there is no fault {rule}")
            self._over.set()
            self._over = Event()

    def describe(self) -> list[dict[str, Any]]:
        """What the control API shows."""
        with self._lock:
            return [rule.describe() for rule in self._rules.values()]

    def strike(self, method: str, channel: str) -> list[Fault]:
        """The rules that hit this call. Draws the chance of each matching rule once."""
        with self._lock:
            return [rule for rule in self._rules.values() if _hits(rule, method, channel)]

    def wait(self, seconds: float) -> None:
        """Wait so long, or until faults are cleared."""
        self._over.wait(seconds)


def _hits(rule: Fault, method: str, channel: str) -> bool:
    if rule.method not in {"", method} or rule.channel not in {"", channel} or rule.left == 0:
        return False
    if rule.chance.random() >= rule.rate:
        return False
    if rule.skip > 0:
        rule.skip -= 1
        return False
    if rule.left is not None:
        rule.left -= 1
    return True
