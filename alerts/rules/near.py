"""The name that somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean '…'?`; empty where no name is near."""
    near = get_close_matches(word, [str(name) for name in known], n=1)
    return f"did you mean {near[0]!r}?" if near else ""
