"""`lamplighter alerts`: what fires, who knows of it, and saying so from a shell."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click

from service.assembly import opened_store
from service.cli.answering import CRITICAL, OK, WARNING, config_option, json_option, say_json, say_table
from service.config import find_file, load
from service.home import Home
from store.alerting import DeliveryState, Episode, Silence
from store.durations import format_duration, parse_duration
from store.vocabulary import Intent

if TYPE_CHECKING:
    from store import Store

_HISTORY = timedelta(days=7)
_UNFINISHED = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DEAD)


@click.group("alerts")
def command() -> None:
    """What fires, who knows of it, and saying so."""


@command.command("ls")
@click.option("--env", "environment", help="Only one environment.")
@click.option("--component", help="Only one component.")
@click.option("--all", "everything", is_flag=True, help="Also those of the last 7 days that are over.")
@config_option
@json_option
def list_alerts(
    environment: str | None, component: str | None, config: str | None, *, everything: bool, as_json: bool
) -> int:
    """List the alerts that fire, worst first.

    Exit code 0 when nothing asks for anybody, 1 with warnings, 2 when somebody should be paged.
    """
    now = datetime.now(UTC)
    with _store(config) as store:
        found = store.alerts.episodes(
            start=now - _HISTORY if everything else None,
            open_only=not everything,
            environment=environment,
            component=component,
            limit=1000,
        )
    found.sort(key=lambda one: (not one.is_open, -one.severity.rank, -one.fired_at.timestamp()))
    if as_json:
        say_json([_described(one) for one in found])
    elif found:
        _say_alerts(found, now)
    else:
        click.echo("Nothing fires.")
    worst = max((one.severity.rank for one in found if one.is_open), default=0)
    return (OK, WARNING, CRITICAL)[worst]


@command.command("show")
@click.argument("episode_id", metavar="ID")
@config_option
@json_option
def show(episode_id: str, config: str | None, *, as_json: bool) -> int:
    """Say why alert ID fired, what followed, and who was told."""
    with _store(config) as store:
        episode = _episode(store, episode_id)
        transitions = store.alerts.transitions(episode=episode.id)
        decisions = store.notices.decisions(episode=episode.id)
        deliveries = store.outbox.deliveries(episode=episode.id)
    told = [
        {
            "receiver": one.draft.receiver,
            "kind": one.draft.kind.value,
            "state": one.state.value,
            "attempts": one.attempts,
            "sent_at": one.sent_at,
            "error": str(one.error),
            "receipt": dict(one.receipt),
        }
        for one in deliveries
    ]
    steps = [
        {"at": one.at, "before": one.before.value, "after": one.after.value, "reason": str(one.reason)}
        for one in transitions
    ]
    decided = [{"at": one.at, "sent": one.sent, "code": one.code, "reason": str(one.reason)} for one in decisions]
    if as_json:
        say_json(
            {
                **_described(episode),
                "why": dict(episode.alert.why),
                "transitions": steps,
                "decisions": decided,
                "deliveries": told,
            }
        )
        return OK
    _say_alerts([episode], datetime.now(UTC))
    click.echo(f"\n{episode.alert.reason}")
    for title, rows in (("WHAT HAPPENED", steps), ("WHAT WAS DECIDED", decided), ("WHO WAS TOLD", told)):
        if rows:
            click.secho(f"\n{title}", bold=True)
            say_table([name.upper() for name in rows[0]], [[_cell(value) for value in row.values()] for row in rows])
    return OK


@command.command("ack")
@click.argument("episode_ids", metavar="ID...", nargs=-1, required=True)
@click.option("--undo", is_flag=True, help="Take the acknowledgement back.")
@config_option
def acknowledge(episode_ids: Sequence[str], config: str | None, *, undo: bool) -> int:
    """Say that you are looking at alert ID: no reminders until it clears, gets worse, or others join it."""
    with _store(config) as store:
        for one in episode_ids:
            _episode(store, one)
        kind = "alert.unacknowledge" if undo else "alert.acknowledge"
        return _ask(store, kind, {"episodes": list(episode_ids)})


@command.command("silence")
@click.argument("episode_id", metavar="[ID]", required=False)
@click.option("--match", "matchers", multiple=True, metavar="LABEL=VALUE", help="Also != =~ !~; all must hold.")
@click.option("--for", "length", default="1h", show_default=True, help="How long.")
@click.option("--comment", default="", help="Why.")
@config_option
def silence(episode_id: str | None, matchers: Sequence[str], length: str, comment: str, config: str | None) -> int:
    """Tell nobody of alert ID, or of every alert that matches, for a while. What was announced is still resolved."""
    if (episode_id is None) == (not matchers):
        raise click.UsageError("name an alert's ID, or give --match, one of the two")
    try:
        seconds = int(parse_duration(length).total_seconds())
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint="--for") from None
    payload: dict[str, Any] = {"seconds": seconds, "comment": comment}
    with _store(config) as store:
        if episode_id is not None:
            payload["episode"] = _episode(store, episode_id).id
        else:
            payload["matchers"] = list(matchers)
        return _ask(store, "alert.silence", payload)


@command.command("silences")
@click.option("--end", "ended", metavar="ID", help="End this one now.")
@config_option
@json_option
def silences(ended: str | None, config: str | None, *, as_json: bool) -> int:
    """List silences that hold or are to come."""
    now = datetime.now(UTC)
    with _store(config) as store:
        if ended is not None:
            return _ask(store, "silence.expire", {"id": ended})
        found = [one for one in store.silences.all(500) if one.ends_at > now]
    if as_json:
        say_json([_silence(one) for one in found])
    elif found:
        say_table(
            ("ID", "WHAT", "UNTIL", "BY", "WHY"),
            [(one.id, _matched(one), _cell(one.ends_at), one.created_by, one.comment) for one in found],
        )
    else:
        click.echo("Nothing is silenced.")
    return OK


@command.command("deliveries")
@click.option("--receiver", help="Only one receiver.")
@click.option("--unfinished", is_flag=True, help="Only those that wait or were given up.")
@config_option
@json_option
def deliveries(receiver: str | None, config: str | None, *, unfinished: bool, as_json: bool) -> int:
    """List what was sent and what waits. Exit code 1 when anything was given up or is owed."""
    now = datetime.now(UTC)
    with _store(config) as store:
        found = store.outbox.deliveries(receiver=receiver, states=_UNFINISHED if unfinished else None, limit=200)
        owed = store.notices.obligations(now)
    rows = [
        {
            "created": one.created_at,
            "receiver": one.draft.receiver,
            "kind": one.draft.kind.value,
            "state": one.state.value,
            "attempts": one.attempts,
            "error": str(one.error),
        }
        for one in found
    ]
    if as_json:
        say_json({"deliveries": rows, "owed": [{"receiver": one.receiver, "episode": one.episode} for one in owed]})
    elif rows:
        say_table([name.upper() for name in rows[0]], [[_cell(value) for value in row.values()] for row in rows])
    else:
        click.echo("No deliveries.")
    if owed and not as_json:
        click.echo(f"{len(owed)} receivers were told of an alert and not of its end.", err=True)
    return WARNING if owed or any(one.state is DeliveryState.DEAD for one in found) else OK


@contextmanager
def _store(config: str | None) -> Iterator[Store]:
    loaded = load(find_file(config, os.environ, Path.cwd()), os.environ)
    with opened_store(loaded, Home.from_environment(os.environ)) as store:
        yield store


def _episode(store: Store, episode_id: str) -> Episode:
    found = store.alerts.episode(episode_id)
    if found is None:
        raise click.ClickException(f"there is no alert {episode_id!r}: see `lamplighter alerts ls --all`")
    return found


def _ask(store: Store, kind: str, payload: dict[str, Any]) -> int:
    """Carry out an intent as the service would, on record all the same."""
    from alerts.intents import carry_out  # noqa: PLC0415  only what acts needs the wing

    now = datetime.now(UTC)
    intent = Intent(uuid4().hex, kind, f"{getpass.getuser()} (command line)", now, payload)
    store.intents.add(intent)
    state, result = carry_out(store, intent, now)
    store.intents.settle(intent.id, state, str(result))
    if state != "done":
        raise click.ClickException(str(result))
    click.echo(str(result))
    return OK


def _say_alerts(found: Sequence[Episode], now: datetime) -> None:
    say_table(
        ("ID", "SEVERITY", "SINCE", "ENV", "COMPONENT", "WHAT", "KNOWN TO"),
        [
            (
                one.id,
                one.severity.value if one.is_open else "resolved",
                format_duration(timedelta(seconds=int(((one.resolved_at or now) - one.fired_at).total_seconds()))),
                one.alert.environment or "-",
                one.alert.component or "-",
                one.alert.summary.get("en") or one.alert.rule_id,
                one.acknowledged_by or "-",
            )
            for one in found
        ],
    )


def _described(one: Episode) -> dict[str, Any]:
    return {
        "id": one.id,
        "rule": one.alert.rule_id,
        "labels": dict(one.alert.labels),
        "severity": one.severity.value,
        "state": one.alert.state.value if one.is_open else "resolved",
        "summary": dict(one.alert.summary),
        "value": one.alert.value,
        "limit": one.alert.limit,
        "unit": one.alert.unit,
        "environment": one.alert.environment,
        "component": one.alert.component,
        "fired_at": one.fired_at,
        "resolved_at": one.resolved_at,
        "flaps": one.flaps,
        "acknowledged_by": one.acknowledged_by,
        "acknowledged_at": one.acknowledged_at,
    }


def _silence(one: Silence) -> dict[str, Any]:
    return {
        "id": one.id,
        "what": _matched(one),
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "by": one.created_by,
        "comment": one.comment,
    }


def _matched(one: Silence) -> str:
    return ", ".join(f"{m.label}{m.op}{m.value}" for m in one.matchers)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value in (None, "", {}) else str(value)
