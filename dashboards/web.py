"""The application factory: one Flask application from a site, its settings and a secret key."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from uuid import uuid4

from flask import Blueprint, Flask, Response, g, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as BaseResponse

from dashboards import exposition, language, pages, probes, problems, slack
from dashboards.api import routes as api
from dashboards.config import WebSettings
from dashboards.delivery import finish, static_url_builder
from dashboards.errors import BadParameter
from dashboards.security import headers, login
from dashboards.security.hosts import host_allowed, sent_from_elsewhere
from dashboards.site import EXTENSION, Site, current_site

MAX_BODY = 64 * 1024
"""Bytes of a request's body. Forms here are short; nothing is uploaded."""
LEAST_KEY = 32
_STRANGE_HOST = "this page does not answer to that name. Open it by its address, or add the name to web.hosts"


def create_app(site: Site, settings: WebSettings, secret_key: str) -> Flask:
    """Build the application.

    `secret_key` signs sessions and CSRF tokens: 32 random characters or more, the same on every replica.

    Raises:
        ValueError: the key is too short to sign anything with.
    """
    if len(secret_key) < LEAST_KEY:
        raise ValueError(f"the secret key has {len(secret_key)} characters: make one of {LEAST_KEY} or more")
    app = Flask("dashboards")
    app.config.update(_flask_settings(settings, secret_key))
    # The rules of a site never change, for a reload makes another one; writing them out takes a while.
    app.extensions[EXTENSION] = replace(site, rules=cache(site.rules))
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    _open_and_close_requests(app, settings)
    csrf = CSRFProtect(app)
    problems.install(app)
    for blueprint in _blueprints(app, settings):
        app.register_blueprint(blueprint)
    for blueprint in _guarded_otherwise():
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
    return app


def _guarded_otherwise() -> tuple[Blueprint, ...]:
    """Those whose writes need no token of a form.

    A signature guards Slack's. The API takes JSON only, which no form of another site can send.
    """
    return slack.blueprint(), api.blueprint()


def _blueprints(app: Flask, settings: WebSettings) -> tuple[Blueprint, ...]:
    return (
        probes.blueprint(),
        exposition.blueprint(app),
        login.blueprint(app, settings),
        *pages.blueprints(),
    )


def _flask_settings(settings: WebSettings, secret_key: str) -> dict[str, object]:
    return {
        "SECRET_KEY": secret_key,
        "MAX_CONTENT_LENGTH": MAX_BODY,
        "MAX_FORM_MEMORY_SIZE": MAX_BODY,
        "MAX_FORM_PARTS": 100,
        # The prefix makes browsers refuse a cookie of this name from a sister domain or over HTTP.
        "SESSION_COOKIE_NAME": "__Host-lamplighter" if settings.https else "lamplighter",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=settings.login.session_hours),
        # A token lives as long as its session: a page left open overnight must still be able to acknowledge.
        "WTF_CSRF_TIME_LIMIT": None,
    }


def _refuse_forged(settings: WebSettings) -> None:
    """Refuse a form of another site, whatever token it holds."""
    told = request.headers.get("Origin", ""), request.headers.get("Sec-Fetch-Site", "")
    if request.method not in {"GET", "HEAD", "OPTIONS"} and sent_from_elsewhere(*told, request.host, settings):
        raise CSRFError


def _open_and_close_requests(app: Flask, settings: WebSettings) -> None:
    languages = language.install(app, settings.language)
    static_url = static_url_builder(app)

    def open_request() -> BaseResponse | None:
        site = current_site()
        g.request_id = uuid4().hex[:12]
        g.now = site.clock()
        g.login_name = None
        g.language = language.language_of_request(languages, site.stack.zone)
        if not host_allowed(request.host, settings):
            raise BadParameter("Host", _STRANGE_HOST)
        _refuse_forged(settings)
        answer = login.guard(settings)
        g.may_read = answer is None and bool(g.login_name or not settings.login.users)
        return answer

    def close_request(response: Response) -> Response:
        https = settings.https or request.is_secure
        return headers.secure(finish(response), g.request_id, https=https)

    def words() -> dict[str, object]:
        return {
            "site": current_site(),
            "now": g.now,
            "language": g.language,
            "login_name": g.login_name,
            "login_enabled": bool(settings.login.users),
            "allow_anonymous": settings.allow_anonymous,
            "request_id": g.request_id,
            "static_url": static_url,
        }

    app.before_request(open_request)
    app.after_request(close_request)
    app.context_processor(words)
