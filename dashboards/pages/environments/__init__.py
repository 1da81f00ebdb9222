"""The pages of environments that sleep: what each is and should be, the week as a strip, and what can be asked for."""

from __future__ import annotations

from flask import Blueprint

from dashboards.pages.environments import acts, page, sheet


def blueprint() -> Blueprint:
    """/environments, /environments/NAME and its CSV. Looking changes nothing: what is asked for posts."""
    pages = Blueprint("environments", __name__)
    pages.get("/environments")(page.listing)
    pages.get("/environments/<name>")(page.detail)
    pages.get("/environments/<name>.csv")(sheet.history_csv)
    pages.post("/environments/<name>/ask")(acts.ask_for)
    return pages
