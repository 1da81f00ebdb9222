"""`lamplighter rules`: the alert rules that are in force, their tests, and what they would have done."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.cli.answering import OK, WARNING, config_option, json_option, say_json, say_table
from service.config import Loaded, find_file, load
from service.rules import effective, effective_yaml
from store.durations import format_duration

if TYPE_CHECKING:
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
