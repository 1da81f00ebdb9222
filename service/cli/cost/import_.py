"""`lamplighter cost import`: bring in FOCUS or CUR files."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.cli.answering import OK, config_option, json_option, say_json
from service.cli.cost.common import opened
from service.cli.cost.lake import exact, lake_of
from service.cli.progress import Progress

if TYPE_CHECKING:
    from finops.lake.importing import Imported
    from service.config import Loaded


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option(
    "--source", default="bill", show_default=True, help="Keeps bills apart, such as those of two payer accounts."
)
@config_option
@json_option
def command(files: tuple[str, ...], source: str, config: str | None, *, as_json: bool) -> int:
    """Import FOCUS 1.0 to 1.2 and CUR 2.0 files: CSV, gzip or Parquet, on disk or as s3://bucket/key.

    The files of one command are one delivery: parts of a period add up. A later delivery of the same provider and
    billing period takes the place of the earlier one; the same file again changes nothing. A broken file is refused
    whole, and then nothing of the command is imported; one whose last line lacks its line end is named. Columns that
    FOCUS 1.2 does not have are dropped, and named.
    """
    from finops.lake.importing import import_bills  # noqa: PLC0415  the wing only where it works

    now = datetime.now(UTC)
    with opened(config) as (loaded, store), Progress("Importing") as progress:
        lake = lake_of(loaded, store)
        with tempfile.TemporaryDirectory(prefix="lamplighter-import-") as scratch:
            places = _fetched(loaded, files, Path(scratch))
            found = import_bills(lake, places, now, source=source, tell=progress.show)
    if as_json:
        say_json(described(found))
    else:
        _say(found)
    return OK


def described(found: Imported) -> dict[str, Any]:
    """What was imported in JSON values. A provider that bills in several currencies has an amount for each."""
    return {
        "rows": found.rows,
        "periods": list(found.periods),
        "currencies": sorted({currency for _, currency in found.billed}),
        "billed_cost": _by_provider(found),
        "changed": bool(found.entered),
        "formats": list(found.formats),
        "replaced": [f"{one.provider} {one.period}" for one in found.replaced],
        "unchanged": [f"{one.provider} {one.period}" for one in found.unchanged],
        "given_twice": list(found.twice),
        "dropped_columns": list(found.dropped),
        "rows_without_cost": found.without_cost,
        "without_line_end": list(found.unended),
    }


def _by_provider(found: Imported) -> dict[str, str | dict[str, str]]:
    several: dict[str, dict[str, str]] = {}
    for (provider, currency), amount in found.billed.items():
        several.setdefault(provider, {})[currency] = exact(amount)
    return {name: next(iter(one.values())) if len(one) == 1 else one for name, one in several.items()}


def _say(found: Imported) -> None:
    if not found.rows:
        click.echo("No rows: nothing was imported.")
        return
    click.echo(f"{found.rows:,} rows of {', '.join(found.formats)}, billing periods {', '.join(found.periods)}:")
    for (provider, currency), amount in found.billed.items():
        click.echo(f"  {provider}: {exact(amount)} {currency} billed")
    for one in found.replaced:
        click.echo(
            f"Takes the place of the bill of {one.provider} for {one.period} imported {one.imported_at:%Y-%m-%d}."
        )
    for one in found.unchanged:
        click.echo(f"{one.provider} {one.period} is imported already: nothing changed.")
    for name in found.twice:
        click.echo(f"{name} has the content of another file of this command: it counts once.")
    for name in found.unended:
        click.secho(
            f"{name}: its last line has no line end. Most exports write one; if the file was cut off there, the last "
            "value of its last row is short. Hold rows and total against the provider's, or fetch it again.",
            fg="yellow",
            err=True,
        )
    if found.without_cost:
        click.echo(f"{found.without_cost:,} rows have no billed cost and add nothing to it.")
    if found.dropped:
        click.echo(f"Columns that are not kept: {', '.join(found.dropped)}.")


def _fetched(loaded: Loaded, files: Sequence[str], scratch: Path) -> list[tuple[str, Path]]:
    """Where each file is on this machine; those in S3 are streamed to the scratch folder."""
    remote = [name for name in files if name.startswith("s3://")]
    if not remote:
        return [(name, Path(name)) for name in files]
    from service.bills import Bucket  # noqa: PLC0415  it brings boto3

    with Bucket(loaded) as bucket:
        places: list[tuple[str, Path]] = []
        for name in files:
            places += bucket.fetch(name, scratch) if name.startswith("s3://") else [(name, Path(name))]
    return places
