"""The application factory: one Flask application from a site, its settings and a secret key."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from flask import Blueprint, Flask, g
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboards import language, pages
from dashboards.config import WebSettings
from dashboards.delivery import finish, static_url_builder
from dashboards.site import EXTENSION, Site, current_site

MAX_BODY = 64 * 1024
"""Bytes of a request's body. Forms here are short; nothing is uploaded."""


def create_app(site: Site, settings: WebSettings, secret_key: str) -> Flask:
    """Build the application.

    `secret_key` signs sessions and CSRF tokens: at least 32 random characters, the same on every replica.
    """
    app = Flask("dashboards")
    app.config.update(
        SECRET_KEY=secret_key,
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        MAX_FORM_PARTS=100,
        SESSION_COOKIE_NAME="__Host-lamplighter" if settings.https else "lamplighter",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.login.session_hours),
    )
    app.extensions[EXTENSION] = site
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    _prepare_requests(app, language.install(app, settings.language))
    app.after_request(finish)
    for blueprint in _blueprints():
        app.register_blueprint(blueprint)
    return app


def _blueprints() -> tuple[Blueprint, ...]:
    return (*pages.blueprints(),)


def _prepare_requests(app: Flask, languages: language.Languages) -> None:
    static_url = static_url_builder(app)

    def start() -> None:
        site = current_site()
        g.request_id = uuid4().hex[:12]
        g.now = site.clock()
        g.language = language.language_of_request(languages, site.stack.zone)

    def words() -> dict[str, object]:
        return {
            "site": current_site(),
            "now": g.now,
            "language": language.current_language(),
            "login_name": None,
            "login_enabled": False,
            "request_id": g.request_id,
            "static_url": static_url,
        }

    app.before_request(start)
    app.context_processor(words)
