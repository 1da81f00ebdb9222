"""`lamplighter rules`: the alert rules that are in force, their tests, and what they would have done."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from service.assembly import opened_store
from service.cli.answering import OK, WARNING, Moment, config_option, json_option, say_json, say_table
from service.cli.progress import Progress
from service.config import Loaded, find_file, load
from service.home import Home
from service.rules import effective, effective_yaml
from store.durations import format_duration

if TYPE_CHECKING:
    from alerts.proving.backtest import Backtest
    from alerts.proving.rule_tests import FileResult
    from alerts.rules.base import BaseRule

BROKEN = 2
"""Exit code of `rules test` for a file that cannot be used."""


@click.group("rules")
def command() -> None:
    """The alert rules: list, show, test, and try over stored history."""


@command.command("ls")
@config_option
@json_option
def list_rules(config: str | None, *, as_json: bool) -> int:
    """List the rules that are in force, and those that are disabled."""
    loaded = _loaded(config)
    listed = [(rule, True) for rule in loaded.rules.rules] + [(rule, False) for rule in loaded.rules.disabled]
    if as_json:
        say_json([{**effective(rule), "enabled": enabled} for rule, enabled in listed])
        return OK
    say_table(
        ("ID", "KIND", "SEVERITY", "FOR", "IN FORCE", "WHAT"),
        [
            (
                rule.id,
                rule.kind,
                rule.severity.value,
                format_duration(rule.for_),
                "yes" if enabled else "no",
                rule.title.get("en", ""),
            )
            for rule, enabled in listed
        ],
    )
    return OK


@command.command("show")
@click.argument("rule_id", metavar="RULE")
@config_option
@json_option
def show(rule_id: str, config: str | None, *, as_json: bool) -> int:
    """Print RULE as it is in force, with every default."""
    rule = _rule(_loaded(config), rule_id)
    if as_json:
        say_json(effective(rule))
    else:
        click.echo(effective_yaml(rule), nl=False)
    return OK


@command.command("test")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def test(files: Sequence[Path], *, as_json: bool) -> int:
    """Run rule tests: the points of some series, and the states that rules must go through.

    Exit code 0 when all hold, 1 with the differences otherwise, 2 for a file that cannot be used.
    """
    from alerts.errors import AlertError  # noqa: PLC0415  only what is asked for is read
    from alerts.proving.rule_tests import run_file  # noqa: PLC0415

    answers: list[dict[str, Any]] = []
    worst = OK
    for path in files:
        try:
            result = run_file(path)
        except AlertError as broken:
            worst = BROKEN
            answers.append({"file": str(path), "error": str(broken)})
            click.echo(str(broken), err=True)
            continue
        worst = max(worst, OK if result.holds else WARNING)
        answers.append(_tested(result))
        if not as_json:
            for line in result.lines():
                click.echo(line)
    if as_json:
        say_json(answers)
    return worst


@command.command("backtest")
@click.argument("rule", metavar="[RULE]", required=False)
@click.option(
    "--file", "file", type=click.File(encoding="utf-8"), help="A file with the YAML of one rule that is tried."
)
@click.option("--from", "start", type=Moment(), default="-7d", show_default=True, help="ISO 8601, epoch, or -7d.")
@click.option("--to", "end", type=Moment(), default="now", show_default=True, help="As --from; exclusive.")
@config_option
@json_option
def backtest(
    rule: str | None, file: TextIO | None, start: datetime, end: datetime, config: str | None, *, as_json: bool
) -> int:
    """Say what RULE, or each rule, would have done over stored history: firings, minutes, messages, what it doubles.

    Exit code 1 when a rule would have fired.
    """
    from service.rules import run_backtest  # noqa: PLC0415  only what is asked for is read

    if rule is not None and file is not None:
        raise click.UsageError("name a RULE, or give --file, one of the two")
    if end <= start:
        raise click.BadParameter("the end is not after the beginning", param_hint="--to")
    loaded = _loaded(config)
    asked = [file.read()] if file is not None else [rule] if rule else [one.id for one in loaded.rules.rules]
    done = []
    with opened_store(loaded, Home.from_environment(os.environ)) as store, Progress("Trying rules") as progress:
        for place, one in enumerate(asked):

            def show(fraction: float, place: int = place) -> None:
                progress.show((place + fraction) / len(asked))

            done.append(run_backtest(loaded, store, one, start, end, show))
    if as_json:
        say_json([_backtested(one) for one in done])
    else:
        _say_backtests(done, alone=len(done) == 1)
    return WARNING if any(one.fires for one in done) else OK


def _backtested(one: Backtest) -> dict[str, Any]:
    return {
        "rule": one.rule_id,
        "from": one.start,
        "to": one.end,
        "fires": one.fires,
        "fires_per_week": round(one.per_week, 2),
        "minutes_firing": round(one.minutes_firing, 1),
        "messages": one.messages,
        "edits": one.edits,
        "instances": one.instances,
        "coverage": round(one.coverage, 4),
        "doubles": [{"rule": two.rule_id, "firings": two.firings, "share": round(two.share, 3)} for two in one.doubles],
        "notes": [str(note) for note in one.notes],
        "episodes": [
            {"labels": dict(each.alert.labels), "fired_at": each.fired_at, "resolved_at": each.resolved_at}
            for each in one.episodes
        ],
    }


def _say_backtests(done: Sequence[Backtest], *, alone: bool) -> None:
    say_table(
        ("RULE", "FIRES", "A WEEK", "MINUTES FIRING", "MESSAGES", "DATA", "DOUBLES"),
        [
            (
                one.rule_id,
                str(one.fires),
                f"{one.per_week:.1f}",
                f"{one.minutes_firing:.0f}",
                str(one.messages),
                f"{one.coverage:.0%}",
                ", ".join(f"{two.rule_id} {two.share:.0%}" for two in one.doubles) or "-",
            )
            for one in done
        ],
        right=(1, 2, 3, 4, 5),
    )
    for one in done if alone else ():
        for each in one.episodes[:20]:
            until = each.resolved_at.strftime("%m-%d %H:%M") if each.resolved_at else "still firing"
            click.echo(f"  {each.fired_at:%m-%d %H:%M} - {until}  {each.alert.summary.get('en', '')}")
        for note in one.notes:
            click.echo(f"  {note}")


def _tested(result: FileResult) -> dict[str, Any]:
    return {
        "file": str(result.path),
        "holds": result.holds,
        "tests": result.tests,
        "expectations": result.expectations,
        "differences": [
            {
                "test": one.test,
                "rule": one.rule,
                "labels": dict(one.labels),
                "expected": one.expected,
                "got": one.got,
                "at": one.at,
                "reason": str(one.reason),
            }
            for one in result.differences
        ],
    }


def _loaded(config: str | None) -> Loaded:
    return load(find_file(config, os.environ, Path.cwd()), os.environ)


def _rule(loaded: Loaded, rule_id: str) -> BaseRule:
    found = next((rule for rule in (*loaded.rules.rules, *loaded.rules.disabled) if rule.id == rule_id), None)
    if found is None:
        raise click.ClickException(f"there is no rule {rule_id!r}: see `lamplighter rules ls`")
    return found
