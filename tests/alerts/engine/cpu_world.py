"""A stack with CPU series, whose minutes a test collects one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.engine.engine import Engine
from alerts.engine.findings import Round
from alerts.rules.config import RulesConfig, Shipped
from alerts.rules.files import parse_rules
from alerts.rules.loading import load_rules
from alerts.rules.ruleset import RuleSet
from store import Store
from store.alerting import Episode, Placement
from store.stack import Stack
from store.vocabulary import Cursor, Series, SeriesKey

START = 1_764_000_000 // 3600 * 3600
STACK = Stack.model_validate({"environments": {"prod": None}, "components": {"web": None}})
CPU = {
    "id": "cpu-high",
    "kind": "metric",
    "metric": {"namespace": "AWS/EC2", "name": "CPUUtilization", "stat": "Average"},
    "condition": {"op": ">", "threshold": 50},
    "severity": "page",
}


def rules(*given: dict[str, Any]) -> RuleSet:
    placed, faults = parse_rules(list(given or (CPU,)))
    assert not faults
    config = RulesConfig(shipped=Shipped(enabled=False)).model_copy(update={"rules": [rule for _, rule in placed]})
    return load_rules(config, STACK)


def minute(count: float) -> datetime:
    """So many minutes after the first bucket began."""
    return datetime.fromtimestamp(START, UTC) + timedelta(minutes=count)


class World:
    """Series of instances, and an engine that looks at them half a minute after each collection."""

    def __init__(self, store: Store, ruleset: RuleSet | None = None, instances: int = 1) -> None:
        self.store, self.ruleset = store, ruleset or rules()
        self.series = [
            Series(
                SeriesKey("1", "r", "AWS/EC2", "CPUUtilization", (("InstanceId", f"i-{number}"),), "Average"),
                60,
                environment="prod",
                component="web",
            )
            for number in range(instances)
        ]
        store.series.upsert(self.series)
        self.placed: list[str] = []
        self.engine = self.restarted()

    def restarted(self, ruleset: RuleSet | None = None) -> Engine:
        """A new engine over the same store."""
        self.ruleset = ruleset or self.ruleset
        self.engine = Engine(self.store, self.ruleset, STACK, self._place)
        return self.engine

    def collect(self, first: int, values: Sequence[float | None]) -> None:
        """Collect the same minutes for every series, from minute `first` on; None has no point."""
        at = [(START + 60 * (first + turn), value) for turn, value in enumerate(values)]
        points = [(time, value) for time, value in at if value is not None]
        to = START + 60 * (first + len(values))
        self.store.commit_collection(
            samples={one.id: points for one in self.series},
            cursors=[Cursor(one.id, START, to, START, to + 60, last_success=to) for one in self.series],
            gaps={},
            claim=None,
        )

    def look(self, after: float) -> Round:
        """A round so many minutes after the start."""
        return self.engine.round(minute(after))

    def go(self, first: int, values: Sequence[float | None]) -> list[Round]:
        """Collect and look, minute by minute."""
        rounds = []
        for turn, value in enumerate(values, start=first):
            self.collect(turn, [value])
            rounds.append(self.look(turn + 1.5))
        return rounds

    def states(self) -> str:
        """The first letters of the states that are kept."""
        return "".join(alert.state.value[0] for alert in self.store.alerts.current())

    def _place(self, episode: Episode, now: datetime) -> Sequence[Placement]:
        self.placed.append(episode.id)
        return [Placement("ops", "route", {"environment": episode.alert.environment or ""}, episode.id, now)]
