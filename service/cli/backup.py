"""`lamplighter backup`: everything that is kept in one file, while serving."""

from __future__ import annotations

import os
from pathlib import Path

import click

from service.assembly import opened_store
from service.cli.answering import OK, config_option, json_option, say_json
from service.config import find_file, load
from service.home import Home


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@config_option
@json_option
def command(file: Path, config: str | None, *, force: bool, as_json: bool) -> int:
    """Write a consistent copy of the store to FILE; the service may go on meanwhile."""
    from service.cli.progress import Progress  # noqa: PLC0415
    from store.backup import backup  # noqa: PLC0415

    if file.exists() and not force:
        raise click.ClickException(f"{file} is there already: name another file, or replace it with --force")
    loaded = load(find_file(config, os.environ, Path.cwd()), os.environ)
    with opened_store(loaded, Home.from_environment(os.environ)) as store, Progress("Backing up") as progress:
        backup(store, file, progress.show)
    size = file.stat().st_size
    if as_json:
        say_json({"file": str(file), "bytes": size})
    else:
        click.echo(f"{file} holds everything: {size:,} bytes. Bring it back with: lamplighter restore {file}")
    return OK
