"""What every page stands in: places to go, language and appearance, and the form that keeps a reader's choice."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode
from zoneinfo import available_timezones

from flask import Blueprint, g, redirect, request
from werkzeug.wrappers import Response

from dashboards.language import LANGUAGE_COOKIE, LANGUAGES, ZONE_COOKIE, _, current_language
from dashboards.pages.alerts.recent import total_of
from dashboards.security.redirects import local_path
from dashboards.site import current_site
from store.errors import StoreError

THEME_COOKIE = "theme"
THEMES = ("auto", "light", "dark")
YEAR = 365 * 86400
"""Seconds for which a browser keeps a choice."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page that can be gone to. `key` is the letter after g; `here` marks the open one, `count` what fires."""

    href: str
    title: str
    key: str
    here: bool
    count: int = 0
    short: str = ""
    """The title where there is little room; empty where it is short enough."""


def blueprint() -> Blueprint:
    """Words for the frame around every page (`ui` in templates), and POST /settings/preferences."""
    frame = Blueprint("frame", __name__)

    def words() -> dict[str, object]:
        return {"ui": _frame()}

    frame.app_context_processor(words)
    frame.post("/settings/preferences")(keep_choice)
    return frame


def theme_of_request() -> str:
    """The appearance that the reader chose; `auto` follows the device."""
    chosen = request.cookies.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def _frame() -> dict[str, object]:
    path = request.path
    places = [
        Place("/", _("Status"), "s", path == "/" or path.startswith("/components")),
        Place("/alerts", _("Alerts"), "a", path.startswith("/alerts"), _firing()),
        Place("/rules", _("Rules"), "r", path.startswith("/rules")),
        Place("/cost", _("Cost"), "m", path == "/cost" or path.startswith("/cost/")),
        Place("/environments", _("Environments"), "e", path.startswith("/environments"), short=_("Envs")),
        Place("/collectors", _("Collectors"), "c", path.startswith("/collectors")),
        Place("/settings", _("Settings"), "", path.startswith("/settings")),
    ]
    zone = current_language().zone
    short = g.now.astimezone(zone).tzname() or zone.key
    return {
        "stack": current_site().stack.name,
        "places": places,
        "theme": theme_of_request(),
        "themes": [("auto", _("Auto")), ("light", _("Light")), ("dark", _("Dark"))],
        "languages": [("en", "English"), ("ko", "한국어")],
        "here": _here(),
        "zone": short if short.isalpha() else zone.key,
    }


def _firing() -> int:
    """How many alerts fire; 0 where nobody may know it, and while the store is away: this frame tells that too."""
    if not g.get("may_read"):
        return 0
    try:
        return total_of(current_site())
    except StoreError:
        return 0


def _here() -> str:
    # Without lang: a choice made now must not lose against the address of the page it was made on.
    if request.method != "GET":
        return "/"
    query = urlencode([(key, value) for key, value in request.args.items(multi=True) if key != "lang"])
    return f"{request.path}?{query}" if query else request.path


def keep_choice() -> Response:
    """Keep language, appearance or zone in a cookie and go back where it came from; what is unknown is left out."""
    answer = redirect(local_path(request.form.get("next", "/")), 303)
    choices = (
        (LANGUAGE_COOKIE, request.form.get("language"), LANGUAGES),
        (THEME_COOKIE, request.form.get("theme"), THEMES),
        (ZONE_COOKIE, request.form.get("zone"), available_timezones()),
    )
    for cookie, value, known in choices:
        if value is not None and value in known:
            answer.set_cookie(cookie, value, max_age=YEAR, secure=request.is_secure, httponly=True, samesite="Lax")
    return answer
