"""`lamplighter resources`: what was found in AWS."""

from __future__ import annotations

import os
from pathlib import Path

import click

from dashboards.api.models import ResourceAnswer
from service.assembly import opened_store
from service.cli.answering import OK, WARNING, config_option, json_option, say_json, say_table
from service.config import find_file, load
from service.home import Home


@click.group("resources")
def command() -> None:
    """What was found in AWS, and where it belongs in the stack."""


@command.command("ls")
@click.option("--type", "kind", help="Only resources of one type, such as ec2:instance.")
@click.option("--env", "environment", help="Only one environment.")
@click.option("--component", help="Only one component.")
@click.option("--account", help="Only one account.")
@click.option("--closed", is_flag=True, help="Also what is gone.")
@config_option
@json_option
def list_resources(
    kind: str | None,
    environment: str | None,
    component: str | None,
    account: str | None,
    config: str | None,
    *,
    closed: bool,
    as_json: bool,
) -> int:
    """List resources, in the order of environment, component and type."""
    loaded = load(find_file(config, os.environ, Path.cwd()), os.environ)
    with opened_store(loaded, Home.from_environment(os.environ)) as store:
        found = store.resources.find(
            type=kind, environment=environment, component=component, account=account, include_closed=closed
        )
    found = sorted(found, key=lambda one: (one.environment or "~", one.component or "~", one.type, one.name))
    if as_json:
        say_json([ResourceAnswer.from_store(resource).model_dump() for resource in found])
    elif found:
        say_table(
            ("ENV", "COMPONENT", "TYPE", "NAME", "STATE", "ACCOUNT", "REGION"),
            [
                (
                    one.environment or "-",
                    one.component or "-",
                    one.type,
                    one.name,
                    "gone" if one.closed_at else one.state or "-",
                    one.account,
                    one.region,
                )
                for one in found
            ],
        )
    else:
        click.echo("Nothing found. The inventory fills this: run `lamplighter collect --once`.", err=True)
    return OK if found else WARNING
