"""`lamplighter restore`: bring a backup back."""

from __future__ import annotations

import os
from pathlib import Path

import click

from service.assembly import store_url
from service.cli.answering import OK, config_option, json_option, say_json
from service.config import find_file, load
from service.config.masking import masked_text
from service.home import Home


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what the store holds now.")
@config_option
@json_option
def command(file: Path, config: str | None, *, force: bool, as_json: bool) -> int:
    """Fill the configured store from FILE, SQLite or PostgreSQL alike. Stop the service before."""
    from service.cli.progress import Progress  # noqa: PLC0415
    from store.backup import restore  # noqa: PLC0415

    loaded = load(find_file(config, os.environ, Path.cwd()), os.environ)
    home = Home.from_environment(os.environ)
    if not loaded.settings.store.url:
        home.prepare()
    url = store_url(loaded, home)
    with Progress("Restoring") as progress:
        restore(url, file, progress.show, force=force)
    if as_json:
        say_json({"file": str(file), "store": masked_text(url)})
    else:
        click.echo(f"{masked_text(url)} holds what {file} held.")
    return OK
