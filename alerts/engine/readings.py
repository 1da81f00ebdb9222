"""What rules may ask, answered from the store: each source is read at most once a round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from alerts.engine.windows import Windows
from alerts.rules.base import Need
from store import Store
from store.alerting import Alert, BudgetReading, QueryRows
from store.money import CostAnomaly
from store.power import EnvironmentPower
from store.stack import Stack
from store.vocabulary import Cursor, Event, HealthState, Job, Resource, Series

T = TypeVar("T")

EVENTS_KEPT = 5000
"""Events that are looked through at most for one question; the newest."""
ANOMALIES = 1000
"""Open anomalies of cost that are judged at most; the newest."""
UNTRACKED = 3600
"""Seconds within which the newest point of a series without a cursor (a probe's) is looked for."""

STALE = 900
"""Seconds after which a series that is due and not collected is said to be stale."""

Live = Callable[[str], Sequence[Alert]]
"""The instances of a rule as of its newest evaluation."""


@dataclass(slots=True)
class Source:
    """One thing that is read: its value in this round, and a number that grows whenever it is another than before."""

    value: Any = None
    version: int = 0
    read_at: datetime | None = None


@dataclass(slots=True)
class StoreReadings:
    """`alerts.rules.base.Readings` over a store. One instance lives as long as the engine; `begin` starts a round.

    `asked` collects the names of the sources that were asked since it was last emptied: whoever keeps a conclusion
    knows by `versions` whether it still holds.
    """

    store: Store
    stack: Stack
    live: Live
    now: datetime
    asked: set[str] = field(default_factory=set)
    windows: Windows = field(init=False)
    _sources: dict[str, Source] = field(default_factory=lambda: defaultdict(Source))
    _by_metric: dict[tuple[str, str, str], list[Series]] = field(default_factory=dict)
    _indexed: int = -1
    _cursors: Mapping[str, Cursor] = field(default_factory=dict)
    _untracked: dict[str, int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.windows = Windows(self.store.samples.read)

    def begin(self, now: datetime) -> None:
        """Start a round: everything is read anew when it is asked for."""
        self.now = now
        self._cursors = self.store.cursors.get()
        self._untracked = {}

    def versions(self, names: Iterable[str]) -> tuple[int, ...]:
        """What the sources of these names are at; two equal answers mean that nothing changed in between."""
        return tuple(self._refresh(name).version for name in sorted(names))

    def preload(self, needs: Iterable[Need]) -> None:
        """Read all points that this round will ask for."""
        self.windows.load(needs)

    def series(  # noqa: PLR0913, PLR0917  the protocol's
        self,
        namespace: str,
        metric: str,
        stat: str,
        dimensions: Mapping[str, str],
        environments: Sequence[str],
        components: Sequence[str],
    ) -> Sequence[Series]:
        """The open series of a metric and statistic."""
        everything: list[Series] = self._ask("series")
        version = self._sources["series"].version
        if self._indexed != version:
            self._by_metric = defaultdict(list)
            for one in everything:
                self._by_metric[one.key.namespace, one.key.metric, one.key.stat].append(one)
            self._indexed = version
        return [
            one
            for one in _with_dimensions(self._by_metric.get((namespace, metric, stat), []), dimensions)
            if (not environments or one.environment in environments) and (not components or one.component in components)
        ]

    def points(self, series_id: str, start: int, end: int) -> Sequence[tuple[int, float]]:
        """The points of a series in [start, end)."""
        return self.windows.points(series_id, start, end)

    def collected_to(self, series_id: str) -> int | None:
        """How far a series is collected; one that Lamplighter itself writes (a probe's) up to its newest point."""
        cursor = self._cursors.get(series_id)
        if cursor is not None:
            return cursor.collected_to
        if series_id not in self._untracked:
            self._look_for_newest()
        return self._untracked.get(series_id)

    def health(self) -> Sequence[HealthState]:
        """The latest state of each health check."""
        found: Sequence[HealthState] = self._ask("health")
        return found

    def jobs(self) -> Sequence[Job]:
        """The recurring work and how it went."""
        found: Sequence[Job] = self._ask("jobs")
        return found

    def resources(self) -> Sequence[Resource]:
        """What there is in AWS now."""
        found: Sequence[Resource] = self._ask("resources")
        return found

    def events(self, kinds: Sequence[str], since: datetime) -> Sequence[Event]:
        """Events of these kinds since a moment, newest first."""
        self.asked.add("now")
        day = self.now - timedelta(days=1)
        found = self._events(since) if since < day else self._ask("events")
        return [one for one in found if one.at >= since and is_of_kind(one.kind, kinds)]

    def budgets(self) -> Sequence[BudgetReading]:
        """The newest reading of each budget, and the last of the period before."""
        found: Sequence[BudgetReading] = self._ask("budgets")
        return found

    def anomalies(self) -> Sequence[CostAnomaly]:
        """The open anomalies of cost, newest first."""
        found: Sequence[CostAnomaly] = self._ask("anomalies")
        return found

    def power(self) -> Sequence[EnvironmentPower]:
        """What is known of each environment that may sleep."""
        found: Sequence[EnvironmentPower] = self._ask("power")
        return found

    def rows(self, query: str) -> Sequence[QueryRows]:
        """The newest answers of a saved query, newest first."""
        self.asked.add("now")
        return self.store.rows.newest(query)

    def alerts(self, rule_id: str) -> Sequence[Alert]:
        """The instances of another rule as of its newest evaluation."""
        self.asked.add("now")
        return self.live(rule_id)

    def is_stale(self, series_id: str) -> bool:
        """Whether a series should have been collected and was not: its alerts cannot be judged."""
        cursor, now = self._cursors.get(series_id), int(self.now.timestamp())
        if cursor is None or now - cursor.collected_to <= STALE:
            return False
        return cursor.failures > 0 or now - cursor.next_due > STALE

    def _ask(self, name: str) -> Any:  # noqa: ANN401  each source has its own type, named by its caller
        self.asked.add(name)
        return self._refresh(name).value

    def _refresh(self, name: str) -> Source:
        """The source, read anew if this round has not read it."""
        source = self._sources[name]
        if source.read_at == self.now:
            return source
        value = self._read(name)
        if source.read_at is None or value != source.value:
            source.value = value
            source.version += 1
        source.read_at = self.now
        return source

    def _read(self, name: str) -> object:
        store = self.store
        readers: dict[str, Callable[[], object]] = {
            "series": store.series.find,
            "health": store.health.states,
            "jobs": store.jobs.all,
            "resources": store.resources.find,
            "budgets": store.budgets.newest,
            "anomalies": lambda: store.anomalies.find(open_only=True, limit=ANOMALIES),
            "power": store.power.states,
            "events": lambda: self._events(self.now - timedelta(days=1)),
        }
        return readers[name]() if name in readers else self.now

    def _events(self, since: datetime) -> Sequence[Event]:
        return self.store.events.between(since, self.now + timedelta(seconds=1), limit=EVENTS_KEPT)

    def _look_for_newest(self) -> None:
        known = self._refresh("series").value
        without = {one.id: one.period for one in known if one.id not in self._cursors}
        newest = self.store.samples.latest(without, now=self.now, within=UNTRACKED)
        self._untracked = {
            name: newest[name][0] + period if name in newest else None for name, period in without.items()
        }


def has_dimensions(series: Series, wanted: Mapping[str, str]) -> bool:
    """Whether a series has all dimensions asked for; their values may use * and ?."""
    return all(
        any(name == known and fnmatchcase(value, pattern) for known, value in series.key.dimensions)
        for name, pattern in wanted.items()
    )


def _with_dimensions(some: Sequence[Series], wanted: Mapping[str, str]) -> Sequence[Series]:
    """The series with these dimensions. What is given to the letter is compared first: that is quick."""
    exact = [pair for pair in wanted.items() if not any(mark in pair[1] for mark in "*?[")]
    patterns = dict(wanted.items() - exact)
    for pair in exact:
        some = [one for one in some if pair in one.key.dimensions]
    return [one for one in some if has_dimensions(one, patterns)] if patterns else some


def is_of_kind(kind: str, kinds: Sequence[str]) -> bool:
    """Whether an event's kind is one of these; `deploy.*` means all that begin with `deploy.`."""
    return any(kind.startswith(one[:-1]) if one.endswith(".*") else kind == one for one in kinds)
