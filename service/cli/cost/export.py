"""`lamplighter cost export`: write costs as a FOCUS file."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import click

from service.cli.answering import OK, config_option, json_option, say_json
from service.cli.cost.common import opened
from service.home import lake_folder


class Month(click.ParamType[str]):
    """A billing period, as 2026-10."""

    name = "month"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read the text, or fail with the accepted form."""
        text = str(value)
        year, dash, month = text.partition("-")
        if not (dash and len(year) == 4 and year.isdecimal() and month.isdecimal() and 1 <= int(month) <= 12):  # noqa: PLR2004  a year, a month
            self.fail(f"{text!r} is no month: write one such as 2026-10", param, ctx)
        return f"{year}-{int(month):02d}"


@click.command("export")
@click.option("--focus", "version", type=click.Choice(["1.2"]), default="1.2", show_default=True, help="The version.")
@click.option("--period", type=Month(), help="Only this month, such as 2026-10; all by default.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file that ends with .csv or .parquet; CSV on standard output by default.",
)
@config_option
@json_option
def command(version: str, period: str | None, output: Path | None, config: str | None, *, as_json: bool) -> int:
    """Write costs as a FOCUS file: imported bills, and Cost Explorer's days for months that no bill covers.

    What a source does not tell is derived where FOCUS demands it, and empty elsewhere.
    """
    from finops.lake.exporting import export_focus  # noqa: PLC0415  the wing only where it works

    if output is None and as_json:
        raise click.UsageError("--json says what was written: name the file with --output")
    with opened(config) as (loaded, store), tempfile.TemporaryDirectory(prefix="lamplighter-export-") as scratch:
        target = output or Path(scratch) / "focus.csv"
        if not target.absolute().parent.is_dir():
            raise click.BadParameter(f"there is no folder {target.parent}", param_hint="--output")
        found = export_focus(store, lake_folder(loaded.settings.costs.lake.path), target.absolute(), period)
        if output is None:
            with target.open(encoding="utf-8", newline="") as file:
                shutil.copyfileobj(file, sys.stdout)
            return OK
    if as_json:
        say_json(
            {
                "file": str(output),
                "focus": version,
                "rows": found.rows,
                "bills": list(found.from_bills),
                "cost_explorer": list(found.from_cost_explorer),
            }
        )
    else:
        click.echo(f"{found.rows:,} rows written to {output}.")
        if found.from_cost_explorer:
            click.echo(f"From Cost Explorer, which tells less than a bill: {', '.join(found.from_cost_explorer)}.")
    return OK
