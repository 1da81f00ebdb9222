"""What people do about a firing: acknowledge it, take that back, keep it quiet. Only forms that post act."""

from __future__ import annotations

from datetime import timedelta

from flask import abort, g, redirect, render_template, request
from werkzeug.wrappers import Response

from dashboards.asking import ACKNOWLEDGE, COMMENT, EPISODE, HOUR, NOBODY, SILENCE, UNACKNOWLEDGE, ask
from dashboards.language import _, current_language
from dashboards.pages.alerts.rows import row_of
from dashboards.pages.alerts.silences import LENGTHS, done, length_of
from dashboards.site import current_site
from store.alerting import Episode

_NAME = 200
"""Characters of a notice's name."""
ACTS = ("acknowledge", "silence")
"""What a link may ask for."""


def found_or_404(name: str) -> Episode:
    """The firing of this id; answers 404 where there is none."""
    episode = current_site().store.alerts.episode(name) if EPISODE.fullmatch(name) else None
    return episode or abort(404)


def acknowledge(episode: str) -> Response:
    """Ask for the acknowledgement."""
    found = found_or_404(episode)
    ask(current_site(), ACKNOWLEDGE, _meant(found))
    return done(_("The acknowledgement is asked for and being done."), to=f"/alerts/{found.id}")


def unacknowledge(episode: str) -> Response:
    """Ask for taking the acknowledgement back."""
    found = found_or_404(episode)
    ask(current_site(), UNACKNOWLEDGE, {"episode": found.id})
    return done(_("Taking the acknowledgement back is asked for and being done."), to=f"/alerts/{found.id}")


def silence(episode: str) -> Response:
    """Ask for a silence of this one firing: an hour, or one of the lengths that the form offers."""
    found = found_or_404(episode)
    seconds = length_of(request.form.get("seconds", str(HOUR)), LENGTHS) or abort(400)
    comment = request.form.get("comment", "").strip()[:COMMENT]
    ask(current_site(), SILENCE, {**_meant(found), "seconds": seconds, "comment": comment})
    return done(_("The silence is asked for and being done."), to=f"/alerts/{found.id}")


def _meant(episode: Episode) -> dict[str, object]:
    """What a form acts on: the message that its link stood in, or this firing alone."""
    notice = request.form.get("notice", "")
    return {"notice": notice} if notice and told_in(notice, episode) else {"episode": episode.id}


def told_in(notice: str, episode: Episode) -> int:
    """How many firings a message told of, if it told of this one; else 0."""
    if len(notice) > _NAME or not notice.isprintable():
        return 0
    members = current_site().store.notices.members_of_notice(notice)
    return len(members) if any(member.episode.id == episode.id for member in members) else 0


def confirm_acknowledge(episode: str) -> str | Response:
    """Ask first: Slack and other programs follow links to show what is behind them, and must not act."""
    return confirm(found_or_404(episode), "acknowledge")


def confirm_silence(episode: str) -> str | Response:
    """Ask first, and for how long."""
    return confirm(found_or_404(episode), "silence")


def confirm(episode: Episode, act: str) -> str | Response:
    """The page that asks whether to `acknowledge` or `silence`, for this firing or for all that a message told of."""
    if not episode.is_open:
        return redirect(f"/alerts/{episode.id}", 303)
    language = current_language()
    notice = request.args.get("notice", "")
    told = told_in(notice, episode) if notice else 0
    return render_template(
        "alert_confirm.html",
        notice=notice if told > 1 else "",
        told=told,
        row=row_of(current_site(), episode, language),
        act=act,
        lengths=[(seconds, language.duration(timedelta(seconds=seconds))) for seconds in LENGTHS],
        actor=g.get("login_name") or NOBODY,
    )
