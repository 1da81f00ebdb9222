"""What the status page reads from the store, in a handful of batch reads that are shared for a few seconds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

from dashboards.charts.headline import Headline, Place, headlines
from dashboards.charts.spark import Frame, Pair
from dashboards.site import Site
from store.vocabulary import Event, HealthState, Job, Resource

STEP = 300
WINDOW = 3 * 3600
"""Seconds of the sparklines."""
DAILY = 3 * 86400
"""How far back a daily metric (bucket sizes) is looked for."""
EVENTS_BACK = timedelta(hours=24)
FRESH_FOR = timedelta(seconds=3)
"""For how long the facts of one reading serve every reader: pages poll each ten seconds, checks run each minute."""
LINES_FOR = timedelta(seconds=30)
"""For how long drawn sparklines serve: metrics arrive each five minutes, promoted ones each minute."""
CATALOGUE_FOR = timedelta(seconds=15)
"""For how long resources and the choice of headlines serve: in the first minutes new ones arrive all the time."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Facts:
    """How things are, as of one instant."""

    now: datetime
    states: Sequence[HealthState]
    jobs: Sequence[Job]
    resources: Sequence[Resource]
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Lines:
    """The last hours of every headline: points by series, the latest of daily ones, and how far each is collected."""

    frame: Frame
    points: Mapping[str, Sequence[Pair]]
    latest: Mapping[str, tuple[int, float]]
    collected_to: Mapping[str, int]


class Kept(Generic[T]):
    """Values that are worked out once and serve for a short while; one thread works while others wait for it."""

    def __init__(self, lifetime: timedelta) -> None:
        self._lifetime = lifetime
        self._values: dict[Hashable, tuple[datetime, T]] = {}
        self._lock = Lock()

    def get(self, key: Hashable, now: datetime, make: Callable[[], T]) -> T:
        """The value for `key`, made anew when it is older than the lifetime (or comes from a clock since set back)."""
        with self._lock:
            known = self._values.get(key)
            if known and timedelta(0) <= now - known[0] < self._lifetime:
                return known[1]
            value = make()
            if len(self._values) > 64:  # noqa: PLR2004  a bound on what strangers can make us keep
                self._values.clear()
            self._values[key] = (now, value)
            return value

    def clear(self) -> None:
        """Forget everything: what is asked for next is worked out anew."""
        with self._lock:
            self._values.clear()


Headlines = Mapping[Place, Sequence[Headline]]


def choose_headlines(site: Site) -> Headlines:
    """Which series stand for each component, by the catalogue."""
    return headlines(site.store.series.find(), site.facts_of, tuple(site.metrics))


def read_resources(site: Site) -> Sequence[Resource]:
    """Every resource, those that are gone too: a component whose resources all vanished is missed."""
    return site.store.resources.find(include_closed=True)


def gather(site: Site, now: datetime, resources: Sequence[Resource]) -> Facts:
    """Read how things are: three queries, however many tiles there are."""
    store = site.store
    return Facts(
        now=now,
        states=store.health.states(),
        jobs=store.jobs.all(),
        resources=resources,
        events=store.events.between(now - EVENTS_BACK, now),
    )


def read_lines(site: Site, now: datetime, chosen: Headlines) -> Lines:
    """Read the sparklines: three reads, however many there are."""
    store = site.store
    end = int(now.timestamp()) // STEP * STEP
    frame = Frame(end - WINDOW, end, STEP)
    figures = [figure for each in chosen.values() for figure in each]
    ids = [series.id for figure in figures if figure.period <= WINDOW // 4 for series in figure.series]
    slow = [series.id for figure in figures if figure.period > WINDOW // 4 for series in figure.series]
    points = store.samples.read(ids, frame.start, frame.end, step=STEP) if ids else {}
    cursors = store.cursors.get(ids) if ids else {}
    return Lines(
        frame=frame,
        points={name: found.pairs() for name, found in points.items()},
        latest=store.samples.latest(slow, now=now, within=DAILY) if slow else {},
        collected_to={name: cursor.collected_to for name, cursor in cursors.items()},
    )
