"""What goes wrong on purpose: rules that match calls, each with its seeded chance."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Literal, get_args

FaultKind = Literal["throttle", "internal", "deny", "expired", "html", "hang", "partial", "missing", "nan", "late"]
KINDS: tuple[str, ...] = get_args(FaultKind)
_OPTIONS = {"seconds": 1.0, "keys": ("StatusCode",), "mode": "hidden"}


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One fault. An empty account, region, service or action matches any; `left` counts down, None is forever."""

    id: int
    kind: str
    account: str = ""
    region: str = ""
    service: str = ""
    action: str = ""
    rate: float = 1.0
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)

    def matches(self, where: tuple[str, str, str, str]) -> bool:
        """Whether the rule is meant for a call of (account, region, service, action)."""
        wanted = (self.account, self.region, self.service, self.action)
        return all(not want or want == got for want, got in zip(wanted, where, strict=True))

    def option(self, name: str) -> Any:  # noqa: ANN401 - JSON values
        """An option of the kind, or its default."""
        return self.options.get(name, _OPTIONS.get(name))

    def describe(self) -> dict[str, Any]:
        """What the control API shows."""
        shown = {name: getattr(self, name) for name in ("id", "kind", "account", "region", "service", "action")}
        return shown | {"rate": self.rate, "seed": self.seed} | dict(self.options)


class Faults:
    """The rules in force. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rules: dict[int, FaultRule] = {}
        self._chances: dict[int, random.Random] = {}
        self._left: dict[int, int] = {}
        self._next = 1

    def add(self, wish: Mapping[str, Any]) -> FaultRule:
        """Put a rule in force, from the JSON of the control API. Raises ValueError where it makes no sense."""
        kind = wish.get("kind", "")
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
        rate = float(wish.get("rate", 1.0))
        if not 0 <= rate <= 1:
            raise ValueError(f"rate must be between 0 and 1, not {rate}")
        options = {name: wish[name] for name in ("seconds", "keys", "mode") if name in wish}
        where = {name: str(wish.get(name) or "") for name in ("account", "region", "service", "action")}
        with self._lock:
            rule = FaultRule(self._next, kind, **where, rate=rate, seed=int(wish.get("seed", 0)), options=options)
            self._next += 1
            self._rules[rule.id] = rule
            self._chances[rule.id] = random.Random(rule.seed)  # noqa: S311 - a repeatable fault, no secret
            if wish.get("times") is not None:
                self._left[rule.id] = int(wish["times"])
        return rule

    def remove(self, rule: int | None) -> None:
        """Take one rule out of force, or all. Raises LookupError where there is no such rule."""
        with self._lock:
            if rule is None:
                self._rules.clear()
                return
            if rule not in self._rules:
                raise LookupError(f"there is no fault {rule}")
            del self._rules[rule]

    def describe(self) -> list[dict[str, Any]]:
        """What the control API shows."""
        return [rule.describe() | {"left": self._left.get(rule.id)} for rule in list(self._rules.values())]

    def strike(self, where: tuple[str, str, str, str], kinds: tuple[str, ...]) -> list[FaultRule]:
        """The rules of these kinds that hit this call now. Draws the chance of each matching rule once."""
        if not self._rules:
            return []
        with self._lock:
            return [rule for rule in self._rules.values() if rule.kind in kinds and self._hits(rule, where)]

    def chance(self, rule: FaultRule) -> random.Random:
        """A repeatable source of chance for the details of a hit: a new one each time, seeded by the rule's own."""
        with self._lock:
            return random.Random(self._chances[rule.id].random())  # noqa: S311 - a repeatable fault, no secret

    def lateness(self, where: tuple[str, str, str, str]) -> list[FaultRule]:
        """The rules of late points for a call; their chance is drawn per point, the same in every call."""
        return [rule for rule in list(self._rules.values()) if rule.kind == "late" and rule.matches(where)]

    def _hits(self, rule: FaultRule, where: tuple[str, str, str, str]) -> bool:
        if not rule.matches(where) or self._left.get(rule.id, 1) <= 0:
            return False
        if rule.kind not in {"partial", "nan"} and self._chances[rule.id].random() >= rule.rate:
            return False
        if rule.id in self._left:
            self._left[rule.id] -= 1
        return True
