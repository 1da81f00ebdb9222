"""What people decide of a recommendation: accept or dismiss it, with a comment. Only a form that posts acts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import abort, flash, g, redirect, request
from werkzeug.wrappers import Response

from dashboards.asking import COMMENT, ask
from dashboards.language import _, current_language
from dashboards.pages.alerts.words import refusal
from dashboards.security.redirects import local_path
from dashboards.site import Site, current_site
from store.money import Saving, SavingState

ACCEPT, DISMISS = "saving.accept", "saving.dismiss"
KINDS: Mapping[str, str] = {"accept": ACCEPT, "dismiss": DISMISS}
"""The intent behind each button."""
MAY: Mapping[SavingState, tuple[str, ...]] = {
    SavingState.RECOMMENDED: ("accept", "dismiss"),
    SavingState.ACCEPTED: ("dismiss",),
    SavingState.DISMISSED: ("accept",),
}
"""What can still be decided. What the bill has verified stays, and what is gone needs no decision."""
ANSWERED = timedelta(minutes=10)
"""For how long the page tells that a decision was refused."""
_ID = 300
"""Characters of a recommendation's id."""


def decide() -> Response:
    """Ask for what the pressed button says. A second click while the first is being done asks for nothing more."""
    decision = request.form.get("decision", "")
    if decision not in KINDS:
        abort(400)
    site, found = current_site(), _found_or_404(request.form.get("id", ""))
    if found.id in asked(site):
        flash(_("A decision on it is asked for already and being done."), "ok")
    elif decision not in MAY.get(found.state, ()):
        flash(_("Nothing was asked for: somebody decided it before you. This is how it stands now."), "error")
    else:
        comment = request.form.get("comment", "").strip()[:COMMENT]
        ask(site, KINDS[decision], {"id": found.id, "comment": comment})
        flash(_("The decision is asked for and being done."), "ok")
    return redirect(local_path(request.form.get("next", "/cost/savings"), "/cost/savings"), 303)


def _found_or_404(name: str) -> Saving:
    readable = 0 < len(name) <= _ID and name.isprintable()
    return (current_site().store.savings.get(name) if readable else None) or abort(404)


def asked(site: Site) -> dict[str, str]:
    """The recommendations that a decision is being carried out on, with the kind of its intent."""
    intents = [one for kind in KINDS.values() for one in site.store.intents.open(kind)]
    return {str(one.payload.get("id", "")): one.kind for one in intents}


def refused(site: Site) -> list[tuple[str, str]]:
    """Who asked for a decision that was refused a moment ago, and why."""
    language = current_language()
    return [
        refusal(one, language)
        for one in site.store.intents.recent()
        if one.kind in KINDS.values() and one.state == "refused" and g.now - one.created_at < ANSWERED
    ]
