"""`lamplighter serve`: the page and the jobs, until stopped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from service.cli.answering import OK, config_option, log_level_option
from service.clock import system_clock
from service.config import Loaded, find_file, load
from service.home import Home

if TYPE_CHECKING:
    from service.serving import Role


@click.command("serve")
@click.option(
    "--role",
    type=click.Choice(["all", "web", "worker"]),
    default="all",
    show_default=True,
    help="web: the page only; worker: the jobs only. Replicas share a PostgreSQL.",
)
@click.option("--listen", metavar="HOST:PORT", help="In place of web.listen.")
@log_level_option("info")
@config_option
def command(role: str, listen: str | None, log_level: str, config: str | None) -> int:
    """Serve the page and run the jobs. SIGHUP reads the configuration again; SIGTERM stops within 10 s."""
    from service import logs  # noqa: PLC0415  structlog and the wings only where they serve
    from service.serving import Service  # noqa: PLC0415

    logs.configure(level=log_level)
    file = find_file(config, os.environ, Path.cwd())

    def read() -> Loaded:
        return load(file, os.environ)

    def announce(url: str) -> None:
        click.echo(f"Lamplighter is at {url}", err=True)

    Service(read, Home.from_environment(os.environ), system_clock, cast("Role", role), listen, announce).run()
    return OK
