"""What people ask of an environment: one of what is offered, or to go by its schedule again. Only a form acts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from flask import abort, flash, g, redirect, request
from werkzeug.wrappers import Response

from dashboards.asking import ask
from dashboards.language import Language, _
from dashboards.pages.alerts.words import said, shortened
from dashboards.security.redirects import local_path
from dashboards.site import Site, current_site
from store.vocabulary import Intent

OVERRIDE, RESUME = "environment.override", "environment.resume"
DEEDS = ("keep", "skip", "start", "stop")
ANSWERED = timedelta(minutes=5)
"""For how long the page tells what came of a wish."""
WHY = 300
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a wish: who wished, and the sentence; `colour` is ok, warn or unknown (not carried out yet)."""

    who: str
    text: str
    colour: str


def ask_for(name: str) -> Response:
    """Ask for what the pressed button says."""
    site = current_site()
    if name not in site.stack.environments:
        abort(404)
    do = request.form.get("do", "")
    payload: dict[str, object] = {"environment": name, "source": "page"}
    if do == "resume":
        ask(site, RESUME, payload)
    elif do in DEEDS:
        payload |= {"do": do, "why": request.form.get("why", "").strip()[:WHY]}
        seconds = request.form.get("seconds", "")
        if seconds.isdecimal():
            payload["seconds"] = int(seconds[:9])
        ask(site, OVERRIDE, payload)
    else:
        abort(400)
    flash(_("It is asked for and being done."), "ok")
    return redirect(local_path(request.form.get("next", "/environments"), "/environments"), 303)


def answers(site: Site, name: str, language: Language) -> Iterator[Answer]:
    """What came of what was asked for a moment ago, and what is still to be carried out."""
    for one in site.store.intents.recent():
        if one.kind not in (OVERRIDE, RESUME) or g.now - one.created_at > ANSWERED or not _is_of(one, name):
            continue
        who = shortened(one.actor, 80)
        if one.state == "open":
            yield Answer(who, _("asked for, and not carried out yet"), "unknown")
        else:
            yield Answer(who, said(language, one.result, 300), "ok" if one.state == "done" else "warn")


def _is_of(intent: Intent, name: str) -> bool:
    return intent.payload.get("environment") == name
