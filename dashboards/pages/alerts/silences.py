"""Silences on the page: those that hold, are to come or are over; one is made or ended by a form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import abort, flash, g, redirect, request
from werkzeug.wrappers import Response

from dashboards.asking import COMMENT, END_SILENCE, LONGEST, SHORTEST, SILENCE, as_json, ask, read_matchers, written
from dashboards.language import Language, _
from dashboards.pages.alerts.facts import SILENCES
from dashboards.pages.alerts.recent import recent
from dashboards.pages.alerts.words import shortened
from dashboards.security.redirects import local_path
from dashboards.site import Site, current_site
from store.alerting import Silence

LENGTHS = (3600, 4 * 3600, 8 * 3600, 86400, 3 * 86400, 7 * 86400, 30 * 86400)
"""Seconds offered: an hour, a shift, a night, a day, a weekend, a week, a month."""
_CONDITIONS = 4_000
"""Characters of the conditions as typed."""
_ID = 100


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """One silence as listed. `when` is `active`, `coming` or `over`."""

    id: str
    when: str
    conditions: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    by: str
    ended_by: str
    comment: str
    asked: bool


def words(site: Site, language: Language) -> dict[str, Any]:
    """What the template needs of silences."""
    asked = {str(intent.payload.get("id", "")) for intent in site.store.intents.open(END_SILENCE)}
    rows = [_row(each, asked) for each in site.store.silences.all(SILENCES)]
    order = {"active": 0, "coming": 1, "over": 2}
    return {
        "silences": sorted(rows, key=lambda row: (order[row.when], -row.starts_at.timestamp())),
        "lengths": [(seconds, language.duration(timedelta(seconds=seconds))) for seconds in LENGTHS],
        "typed": shortened(request.args.get("matchers", ""), _CONDITIONS),
        "coming_silences": len(site.store.intents.open(SILENCE)),
    }


def _row(silence: Silence, asked: set[str]) -> SilenceRow:
    over = silence.ends_at <= g.now
    return SilenceRow(
        id=silence.id,
        when="over" if over else "coming" if silence.starts_at > g.now else "active",
        conditions=conditions(silence),
        starts_at=silence.starts_at,
        ends_at=silence.ends_at,
        by=shortened(silence.created_by, 80),
        ended_by=shortened(silence.expired_by, 80),
        comment=shortened(silence.comment, COMMENT),
        asked=silence.id in asked,
    )


def conditions(silence: Silence) -> tuple[str, ...]:
    """The conditions of a silence as people write them."""
    return tuple(shortened(written(each), 160) for each in silence.matchers)


def make() -> Response:
    """Ask for a silence with the conditions, the length and the comment of the form."""
    text, comment = request.form.get("matchers", ""), request.form.get("comment", "").strip()
    try:
        matchers = read_matchers(text[:_CONDITIONS].splitlines())
    except ValueError as error:
        return _refused(_("The silence was not made."), str(error), text)
    if not matchers:
        return _refused(_("The silence was not made."), _("Write at least one condition."), text)
    seconds = length_of(request.form.get("seconds", ""))
    if seconds is None:
        return _refused(_("The silence was not made."), _("Choose how long it is to last."), text)
    ask(current_site(), SILENCE, {"matchers": as_json(matchers), "seconds": seconds, "comment": comment[:COMMENT]})
    return done(_("The silence is asked for and being made."))


def _refused(what: str, why: str, text: str) -> Response:
    flash(f"{what} {why}", "error")
    return redirect(form_with(text[:_CONDITIONS]), 303)


def form_with(typed: str) -> str:
    """The address of the form that makes a silence, with conditions filled in."""
    return f"/alerts?{urlencode({'matchers': typed})}#silence"


def end(name: str) -> Response:
    """Ask for the end of a silence that has not ended yet."""
    if len(name) > _ID or not still_there(current_site().store.silences.all(SILENCES * 20), name, g.now):
        abort(404)
    ask(current_site(), END_SILENCE, {"id": name})
    return done(_("The end of the silence is asked for and being done."))


def still_there(silences: Iterable[Silence], name: str, now: datetime) -> bool:
    """Whether there is a silence of this id that has not ended."""
    return any(each.id == name and each.ends_at > now for each in silences)


def length_of(text: str, choices: Sequence[int] = ()) -> int | None:
    """Seconds of a silence: a whole number up to the longest that is allowed; None where it is none."""
    if not text.isascii() or not text.isdecimal() or len(text) > len("99999999"):
        return None
    seconds = int(text)
    fits = SHORTEST <= timedelta(seconds=seconds) <= LONGEST and (not choices or seconds in choices)
    return seconds if fits else None


def done(told: str, *, to: str = "/alerts") -> Response:
    """Go back where the form stood, saying what was asked for; what was kept of before is forgotten."""
    recent().forget()
    flash(told, "ok")
    return redirect(local_path(request.form.get("next", to), to), 303)
