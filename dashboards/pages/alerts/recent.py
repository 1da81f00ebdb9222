"""What was read and rendered a moment ago, for all readers of one application."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, current_app, g

from dashboards.pages.alerts.facts import Now, Promise, read_now, read_promise
from dashboards.pages.gather import Kept
from dashboards.site import Site
from store.alerting.overview import EVERYTHING, Overview, Wanted

EXTENSION = "lamplighter.alerts"
FRESH_FOR = timedelta(seconds=3)
"""For how long one reading serves every reader; what somebody asks for here ends it at once."""


@dataclass(frozen=True, slots=True)
class Recent:
    """How many fire, what fires by what is wanted of it, what is owed, and rendered pieces."""

    total: Kept[int]
    now: Kept[Now]
    promise: Kept[Promise]
    pieces: Kept[str]

    def forget(self) -> None:
        """Read anew: somebody has just asked for something."""
        self.now.clear()
        self.pieces.clear()


def prepare(state: object) -> None:
    """Give an application its memory of what was read a moment ago."""
    app: Flask = state.app  # type: ignore[attr-defined]  # Flask's BlueprintSetupState
    app.extensions[EXTENSION] = Recent(Kept(FRESH_FOR), Kept(FRESH_FOR), Kept(FRESH_FOR), Kept(FRESH_FOR))


def recent() -> Recent:
    """What this application read a moment ago."""
    found: Recent = current_app.extensions[EXTENSION]
    return found


def now_of(site: Site, wanted: Wanted = EVERYTHING) -> Now:
    """What fires, as of a moment ago."""
    return recent().now.get((id(site), wanted), g.now, lambda: read_now(site, g.now, wanted))


def total_of(site: Site) -> int:
    """How many alerts fire, as of a moment ago."""
    counted = Overview(site.store.database).counts
    return recent().total.get(id(site), g.now, lambda: sum(each.number for each in counted()))


def promise_of(site: Site) -> Promise:
    """What receivers were told and are owed, as of a moment ago."""
    return recent().promise.get(id(site), g.now, lambda: read_promise(site, g.now))
