"""`lamplighter series`: the series that are kept, and their points."""

from __future__ import annotations

import csv
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from dashboards.api.models import PointsAnswer, SeriesAnswer
from service.assembly import opened_store
from service.cli.answering import OK, WARNING, Moment, config_option, json_option, say_json, say_table
from service.config import find_file, load
from service.home import Home
from store.durations import format_duration, parse_duration
from store.vocabulary import Series

_WIDEST = 60


@click.group("series")
def command() -> None:
    """The series that are kept, and their points."""


@command.command("ls")
@click.option("--env", "environment", help="Only one environment.")
@click.option("--component", help="Only one component.")
@click.option("--namespace", help="Only one namespace, such as AWS/EC2.")
@click.option("--metric", help="Only one metric, such as CPUUtilization.")
@click.option("--closed", is_flag=True, help="Also series whose resource is gone.")
@config_option
@json_option
def list_series(
    environment: str | None,
    component: str | None,
    namespace: str | None,
    metric: str | None,
    config: str | None,
    *,
    closed: bool,
    as_json: bool,
) -> int:
    """List series with their ids."""
    loaded = load(find_file(config, os.environ, Path.cwd()), os.environ)
    with opened_store(loaded, Home.from_environment(os.environ)) as store:
        found = store.series.find(
            environment=environment, component=component, namespace=namespace, metric=metric, include_closed=closed
        )
    if as_json:
        say_json([SeriesAnswer.from_store(series).model_dump() for series in found])
    elif found:
        say_table(
            ("ID", "ENV", "COMPONENT", "METRIC", "STAT", "STEP", "DIMENSIONS"),
            [
                (
                    series.id,
                    series.environment or "-",
                    series.component or "-",
                    f"{series.key.namespace} {series.key.metric}",
                    series.key.stat,
                    format_duration(timedelta(seconds=series.period)),
                    _dimensions(series),
                )
                for series in found
            ],
        )
    else:
        click.echo("No series yet. The inventory makes them: run `lamplighter collect --once`.", err=True)
    return OK if found else WARNING


@command.command("get")
@click.argument("series_id", metavar="ID")
@click.option("--from", "start", type=Moment(), default="-3h", show_default=True, help="ISO 8601, epoch, or -3h.")
@click.option("--to", "end", type=Moment(), default="now", show_default=True, help="As --from; exclusive.")
@click.option("--step", help="Sum up by this much, such as 5m or 1h; as collected by default.")
@config_option
@json_option
def get(series_id: str, start: datetime, end: datetime, step: str | None, config: str | None, *, as_json: bool) -> int:
    """Print the points of the series ID as CSV, or as JSON with its gaps."""
    loaded = load(find_file(config, os.environ, Path.cwd()), os.environ)
    begin, stop = int(start.timestamp()), int(end.timestamp())
    if stop <= begin:
        raise click.BadParameter("the end is not after the beginning", param_hint="--to")
    seconds = None if step is None else _seconds(step)
    with opened_store(loaded, Home.from_environment(os.environ)) as store:
        series = store.series.get(series_id)
        if series is None:
            raise click.ClickException(f"there is no series {series_id!r}: see `lamplighter series ls --closed`")
        points = store.samples.read([series_id], begin, stop, step=seconds)[series_id]
        gaps = store.samples.gaps(series_id, begin, stop)
    if as_json:
        say_json(PointsAnswer.from_store(series, points, gaps).model_dump())
    else:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(("timestamp", "value"))
        writer.writerows((_iso(time), repr(value)) for time, value in points.pairs())
    return OK


def _dimensions(series: Series) -> str:
    text = ", ".join(f"{name}={value}" for name, value in series.key.dimensions)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _iso(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(step: str) -> int:
    try:
        seconds = int(parse_duration(step).total_seconds())
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint="--step") from None
    if seconds < 1:
        raise click.BadParameter("the step must be a second or more", param_hint="--step")
    return seconds
