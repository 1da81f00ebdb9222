"""`lamplighter demo`: all of it against an embedded AWS, with no AWS account."""

from __future__ import annotations

import json
import os
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.cli.answering import OK, json_option, say_json, say_table
from service.clock import system_clock
from service.home import Home
from store.durations import format_duration, parse_duration

if TYPE_CHECKING:
    from service.demo.slack.launch import EmbeddedSlack

_STATE = "demo.json"


@click.group("demo", invoke_without_command=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="The page's port.")
@click.option(
    "--replay",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of CSV files (timestamp,value) to play back as EC2, ELB and RDS series that end now.",
)
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="warning", help="From where on."
)
@click.option(
    "--slack-port", type=click.IntRange(0, 65535), default=8081, show_default=True, help="The port of the demo's Slack."
)
@click.pass_context
def command(ctx: click.Context, port: int, replay: Path | None, log_level: str, slack_port: int) -> int:
    """Start Lamplighter against an embedded AWS that holds the CloudMart stack in dev, staging and prod.

    A Slack that draws what a team would see, and whose buttons work, starts with it. All begins anew each time, in
    LAMPLIGHTER_HOME/demo. Ctrl-C ends everything.
    """
    if ctx.invoked_subcommand is not None:
        return OK
    from service import logs  # noqa: PLC0415  the wings only where they serve
    from service.config import load  # noqa: PLC0415
    from service.demo.launch import start  # noqa: PLC0415
    from service.demo.slack.launch import start_slack  # noqa: PLC0415
    from service.serving import Service  # noqa: PLC0415

    logs.configure(level=log_level)
    home = _fresh_home()
    click.echo("Starting the embedded AWS, building CloudMart in it, and starting a Slack ...", err=True)
    with start_slack(slack_port) as slack, start(world="cloudmart", replay=replay) as aws:
        os.environ.update(aws.environment())
        file = _write_configuration(home, aws.url, port, slack)

        def announce(url: str) -> None:
            _remember(home, endpoint=aws.url, page=url, slack=slack.url)
            click.echo(_welcome(url, slack.url, file), err=True)

        Service(lambda: load(file, os.environ), home, system_clock, announce=announce).run()
    return OK


@command.command("incident")
@click.argument("name", required=False)
@click.option(
    "--for", "length", help="How long it lasts (default: 15m; what raises the bill lasts until it is stopped)."
)
@click.option("--days", type=float, help="How many days ago it began: only for what raises the bill.")
@click.option("--stop", is_flag=True, help="End it now.")
@json_option
def incident(name: str | None, length: str | None, days: float | None, *, stop: bool, as_json: bool) -> int:
    """Let NAME happen in the running demo; without a name, list what can happen and what does."""
    from service.demo.launch import ControlClient  # noqa: PLC0415

    control = ControlClient(_running_demo()["endpoint"])
    if name is None:
        answer = control.incidents()
        if as_json:
            say_json(answer)
        else:
            _say_incidents(answer)
        return OK
    try:
        lasting = parse_duration(length) if length else None
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint="--for") from None
    wish = {"duration": lasting.total_seconds() if lasting else None, "days": days}
    options = {word: value for word, value in wish.items() if value is not None}
    answer = control.stop_incident(name) if stop else control.start_incident(name, **options)
    if as_json:
        say_json(answer)
    elif stop:
        click.echo(f"{name} ends now.")
    else:
        click.echo(_begun(name, answer, days))
    return OK


def _begun(name: str, answer: dict[str, Any], days: float | None) -> str:
    begun = f"{name} began {days:g} days ago" if days else f"{name} begins now"
    if answer.get("ends") is None:
        return f"{begun} and goes on until you stop it. Watch the status page and the costs."
    lasts = timedelta(seconds=round(answer["ends"] - answer["started"]))
    return f"{begun} and lasts {format_duration(lasts)}. Watch the status page."


def _fresh_home() -> Home:
    home = Home(Home.from_environment(os.environ).prepare().path / "demo")
    if home.path.exists():
        shutil.rmtree(home.path)
    return home.prepare()


def _write_configuration(home: Home, endpoint: str, port: int, slack: EmbeddedSlack) -> Path:
    from service.demo.world.configuration import SlackAccess, configuration_text  # noqa: PLC0415

    access = SlackAccess(slack.api_url, slack.bot_token, slack.app_token)
    text = configuration_text(endpoint=endpoint, store_url=home.default_store_url, port=port, slack=access)
    file = home.path / "lamplighter.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def _remember(home: Home, **facts: str) -> None:
    (home.path / _STATE).write_text(json.dumps({**facts, "pid": os.getpid()}), encoding="utf-8")


def _welcome(url: str, slack: str, file: Path) -> str:
    program = sys.argv[0] if sys.argv[0].endswith("lamplighter") else "lamplighter"
    return (
        f"\n  Lamplighter is at {url}\n"
        f"  The team's Slack is at {slack}\n\n"
        "  Within a minute it shows the health and metrics of CloudMart in dev, staging and prod;\n"
        "  15 days of history follow behind. In another shell, let something happen:\n\n"
        f"      {program} demo incident                 what can happen\n"
        f"      {program} demo incident deploy-5xx      a bad deploy: watch Slack, and acknowledge it there\n"
        f"      {program} status --config {file}\n\n"
        "  Ctrl-C ends it.\n"
    )


def _running_demo() -> dict[str, Any]:
    state = Home.from_environment(os.environ).path / "demo" / _STATE
    try:
        facts: dict[str, Any] = json.loads(state.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise click.ClickException(
            "no demo runs here: start one with `lamplighter demo` (same LAMPLIGHTER_HOME)"
        ) from None
    return facts


def _say_incidents(answer: dict[str, Any]) -> None:
    active = {one["name"] for one in answer.get("active", ())}
    say_table(
        ("INCIDENT", "NOW", "WHAT HAPPENS"),
        [(one["name"], "yes" if one["name"] in active else "", one["title"]) for one in answer.get("available", ())],
    )
