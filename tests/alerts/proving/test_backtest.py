from __future__ import annotations

import pytest

from alerts.proving.backtest import backtest
from store import Store
from tests.alerts.engine.cpu_world import CPU, World, minute, rules


def test_the_past_replayed_has_the_firings_that_the_engine_had(store: Store) -> None:
    ruleset = rules(CPU | {"for": "1m"}, CPU | {"id": "twin", "condition": {"op": ">", "threshold": 60}})
    world = World(store, ruleset, instances=2)
    world.go(0, [10, 80, 80, 80, 10, 10])
    told: list[float] = []
    found = backtest(store, ruleset, ruleset.rules[0], minute(0), minute(6), progress=told.append)

    lived = {one.id: one.resolved_at for one in store.alerts.episodes(rule_id="cpu-high")}
    assert {one.id: one.resolved_at for one in found.episodes} == lived
    assert (found.fires, found.minutes_firing, found.coverage) == (2, 2, 1)
    assert (found.messages, found.edits) == (2, 2)
    assert [(one.rule_id, one.firings) for one in found.doubles] == [("twin", 2)]
    assert told[-1] == 1


def test_it_writes_nothing_and_says_what_limits_it(store: Store) -> None:
    ruleset = rules(CPU | {"enabled": False})
    found = backtest(store, ruleset, ruleset.disabled[0], minute(0), minute(60))

    assert (found.fires, found.instances, store.alerts.current()) == (0, 0, [])
    assert any("stored past" in str(note) for note in found.notes)


def test_an_end_before_its_start_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="after its start"):
        backtest(store, rules(), rules().rules[0], minute(1), minute(1))
