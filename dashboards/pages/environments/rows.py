"""What the pages say of an environment: its state, what it should be, what can be asked for, and its resources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from dashboards.language import Language, _
from dashboards.pages.board import title_of
from dashboards.pages.environments.acts import Answer, answers
from dashboards.pages.environments.week import Day, start_of_week, week_of
from dashboards.site import Site
from store.power import Condition, EnvironmentPower, Offer, Power, ResourcePower, Step

STALE = timedelta(minutes=15)
"""A look that is older says nothing of now."""


@dataclass(frozen=True, slots=True)
class OfferRow:
    """Something that can be asked for: the button's words, what is asked before it is done, and the form's values."""

    do: str
    seconds: str
    label: str
    question: str


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """One resource: what it is and should be. `colour` as the words of the page have them."""

    kind: str
    name: str
    state: str
    colour: str
    desired: str
    hourly: str
    note: str


@dataclass(frozen=True)
class Row:
    """An environment that may sleep."""

    name: str
    title: str
    colour: str
    state: str
    since: datetime
    checked: datetime
    stale: bool
    meant: str
    because: str
    change: str
    armed: bool
    problem: str
    hourly: str
    offers: Sequence[OfferRow]
    resumes: bool
    answers: Sequence[Answer]
    week: Sequence[Day]
    zone: str


def row_of(site: Site, state: EnvironmentPower, now: datetime, language: Language) -> Row:
    """An environment as the pages show it."""
    zone = ZoneInfo(state.timezone)
    spans = site.store.power.spans(start_of_week(zone, now), now, state.environment)
    asked = [one for one in site.store.power.overrides(state.environment, after=now) if one.until > now]
    stale = now - state.checked_at > STALE
    return Row(
        name=state.environment,
        title=title_of(site.stack, state.environment),
        colour="unknown" if stale else colour_of(state),
        state=condition_word(state.condition),
        since=state.since,
        checked=state.checked_at,
        stale=stale,
        meant=_("should be on") if state.desired is Power.RUNNING else _("should be asleep"),
        because=language.say(state.because),
        change=_change(state, now, language),
        armed=state.armed,
        problem=language.say(state.problem),
        hourly=language.money(state.hourly, state.currency) if state.hourly is not None else "",
        offers=[_offer(one, state, language) for one in state.offers],
        resumes=bool(asked),
        answers=list(answers(site, state.environment, language)),
        week=week_of(state, spans, now, language),
        zone=state.timezone,
    )


def colour_of(state: EnvironmentPower) -> str:
    """The colour of an environment: grey asleep, green on, amber where it is not as it should be."""
    reached = {Power.STOPPED: Condition.STOPPED, Power.RUNNING: Condition.RUNNING}[state.desired]
    if state.problem or state.condition is Condition.PARTIAL:
        return "warn"
    if state.condition is Condition.UNKNOWN:
        return "unknown"
    if state.armed and state.condition is not reached and state.condition in (Condition.RUNNING, Condition.STOPPED):
        return "warn"
    return "asleep" if state.condition in (Condition.STOPPED, Condition.STOPPING) else "ok"


def condition_word(condition: Condition) -> str:
    """A condition as a word."""
    return {
        Condition.RUNNING: _("On"),
        Condition.STARTING: _("Waking"),
        Condition.STOPPING: _("Going to sleep"),
        Condition.STOPPED: _("Asleep"),
        Condition.PARTIAL: _("Partly on"),
        Condition.GONE: _("Gone"),
        Condition.UNKNOWN: _("Unknown"),
    }[condition]


def _change(state: EnvironmentPower, now: datetime, language: Language) -> str:
    if state.until is None:
        return _("Nothing known changes that.")
    told = {"time": language.moment(state.until, "short"), "wait": language.age(state.until, now)}
    if state.desired is Power.RUNNING:
        return _("Stops %(time)s, %(wait)s.", **told)
    return _("Wakes %(time)s, %(wait)s.", **told)


def _offer(one: Offer, state: EnvironmentPower, language: Language) -> OfferRow:
    labels = {
        "keep": _("Keep on 2 h"),
        "skip": _("Keep on tonight"),
        "stop": _("Stop now"),
        "start": _("Start for 2 h"),
    }
    label, until = labels.get(one.do, one.do), language.moment(one.until, "short")
    name = state.environment
    asked = (
        _("%(name)s stops now and sleeps until %(until)s.", name=name, until=until)
        if one.do == "stop"
        else _("%(name)s stays on until %(until)s.", name=name, until=until)
    )
    if one.price is not None:
        label += f" · {'+' if one.price >= 0 else MINUS}{language.money(abs(one.price), one.currency)}"
        asked += " " + _price(one.price, one.hours, one.currency, language)
    return OfferRow(one.do, str(one.seconds or ""), label, asked)


MINUS = "\N{MINUS SIGN}"


def _price(price: Decimal, hours: Decimal, currency: str, language: Language) -> str:
    told = {"price": language.money(abs(price), currency), "hours": language.number(hours, 1)}
    if price < 0:
        return _("That saves about %(price)s for %(hours)s h.", **told)
    return _("That costs about %(price)s for %(hours)s h beyond its schedule.", **told)


def resource_rows(state: EnvironmentPower, language: Language) -> Iterator[ResourceRow]:
    """Each resource of an environment."""
    for one in state.resources:
        yield ResourceRow(
            kind=one.resource_type,
            name=one.name,
            state=condition_word(one.condition) if one.desired is not None else "",
            colour=_colour(one),
            desired="" if one.desired is None else _("on") if one.desired is Power.RUNNING else _("asleep"),
            hourly=language.money(one.hourly, state.currency) if one.hourly is not None else "",
            note=language.say(one.note),
        )


def _colour(one: ResourcePower) -> str:
    if one.desired is None:
        return "unknown"
    if one.by_hand is not None or one.condition in (Condition.UNKNOWN, Condition.GONE):
        return "warn"
    return "asleep" if one.condition is Condition.STOPPED else "ok" if one.condition is Condition.RUNNING else "unknown"


def step_lines(steps: Sequence[Step], language: Language) -> list[str]:
    """What is under way, a line for each step."""
    lines = []
    for one in steps:
        said = _("%(verb)s %(name)s: attempt %(number)s", verb=one.verb, name=one.name, number=max(one.attempts, 1))
        lines.append(f"{said}: {language.say(one.problem)}" if one.problem else said)
    return lines
