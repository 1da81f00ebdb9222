"""What the commands that ask for something share: the price before it is asked for, the wish on record, the answer."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import click

from service.cli.answering import OK, UNKNOWN, config_option, json_option, say_json
from service.cli.cost.common import opened, who
from service.cli.env.common import environment_named
from service.clock import system_clock
from service.shutdown.asking import Refused, Wish
from service.shutdown.intents import OVERRIDE, RESUME, asked, carry_out, said
from store.durations import parse_duration
from store.messages import Sentence
from store.vocabulary import Intent

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Length(click.ParamType[timedelta]):
    """A length of time, as 2h or 90m."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:  # noqa: ANN401  click's signature
        """Read the text, or fail with the accepted form."""
        if isinstance(value, timedelta):
            return value
        try:
            return parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def asking_options(command: _Function) -> _Function:
    """The options that every command has which asks for something."""
    for option in (
        click.option("--why", default="", help="Why, for whoever reads the record."),
        click.option("--yes", "-y", is_flag=True, help="Do not ask again, whatever it costs."),
        config_option,
        json_option,
    ):
        command = option(command)
    return command


def ask(
    name: str,
    do: str,
    *,
    length: timedelta | None = None,
    until: datetime | None = None,
    why: str,
    yes: bool,
    config: str | None,
    as_json: bool,
) -> int:
    """Say what a wish comes to, have it confirmed where it costs or stops something, and carry it out."""
    now = system_clock()
    with opened(config) as (loaded, store):
        settings = loaded.settings
        environment_named(name, settings)
        try:
            found = asked(settings, store, name, Wish(do, who(), length, until, why, "cli"), now)
        except Refused as refused:
            return _answer("refused", refused.sentence, {}, as_json=as_json)
        told = said(settings, found.override, found, name)
        weighs = found.price is None or found.price > 0 or do == "stop"
        if weighs and not yes:
            _confirm(str(told))
        payload: dict[str, Any] = {"environment": name, "do": do, "why": why, "source": "cli"}
        if length is not None:
            payload["seconds"] = round(length.total_seconds())
        if until is not None:
            payload["until"] = until.isoformat()
        intent = Intent(uuid4().hex, OVERRIDE, who(), now, payload)
        store.intents.add(intent)
        state, sentence = carry_out(settings, store, intent, now)
        store.intents.settle(intent.id, state, str(sentence))
    detail = {
        "environment": name,
        "until": found.override.end,
        "hours": found.hours,
        "price": found.price,
        "currency": found.currency,
    }
    return _answer(state, sentence, detail, as_json=as_json)


def take_back(name: str, *, config: str | None, as_json: bool) -> int:
    """End what was asked for."""
    now = system_clock()
    with opened(config) as (loaded, store):
        environment_named(name, loaded.settings)
        intent = Intent(uuid4().hex, RESUME, who(), now, {"environment": name, "source": "cli"})
        store.intents.add(intent)
        state, sentence = carry_out(loaded.settings, store, intent, now)
        store.intents.settle(intent.id, state, str(sentence))
    return _answer(state, sentence, {"environment": name}, as_json=as_json)


def _confirm(told: str) -> None:
    """Ask on a terminal; without one nothing is asked for that nobody confirmed."""
    if not sys.stdin.isatty():
        raise click.UsageError(f"{told}. Nothing was asked for: add --yes where nobody can answer")
    click.confirm(f"{told}. Go on?", abort=True, err=True)


def _answer(state: str, sentence: Sentence, detail: dict[str, Any], *, as_json: bool) -> int:
    if as_json:
        say_json({"state": state, "said": str(sentence)} | detail)
    else:
        click.echo(str(sentence), err=state != "done")
    return OK if state == "done" else UNKNOWN
