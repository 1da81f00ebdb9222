"""`lamplighter notify`: send a test notice, so that nobody finds out at 3 a.m. that a channel does not work."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click

from service.assembly import opened_store, surroundings
from service.cli.answering import CRITICAL, OK, config_option, json_option, say_json
from service.clock import system_clock
from service.config import Loaded, find_file, load
from service.home import Home
from store.alerting import Delivery, DeliveryState, Draft, NoticeKind, Severity

if TYPE_CHECKING:
    from alerts.notice import Notice, Notifier


@click.group("notify")
def command() -> None:
    """Notices that are sent by hand."""


@command.command("test")
@click.argument("receivers", metavar="[RECEIVER]...", nargs=-1)
@config_option
@json_option
def test(receivers: tuple[str, ...], config: str | None, *, as_json: bool) -> int:
    """Send a test notice to each RECEIVER, or to all, now and from here; say what each channel answered.

    Exit code 2 when one of them was not reached.
    """
    loaded = load(find_file(config, os.environ, Path.cwd()), os.environ)
    names = [receiver.name for receiver in loaded.settings.alerts.receivers]
    if not names:
        raise click.ClickException("no receiver is configured: add one under alerts.receivers")
    unknown = [name for name in receivers if name not in names]
    if unknown:
        raise click.BadParameter(f"there is no receiver {unknown[0]!r}; known: {', '.join(names)}")
    answers = _send(loaded, receivers or tuple(names))
    if as_json:
        say_json(answers)
    else:
        for name, answer in answers.items():
            mark = click.style("ok", fg="green") if answer["ok"] else click.style("FAILED", fg="red")
            click.echo(f"{mark}  {name}: {answer.get('error') or 'sent'}")
    return OK if all(answer["ok"] for answer in answers.values()) else CRITICAL


def _send(loaded: Loaded, names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    from alerts.delivery.channels import build_notifiers  # noqa: PLC0415  channels only where they are used
    from service.alerting import channel_surroundings  # noqa: PLC0415

    with opened_store(loaded, Home.from_environment(os.environ)) as store:
        around = surroundings(loaded, store, system_clock)
        channels = channel_surroundings(loaded, store, system_clock, around.aws)
        notifiers = build_notifiers(loaded.settings.alerts, channels)
        try:
            return {name: _try(notifiers[name], name) for name in names}
        finally:
            for notifier in notifiers.values():
                notifier.close()
            channels.http.clear()
            around.aws.close()


def _try(notifier: Notifier, receiver: str) -> dict[str, Any]:
    from alerts.errors import DeliveryError  # noqa: PLC0415

    now = datetime.now(UTC)
    notice = _notice(receiver, now)
    draft = Draft(receiver, NoticeKind.NOTE, {}, notice.notice, 1)
    delivery = Delivery(0, draft, DeliveryState.SENDING, now, now, attempts=1, lease_until=now + timedelta(minutes=1))
    try:
        sent = notifier.send(delivery, notice)
    except DeliveryError as error:
        return {"ok": False, "error": str(error)}
    return {"ok": True, "receipt": dict(sent.receipt)}


def _notice(receiver: str, now: datetime) -> Notice:
    from alerts.notice import Notice  # noqa: PLC0415

    name = f"test-{uuid4().hex[:12]}"
    return Notice(
        key=f"{receiver}/{name}/1",
        notice=name,
        sequence=1,
        kind=NoticeKind.NOTE,
        receiver=receiver,
        status="firing",
        severity=Severity.INFO,
        at=now,
        note={
            "en": ["Test notice from Lamplighter", "If you can read this, alerts reach you here. Nothing is wrong."],
            "ko": ["Lamplighter 시험 알림", "이 메시지가 보이면 알림이 여기로 도착합니다. 문제는 없습니다."],
        },
    )
