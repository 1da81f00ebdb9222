"""`lamplighter collect`: run the collectors once, now."""

from __future__ import annotations

import os
from pathlib import Path

import click

from service.cli.answering import CRITICAL, OK, WARNING, config_option, json_option, say_json
from service.clock import system_clock
from service.config import find_file, load
from service.home import Home

_KINDS = ("inventory", "health", "probes", "metrics", "costs", "money")
_EXIT = {"ok": OK, "partial": WARNING, "failed": CRITICAL}
_COLOURS = {"ok": "green", "partial": "yellow", "failed": "red"}


@click.command("collect")
@click.option("--once", is_flag=True, help="Run each collector once and end; `lamplighter serve` runs them for good.")
@click.option("--only", multiple=True, type=click.Choice([*_KINDS, "backfill"]), help="Only this kind; repeatable.")
@click.option("--backfill", is_flag=True, help="Also a stretch of the history behind the first day.")
@config_option
@json_option
def command(only: tuple[str, ...], config: str | None, *, once: bool, backfill: bool, as_json: bool) -> int:
    """Take the inventory, read health, make the probes collect the metrics and costs that are due.

    Exit code 0 when all was answered, 1 when a part was, 2 when a collector brought nothing.
    """
    if not once:
        raise click.UsageError("say `lamplighter collect --once`; to collect for good, run `lamplighter serve`")
    from service.assembly import build_worker, opened_store  # noqa: PLC0415  the wings only where they work
    from service.once import run_once  # noqa: PLC0415

    loaded = load(find_file(config, os.environ, Path.cwd()), os.environ)
    kinds = only or ((*_KINDS, "backfill") if backfill else _KINDS)
    ended: list[dict[str, object]] = []
    worst = OK
    with opened_store(loaded, Home.from_environment(os.environ)) as store:
        worker = build_worker(loaded, store, system_clock)
        try:
            store.jobs.declare([(s.name, int(s.every.total_seconds())) for s in worker.specs], system_clock())
            for name, outcome in run_once(store, worker.specs, system_clock, kinds):
                worst = max(worst, _EXIT[outcome.outcome])
                ended.append({"job": name, "outcome": outcome.outcome, "message": outcome.message})
                if not as_json:
                    mark = click.style(outcome.outcome.ljust(7), fg=_COLOURS[outcome.outcome])
                    click.echo(f"{mark}  {name}: {outcome.message}")
        finally:
            worker.close()
    if as_json:
        say_json(ended)
    return worst
