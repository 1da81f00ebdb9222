"""What the commands about environments share."""

from __future__ import annotations

import os
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from service.config import Settings, find_file, load
from service.shutdown.desired import Rules
from service.shutdown.rules import rules_of as configured_rules
from store.stack import Environment


def rules_of(name: str, config: str | None) -> tuple[Rules, Settings]:
    """What decides on an environment, and the configuration that says so.

    Raises:
        click.BadParameter: there is no such environment; the message lists those there are.
    """
    settings = load(find_file(config, os.environ, Path.cwd()), os.environ).settings
    environment_named(name, settings)
    return configured_rules(settings, name), settings


def environment_named(name: str, settings: Settings) -> Environment:
    """The environment of a name.

    Raises:
        click.BadParameter: there is none; the message lists those there are.
    """
    environment = settings.stack.environments.get(name)
    if environment is not None:
        return environment
    known = list(settings.stack.environments)
    near = get_close_matches(name, known, n=1)
    remedy = f"did you mean {near[0]}?" if near else f"known: {', '.join(known) or 'none; add it under environments'}"
    raise click.BadParameter(f"there is no environment {name!r}; {remedy}", param_hint="ENV")


def spoken(at: datetime, zone: ZoneInfo) -> str:
    """An instant for people: weekday, day and time in a zone, with its name."""
    return at.astimezone(zone).strftime("%a %Y-%m-%d %H:%M %Z")
