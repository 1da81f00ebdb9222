"""The login: a form, its limits, the audit of what happened, and the guard before every other view."""

from __future__ import annotations

from hmac import compare_digest
from secrets import token_hex
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Flask, abort, flash, g, make_response, redirect, render_template, request, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from dashboards.config import WebSettings
from dashboards.language import _
from dashboards.security import sessions
from dashboards.security.passwords import PasswordCheck
from dashboards.security.redirects import local_path
from dashboards.site import current_site
from dashboards.slack import ENDPOINTS as SLACK
from store.errors import StoreError
from store.vocabulary import Event

PER_ADDRESS = "10 per minute; 100 per hour"
"""Failed logins from one address."""
PER_NAME = "20 per 10 minutes"
"""Failed logins under one name from anywhere: slows a distributed guesser, and locks its owner out for minutes only."""
OPEN_TO_ALL = SLACK | {"static", "module", "login.form", "login.enter", "probes.healthz", "probes.readyz"}
"""Endpoints that need no login."""
FOR_PROMETHEUS = frozenset({"exposition.own", "exposition.collected"})
"""Endpoints that the metrics token opens as well."""

_log = structlog.get_logger(__name__)


def blueprint(app: Flask, settings: WebSettings) -> Blueprint:
    """GET and POST /login, POST /logout."""
    limiter = Limiter(
        get_remote_address, app=app, storage_uri="memory://", strategy="moving-window", headers_enabled=True
    )
    users = {user.name: user.password_hash.get_secret_value() for user in settings.login.users}
    check = PasswordCheck(users)
    login = Blueprint("login", __name__)

    def form() -> Response:
        return _form("", 200) if users and not g.login_name else redirect(_next(), 303)

    def enter() -> Response:
        name, password = request.form.get("name", ""), request.form.get("password", "")
        if not check.holds(name, password):
            _audit("login.failed", name if name in users else "somebody", "A login was refused")
            return _form(_("Name or password is wrong."), 401)
        sessions.begin(settings, name, g.now)
        _audit("login.succeeded", name, f"{name} logged in")
        return redirect(_next(), 303)

    def leave() -> Response:
        if g.login_name:
            sessions.end(current_site().store, g.login_name, g.now)
            _audit("login.ended", g.login_name, f"{g.login_name} logged out everywhere")
            flash(_("You are signed out on every device."), "info")
        return redirect(url_for("login.form"), 303)

    by_address = limiter.limit(PER_ADDRESS, deduct_when=_refused)
    by_name = limiter.limit(PER_NAME, key_func=_name_typed, deduct_when=_refused)
    login.get("/login", endpoint="form")(form)
    login.post("/login", endpoint="enter")(by_address(by_name(enter)))
    login.post("/logout", endpoint="leave")(leave)
    return login


def guard(settings: WebSettings) -> Response | None:
    """Let through whoever may read this; send everybody else to the login. Sets `g.login_name`."""
    g.login_name = None
    if not settings.login.users:
        return None
    g.login_name = sessions.name_of_session(settings, current_site().store, g.now)
    if g.login_name or request.endpoint in OPEN_TO_ALL:
        return None
    if request.endpoint in FOR_PROMETHEUS:
        return None if _has_metrics_token(settings) else abort(401)
    if request.path.startswith("/api/") and request.path != "/api/docs":
        abort(401)
    if request.headers.get("HX-Request"):
        # htmx would put the form of the login into the middle of the page; so it is told to leave the page instead.
        answer = make_response("", 401)
        answer.headers["HX-Redirect"] = url_for("login.form", next=_page_of_fragment())
        return answer
    here = request.full_path.removesuffix("?") if request.method == "GET" else "/"
    return redirect(url_for("login.form", next=here), 303)


def _page_of_fragment() -> str:
    try:
        parts = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return "/"
    return f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"


def _has_metrics_token(settings: WebSettings) -> bool:
    wanted, given = settings.metrics_token, request.authorization
    if wanted is None or given is None or given.type != "bearer" or not given.token:
        return False
    return compare_digest(given.token.encode(), wanted.get_secret_value().encode())


def _form(problem: str, status: int) -> Response:
    answer = make_response(render_template("login.html", problem=problem, next=_next()), status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _next() -> str:
    return local_path(request.values.get("next", "/"))


def _refused(response: Response) -> bool:
    return response.status_code == 401  # noqa: PLR2004  the status of a refused login


def _name_typed() -> str:
    return request.form.get("name", "")[:64].casefold()


def _audit(kind: str, actor: str, title: str) -> None:
    detail = {"address": request.remote_addr or "", "request_id": g.request_id}
    event = Event(f"{kind}:{token_hex(8)}", g.now, kind, title, actor=actor, detail=detail)
    try:
        current_site().store.events.add(event)
    except StoreError as error:
        # A login must work while the store is away: the page is where people find out.
        _log.warning("audit.unwritten", kind=kind, actor=actor, error=str(error))
    _log.info(kind, actor=actor, **detail)
