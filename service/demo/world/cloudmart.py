"""Puts the world together: seeding, living metrics, incidents, corrections, sites and ports."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from service.demo.money.charges import Charges
from service.demo.money.desk import Desk
from service.demo.money.handlers import money_handlers
from service.demo.source import MetricSource, World, WorldOptions
from service.demo.world.changes import change_handlers
from service.demo.world.clients import Clients
from service.demo.world.corrections import Corrections
from service.demo.world.describing import describe
from service.demo.world.history import History
from service.demo.world.incidents.book import IncidentBook
from service.demo.world.listeners import Doors
from service.demo.world.living import LivingSource
from service.demo.world.observer import Observer
from service.demo.world.plan import PLANS, REPLAY
from service.demo.world.replay.seeding import seed_replay
from service.demo.world.replay.series import ReplayFile, read_folder
from service.demo.world.replay.source import ReplaySource
from service.demo.world.seeding import seed_cloudmart
from service.demo.world.sites import current, facts_site, site

SITE = "/site"
FACTS = "/site/about"
"""Where the world says its ports and whether it replays, as JSON."""
DATABASE, CACHE = "postgres", "redis"


@contextmanager
def _garbage_left_alone() -> Iterator[None]:
    """Keep Python's collector from walking moto's tables: they are millions of objects that stay for good."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class CloudMart:
    """A CloudMart world. Close it where the process lives on."""

    def __init__(self, options: WorldOptions) -> None:
        self._clock = options.clock
        self._files: tuple[ReplayFile, ...] = read_folder(options.replay) if options.replay else ()
        self.observer = Observer()
        self.incidents = IncidentBook(self.observer)
        self.living = LivingSource(self._history, self.observer.seen, self.incidents.all)
        self.replay = ReplaySource()
        self.doors = Doors(self._open)
        self.desk = Desk(self._history, self.incidents.all)

    def world(self) -> World:
        """What the server needs of it."""
        sources: tuple[MetricSource, ...] = (self.living, Charges(self.desk))
        sources += (self.replay,) if self._files else ()
        return World(
            name="cloudmart",
            sources=sources,
            handlers={
                **money_handlers(self.desk),
                **change_handlers(self.observer),
                **Corrections(self.observer, self.incidents).handlers(),
            },
            sites={
                FACTS: facts_site(self.facts),
                **{f"{SITE}/{plan.name}": site(plan.name, self.living.scene, self._clock) for plan in PLANS},
            },
            seed=self.seed,
            incidents=self.incidents,
            money=self.desk,
        )

    def seed(self, endpoint_url: str) -> None:
        """Make everything, then take it as how it always was, and open the ports."""
        clients = Clients(endpoint_url)
        with _garbage_left_alone():
            seed_cloudmart(clients)
            if self._files:
                self.replay.begin(seed_replay(clients, self._files), self._clock())
        self.observer.begin(lambda: describe(clients), self._clock())
        self.incidents.open(clients)
        self.desk.begin(self._clock())
        self.doors.open(tuple(plan.name for plan in PLANS), (DATABASE, CACHE))

    def facts(self) -> dict[str, Any]:
        """What the demo's configuration needs to know."""
        return {
            "environments": [plan.name for plan in PLANS] + ([REPLAY] if self._files else []),
            "ports": self.doors.ports(),
            "replay": [file.path.name for file in self._files],
        }

    def close(self) -> None:
        """Give the ports back."""
        self.doors.close()

    def _history(self, now: float) -> History:
        self.incidents.settle(now)
        return self.observer.history(now)

    def _open(self, environment: str, component: str) -> bool:
        now = self._clock()
        load = current(self.living.scene(now), environment, now)
        return bool((load.database if component == DATABASE else load.cache)[0] > 0)
