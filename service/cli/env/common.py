"""What the commands about environments share."""

from __future__ import annotations

import os
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from service.config import Settings, find_file, load
from service.shutdown.config import protected
from service.shutdown.desired import Rules
from store.power import Mode


def rules_of(name: str, config: str | None) -> tuple[Rules, Settings]:
    """What decides on an environment, and the configuration that says so.

    Raises:
        click.BadParameter: there is no such environment; the message lists those there are.
    """
    settings = load(find_file(config, os.environ, Path.cwd()), os.environ).settings
    environment = settings.stack.environments.get(name)
    if environment is None:
        known = list(settings.stack.environments)
        near = get_close_matches(name, known, n=1)
        remedy = (
            f"did you mean {near[0]}?" if near else f"known: {', '.join(known) or 'none; add it under environments'}"
        )
        raise click.BadParameter(f"there is no environment {name!r}; {remedy}", param_hint="ENV")
    schedule = settings.schedules[environment.schedule] if environment.schedule is not None else None
    timetable = schedule.timetable(environment.schedule or "", settings.stack) if schedule is not None else None
    rules = Rules(
        protected=protected(name, settings.stack),
        timetable=timetable,
        mode=schedule.mode if schedule is not None else Mode.EDGE,
    )
    return rules, settings


def spoken(at: datetime, zone: ZoneInfo) -> str:
    """An instant for people: weekday, day and time in a zone, with its name."""
    return at.astimezone(zone).strftime("%a %Y-%m-%d %H:%M %Z")
