"""Carrying out what people asked of an environment: keep it on, start it, stop it, or go back to its schedule.

A payload comes from outside and is never trusted. The same intent carried out twice does what it does once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from service.shutdown.asking import DEEDS, HOLD, KEEP, SKIP, START, STOP, Asked, Refused, Wish, plan_of
from service.shutdown.config import ShutdownSettings
from service.shutdown.reconcile.looking import JOB
from service.shutdown.rules import Configured, rules_of
from store.messages import Message, Sentence
from store.power import EnvironmentPower, Override
from store.vocabulary import Event, Intent

if TYPE_CHECKING:
    from store import Store

OVERRIDE = "environment.override"
"""`{"environment", "do": one of DEEDS, "seconds" or "until" (ISO 8601), "why", "source"}`."""
RESUME = "environment.resume"
"""`{"environment"}`: what was asked for is taken back; `{"override": ID}`: that one alone."""
KINDS = (OVERRIDE, RESUME)
LONGEST_WHY = 300
WEEK = timedelta(days=8)
_SOURCES = ("page", "slack", "cli", "api")
_DID = {
    KEEP: ("environment.kept", "is kept on"),
    SKIP: ("environment.kept", "is kept on tonight"),
    HOLD: ("environment.held", "is held on for maintenance"),
    START: ("environment.start_asked", "is to start now"),
    STOP: ("environment.stop_asked", "is to stop now"),
}
_BACK = ("environment.resumed", "goes by its schedule again")

Result = tuple[str, Sentence]


class Settings(Configured, Protocol):
    """The part of the settings that is needed."""

    @property
    def shutdown(self) -> ShutdownSettings:
        """How far people may go."""


def carry_out(settings: Settings, store: Store, intent: Intent, now: datetime) -> Result:
    """Carry out one intent of `KINDS`; returns its state and a sentence. It never raises for what the intent holds."""
    if not intent.actor.strip():
        return "refused", Message("It is not known who asks: sign in first")
    try:
        said = (_override if intent.kind == OVERRIDE else _resume)(settings, store, intent, now)
    except Refused as refused:
        return "refused", refused.sentence
    if JOB in {job.name for job in store.jobs.all()}:
        store.jobs.wake(JOB, now)
    return "done", said


def asked(settings: Settings, store: Store, name: str, wish: Wish, now: datetime) -> Asked:
    """What a wish comes to, by the store as it is.

    Raises:
        Refused: it cannot be done.
    """
    state = store.power.state(name) or _unseen(name, now)
    rules = rules_of(settings, name, store.power.overrides(name, after=now - WEEK))
    return plan_of(wish, rules, state, settings.shutdown, now)


def _unseen(name: str, now: datetime) -> EnvironmentPower:
    """An environment that was not looked at yet: its wishes count, and have no price."""
    from store.power import Condition, Power  # noqa: PLC0415  for this rare case alone

    return EnvironmentPower(name, Power.RUNNING, "", None, Condition.UNKNOWN, now, now)


def _override(settings: Settings, store: Store, intent: Intent, now: datetime) -> Sentence:
    name = _environment(settings, intent.payload)
    wish = _wish(intent)
    # The wish counts from when it was made, even where nobody was there to carry it out.
    at = min(intent.created_at, now)
    found = asked(settings, store, name, wish, at)
    if found.override.end <= now:
        raise Refused(Message("that time is over already"))
    override = replace(found.override, id=f"o{intent.id}", environment=name)
    before = store.power.state(name)
    store.power.ask(override)
    store.events.add(_event(intent, now, _DID[wish.do], override, before))
    return said(settings, override, found, name)


def said(settings: Settings, override: Override, found: Asked, name: str) -> Sentence:
    """What is told to whoever asked: until when, and what it costs."""
    timetable = rules_of(settings, name).timetable
    zone = timetable.zone if timetable is not None else settings.stack.zone
    until = f"{override.end.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"
    told = {"name": name, "until": until}
    stops = override.power.value == "stopped"
    if found.price is None:
        sentence = (
            Message("%(name)s sleeps until %(until)s", **told)
            if stops
            else Message("%(name)s stays on until %(until)s", **told)
        )
    elif stops:
        sentence = Message(
            "%(name)s sleeps until %(until)s, which saves about %(price)s", **told, price=f"${-found.price:.2f}"
        )
    else:
        sentence = Message(
            "%(name)s stays on until %(until)s, for about %(price)s", **told, price=f"${found.price:.2f}"
        )
    if settings.stack.environments[name].armed:
        return sentence
    return Message("%(said)s (a dry run: nothing is started or stopped until it is armed)", said=sentence)


def _resume(settings: Settings, store: Store, intent: Intent, now: datetime) -> Sentence:
    wanted = intent.payload.get("override")
    if wanted is None:
        name = _environment(settings, intent.payload)
        chosen = [one for one in store.power.overrides(name, after=now) if one.until > now]
    else:
        chosen = [one for one in store.power.overrides(after=now) if one.id == wanted and one.until > now]
    ended = [one for one in chosen if store.power.take_back(one.id, intent.actor, now)]
    if not ended:
        raise Refused(Message("nothing that was asked for is in force"))
    for one in ended:
        before = store.power.state(one.environment)
        store.events.add(_event(intent, now, _BACK, one, before))
    return Message("%(name)s goes by its schedule again", name=ended[0].environment)


def _environment(settings: Settings, payload: Mapping[str, Any]) -> str:
    name = payload.get("environment")
    known = settings.stack.environments
    if not isinstance(name, str) or name not in known:
        shown = ", ".join(known) or "-"
        raise Refused(Message("There is no environment %(name)s; known: %(known)s", name=str(name)[:60], known=shown))
    return name


def _wish(intent: Intent) -> Wish:
    payload = intent.payload
    do, seconds, until, why = (payload.get(key) for key in ("do", "seconds", "until", "why"))
    if not isinstance(do, str) or do not in DEEDS:
        raise Refused(Message("Ask for one of %(known)s", known=", ".join(DEEDS)))
    if seconds is not None and (not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds < 10**8):
        raise Refused(Message("A time is a whole number of seconds"))
    if why is not None and (not isinstance(why, str) or len(why) > LONGEST_WHY):
        raise Refused(Message("A reason has at most %(most)s characters", most=LONGEST_WHY))
    source = payload.get("source")
    return Wish(
        do,
        intent.actor,
        timedelta(seconds=seconds) if seconds is not None else None,
        _instant(until) if until is not None else None,
        (why or "").strip(),
        source if isinstance(source, str) and source in _SOURCES else "",
    )


def _instant(value: object) -> datetime:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Refused(Message("An instant is written with its zone, such as 2026-11-24T22:00+09:00"))
    return found.astimezone(UTC)


def _event(
    intent: Intent, now: datetime, words: tuple[str, str], override: Override, before: EnvironmentPower | None
) -> Event:
    (kind, said_so), name = words, override.environment
    detail = {
        "until": override.end.isoformat(),
        "why": override.why,
        "source": override.source,
        "price": None if override.price is None else str(override.price),
        "before": before.desired.value if before is not None else None,
        "asked": override.power.value,
        "override": override.id,
    }
    return Event(f"{kind}:{intent.id}:{override.id}", now, kind, f"{name} {said_so}", intent.actor, name, None, detail)
