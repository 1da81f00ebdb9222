"""How slowly things start and stop, and which of them cannot: what the control API changes at `/_demo/power`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

WEEK = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Troubles:
    """`start` and `stop`: seconds that each takes. By default all is there at once, and nothing goes wrong.

    `lacking`: types, classes or ids for which there is no capacity: a start is refused, a group gets no instance.
    `broken`: ids whose start is accepted and never comes to be, as when EC2 may not use the key of a volume.
    `restart`: whether RDS starts what has been stopped for `restart_after` seconds.
    """

    start: float = 0.0
    stop: float = 0.0
    lacking: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    restart: bool = False
    restart_after: float = WEEK

    def changed(self, wish: Mapping[str, Any]) -> Troubles:
        """With what is wished for. Raises ValueError where there is no such trouble."""
        if unknown := set(wish) - set(asdict(self)):
            raise ValueError(f"power has no {', '.join(sorted(unknown))}: there are {', '.join(asdict(self))}")
        changes: dict[str, Any] = {
            name: float(wish[name]) for name in ("start", "stop", "restart_after") if name in wish
        }
        changes |= {name: tuple(str(one) for one in wish[name]) for name in ("lacking", "broken") if name in wish}
        if "restart" in wish:
            changes["restart"] = wish["restart"] is True
        return replace(self, **changes)

    def describe(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)
