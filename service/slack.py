"""Listening to Slack: a desk that writes clicks down and answers commands, behind sockets or behind signed HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING
from uuid import uuid4

from service.alerting import voices
from service.clock import Clock
from service.config import Loaded
from store.durations import parse_duration
from store.messages import Message, PluralMessage, Sentence
from store.power import Power
from store.vocabulary import Intent, Status

if TYPE_CHECKING:
    from alerts.delivery.config import Receiver
    from alerts.notice import Voice
    from alerts.slack.actions import Workspace
    from alerts.slack.commands import Command, Reply
    from alerts.slack.interactivity import Interactivity
    from alerts.slack.socket import SocketMode
    from store import Store

# slack_sdk is read only where there is a Slack.
# ruff: noqa: PLC0415

SlackHandler = Callable[[Mapping[str, str], bytes], tuple[int, str]]
_LISTED = 15


def sockets_of(loaded: Loaded, store: Store, clock: Clock) -> list[SocketMode]:
    """A Socket Mode connection for each app token, however many receivers share it."""
    found: dict[str, Receiver] = {}
    for receiver in loaded.settings.alerts.receivers:
        if receiver.slack is not None and receiver.slack.app_token is not None:
            found.setdefault(receiver.slack.app_token.get_secret_value(), receiver)
    if not found:
        return []
    from alerts.slack.socket import SocketMode

    return [
        SocketMode(token, _desk(receiver, loaded, store, clock), receiver.slack.api_url)
        for token, receiver in found.items()
        if receiver.slack is not None
    ]


def signed_handler(loaded: Loaded, store: Store, clock: Clock) -> SlackHandler | None:
    """What answers Slack's signed calls; None where no receiver has a signing secret."""
    signing = [one for one in loaded.settings.alerts.receivers if one.slack is not None and one.slack.signing_secret]
    if not signing:
        return None
    from alerts.slack.signed import handle

    secrets = [one.slack.signing_secret.get_secret_value() for one in signing if one.slack and one.slack.signing_secret]
    desk = _desk(signing[0], loaded, store, clock)
    return lambda headers, body: handle(headers, body, clock(), secrets, desk)


def _desk(receiver: Receiver, loaded: Loaded, store: Store, clock: Clock) -> Interactivity:
    from alerts.slack.interactivity import Interactivity

    slack = receiver.slack

    def answer(command: Command, voice: Voice) -> Reply:
        return answer_of(command, voice, loaded, store, clock)

    return Interactivity(
        perform=lambda intent: perform(intent, loaded, store, clock),
        answer=answer,
        voice=voices(loaded)(receiver.language, receiver.timezone),
        clock=clock,
        workspace=_workspace(receiver),
        api_url=slack.api_url if slack is not None else "",
    )


def perform(intent: Intent, loaded: Loaded, store: Store, clock: Clock) -> Sentence:
    """Write down what somebody asks for, and return what is to be said to them alone.

    A wish of an environment is settled at once: its sender learns what came of it, and the price. For all else the
    message itself changes.
    """
    from service.shutdown.intents import KINDS, carry_out

    store.intents.add(intent)
    if intent.kind not in KINDS:
        return ""
    state, said = carry_out(loaded.settings, store, intent, clock())
    store.intents.settle(intent.id, state, str(said))
    return said


def _workspace(receiver: Receiver) -> Callable[[], Workspace]:
    """The workspace of a receiver's token, asked for once Slack answers and then remembered."""
    from alerts.slack.actions import Workspace
    from alerts.slack.api import new_client
    from alerts.slack.interactivity import workspace_of

    slack, lock = receiver.slack, Lock()
    known = Workspace()

    def workspace() -> Workspace:
        nonlocal known
        with lock:
            if not known.team and slack is not None and slack.token is not None:
                known = workspace_of(new_client(slack.token.get_secret_value(), slack.api_url))
            return known

    return workspace


