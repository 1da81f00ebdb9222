"""The alert pages: what fires now and did before, one firing's whole story, and what people do about it."""

from __future__ import annotations

from flask import Blueprint

from dashboards.pages.alerts import acts, detail, listing, recent, silences


def blueprint() -> Blueprint:
    """/alerts and everything below it. Looking never acts: each change is a form that posts."""
    pages = Blueprint("alerts", __name__)
    pages.record_once(recent.prepare)
    pages.get("/alerts")(listing.page)
    pages.get("/alerts/live")(listing.live)
    pages.post("/alerts/silences")(silences.make)
    pages.post("/alerts/silences/<name>/end")(silences.end)
    pages.get("/alerts/<episode>", endpoint="one")(detail.page)
    pages.get("/alerts/<episode>/now")(detail.how_it_is)
    pages.get("/alerts/<episode>/points")(detail.points)
    pages.post("/alerts/<episode>/opened")(detail.opened)
    pages.get("/alerts/<episode>/acknowledge", endpoint="confirm_acknowledge")(acts.confirm_acknowledge)
    pages.post("/alerts/<episode>/acknowledge")(acts.acknowledge)
    pages.post("/alerts/<episode>/unacknowledge")(acts.unacknowledge)
    pages.get("/alerts/<episode>/silence", endpoint="confirm_silence")(acts.confirm_silence)
    pages.post("/alerts/<episode>/silence")(acts.silence)
    return pages
