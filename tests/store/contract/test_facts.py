from __future__ import annotations

from store import Store


def test_a_fact_is_what_was_set_last(store: Store) -> None:
    assert store.facts.get("seen") is None
    store.facts.set("seen", {"a": [1, 2.5, None, "달"]})
    store.facts.set("seen", [1])
    assert store.facts.get("seen") == [1]