def answer_of(command: Command, voice: Voice, loaded: Loaded, store: Store, clock: Clock) -> Reply:
    """The answer to `/lamplighter status [ENV]`, `alerts [ENV]`, `env`, and to what asks something of one."""
    from alerts.slack.commands import Reply

    stack = loaded.settings.stack
    if command.word == "env":
        return Reply([voice.say(line) for line in _environments(store, voice)])
    if command.word not in {"status", "alerts"}:
        return Reply([voice.say(_asked(command, loaded, store, clock))])
    if command.argument and command.argument not in stack.environments:
        said = Message(
            "There is no environment %(name)s; known: %(known)s",
            name=command.argument,
            known=", ".join(stack.environments) or "-",
        )
        return Reply([voice.say(said)])
    environment = command.argument or None
    lines = list(_status(environment, loaded, store, clock)) if command.word == "status" else []
    lines += _alerts(environment, store, voice.code)
    return Reply([voice.say(line) for line in lines])


def _asked(command: Command, loaded: Loaded, store: Store, clock: Clock) -> Sentence:
    """Carry out what was typed: `keep dev 2h`, `skip dev`, `stop dev`, `start dev 3h`, `resume dev`."""
    from service.shutdown.intents import OVERRIDE, RESUME

    name, _, rest = command.argument.partition(" ")
    if not command.actor:
        return Message("Slack did not say who asks")
    payload: dict[str, object] = {"environment": name, "source": "slack"}
    if command.word != "resume":
        payload["do"] = command.word
        try:
            if rest.strip():
                payload["seconds"] = round(parse_duration(rest.strip()).total_seconds())
        except ValueError as error:
            return str(error)
    kind = RESUME if command.word == "resume" else OVERRIDE
    return perform(Intent(uuid4().hex, kind, command.actor, clock(), payload), loaded, store, clock)


def _environments(store: Store, voice: Voice) -> Sequence[Sentence]:
    found = store.power.states()
    if not found:
        return [Message("No environment sleeps by a schedule.")]
    lines: list[Sentence] = [Message("Environments that sleep")]
    for one in found:
        until = voice.moment(one.until) if one.until is not None else "-"
        told = {"name": one.environment, "until": until, "why": one.because}
        if one.desired is Power.STOPPED:
            lines.append(Message("%(name)s sleeps until %(until)s: %(why)s", **told))
        else:
            lines.append(Message("%(name)s is on until %(until)s: %(why)s", **told))
    return lines


def _status(environment: str | None, loaded: Loaded, store: Store, clock: Clock) -> Sequence[Sentence]:
    from dashboards.verdict import judge, place_name

    stack = loaded.settings.stack
    now = clock()
    verdict = judge(
        stack,
        store.health.states(environment=environment),
        store.jobs.all(),
        store.resources.find(environment=environment, include_closed=True),
        now,
        asleep=store.power.asleep(now),
    )
    bad = [one for one in verdict.components if one.covered and one.status not in (Status.OK, Status.ASLEEP)]
    lines: list[Sentence] = [verdict.sentence]
    lines += [
        Message("%(place)s: %(reason)s", place=place_name(stack, one.place), reason=one.reason) for one in bad[:_LISTED]
    ]
    return lines


def _alerts(environment: str | None, store: Store, language: str) -> Sequence[Sentence]:
    found = store.alerts.episodes(open_only=True, environment=environment, limit=500)
    found.sort(key=lambda one: (-one.severity.rank, one.fired_at))
    if not found:
        return [Message("No alert fires.")]
    lines: list[Sentence] = [PluralMessage("1 alert fires.", "%(num)s alerts fire.", len(found))]
    for one in found[:_LISTED]:
        what = one.alert.summary.get(language) or one.alert.summary.get("en") or one.alert.rule_id
        lines.append(
            Message("%(what)s (acknowledged by %(who)s)", what=what, who=one.acknowledged_by)
            if one.acknowledged_by
            else what
        )
    return lines
