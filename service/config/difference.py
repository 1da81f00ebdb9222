"""What differs between two configurations, setting by setting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that differs; None on the side where it is not there."""

    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {self.path}: {self.after}"
        if self.after is None:
            return f"- {self.path}: {self.before}"
        return f"~ {self.path}: {self.before} -> {self.after}"


def differences(before: Any, after: Any, path: str = "") -> list[Change]:  # noqa: ANN401  plain YAML values
    """The settings in which two plain configurations differ, in order. Lists are compared place by place."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        return [
            change
            for key in keys
            for change in differences(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
        ]
    if isinstance(before, list) and isinstance(after, list):
        places = range(max(len(before), len(after)))
        return [
            change
            for place in places
            for change in differences(
                before[place] if place < len(before) else None,
                after[place] if place < len(after) else None,
                f"{path}.{place}",
            )
        ]
    return [] if before == after else [Change(path, before, after)]
