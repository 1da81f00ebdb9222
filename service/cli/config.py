"""`lamplighter config`: validate, show, compare and describe lamplighter.yaml."""

from __future__ import annotations

import os
from pathlib import Path

import click
import yaml

from dashboards.config import refusal
from service import config as configuration
from service.cli.answering import CRITICAL, OK, WARNING, config_option, json_option, say_json
from service.config.difference import differences
from service.errors import ConfigInvalid, Fault
from service.home import Home


@click.group("config")
def command() -> None:
    """Validate, show, compare and describe lamplighter.yaml."""


@command.command()
@click.argument("file", required=False)
@config_option
@json_option
def validate(file: str | None, config: str | None, *, as_json: bool) -> int:
    """Check FILE and list every fault at once, each with its path and a remedy."""
    path = _file(file or config)
    try:
        loaded = configuration.load(path, os.environ)
        _refuse_bad_catalogue(loaded)
    except ConfigInvalid as invalid:
        if as_json:
            faults = [{"path": f.path, "message": f.message, "remedy": f.remedy} for f in invalid.faults]
            say_json({"valid": False, "source": invalid.source, "faults": faults})
        else:
            click.echo(str(invalid), err=True)
        return CRITICAL
    unsafe = refusal(loaded.settings.web)
    if as_json:
        say_json({"valid": True, "source": loaded.source, "faults": [], "warnings": [unsafe] if unsafe else []})
    else:
        settings = loaded.settings
        click.echo(
            f"{loaded.source} is valid: {len(settings.accounts)} account(s), "
            f"{len(settings.stack.environments)} environment(s), {len(settings.stack.components)} component(s), "
            f"{len(settings.probes)} probe(s)."
        )
        if unsafe:
            click.secho(f"`lamplighter serve` will refuse it: {unsafe}", fg="yellow", err=True)
    return WARNING if unsafe else OK


@command.command()
@config_option
@json_option
def show(config: str | None, *, as_json: bool) -> int:
    """Print the effective configuration: defaults included, secrets masked."""
    loaded = configuration.load(_file(config), os.environ)
    if as_json:
        say_json(loaded.effective())
    else:
        click.echo(loaded.effective_yaml(), nl=False)
    return OK


@command.command()
@click.argument("other", required=False)
@config_option
@json_option
def diff(other: str | None, config: str | None, *, as_json: bool) -> int:
    """Compare the configuration with what the service last loaded, or with OTHER; exit code 1 if they differ."""
    after = configuration.load(_file(config), os.environ)
    if other is not None:
        before, source = configuration.load(Path(other), os.environ).effective(), other
    else:
        before, source = _applied(after), "what the service last loaded"
    changes = differences(before, after.effective())
    if as_json:
        say_json([{"path": change.path, "before": change.before, "after": change.after} for change in changes])
    elif changes:
        click.echo(f"From {source} to {after.source}:")
        for change in changes:
            click.echo(f"  {change}")
    else:
        click.echo(f"No difference between {source} and {after.source}.")
    return WARNING if changes else OK


@command.command()
def schema() -> int:
    """Print the JSON Schema of lamplighter.yaml, for editors that complete and check as you type."""
    say_json(configuration.schema())
    return OK


def _refuse_bad_catalogue(loaded: configuration.Loaded) -> None:
    """Raises ConfigInvalid with the faults of the catalogue files that a valid configuration names."""
    from collectors.catalogue import load_catalogue  # noqa: PLC0415  only this command reads them
    from collectors.errors import BadCatalogue  # noqa: PLC0415

    try:
        load_catalogue(loaded.settings.collect.catalogue, loaded.settings.collect.skip)
    except BadCatalogue as bad:
        raise ConfigInvalid(loaded.source, [Fault("collect.catalogue", fault) for fault in bad.faults]) from None


def _file(given: str | None) -> Path | None:
    return configuration.find_file(given, os.environ, Path.cwd())


def _applied(loaded: configuration.Loaded) -> dict[str, object]:
    from service.assembly import APPLIED_FACT, opened_store  # noqa: PLC0415  validate and schema need no store

    with opened_store(loaded, Home.from_environment(os.environ)) as store:
        text = store.facts.get(APPLIED_FACT)
    if not isinstance(text, str):
        raise click.ClickException("the service has not loaded a configuration yet: name the file to compare with")
    applied = yaml.safe_load(text)
    return applied if isinstance(applied, dict) else {}
