"""What people call a job: its kind in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from store.messages import Message, Sentence

KINDS: Mapping[str, Message] = {
    "metrics": Message("Metrics"),
    "backfill": Message("History"),
    "inventory": Message("Inventory"),
    "health": Message("Health"),
    "probes": Message("Probes"),
    "costs": Message("Costs"),
    "money": Message("What costs mean"),
    "maintenance": Message("Upkeep of the store"),
}


def job_title(name: str) -> Sentence:
    """The kind of a job in words; the name itself where the kind is not known."""
    return KINDS.get(name.partition(":")[0], name)


def job_titles(names: Iterable[str]) -> list[Sentence]:
    """Each kind once, in the order in which the names come."""
    return list(dict.fromkeys(job_title(name) for name in names))
