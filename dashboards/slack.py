"""Where Slack calls by signed HTTP: what it sends is handed on, unread, to whoever checks the signature."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from dashboards.site import current_site

LARGEST = 1_000_000
"""Bytes of one call: far above any click, for Slack sends the message's blocks back with it."""
ENDPOINTS = frozenset({"slack.interactivity", "slack.commands"})
"""Endpoints that the signature guards in place of a login and a form's token."""


def blueprint() -> Blueprint:
    """POST /slack/interactivity and POST /slack/commands; 404 where Slack is not set up to call."""
    slack = Blueprint("slack", __name__)
    slack.post("/slack/interactivity", endpoint="interactivity")(handed_on)
    slack.post("/slack/commands", endpoint="commands")(handed_on)
    return slack


def handed_on() -> Response:
    """The answer of the part that speaks Slack, to the headers and the raw bytes as they came."""
    handle = current_site().slack
    if handle is None:
        abort(404)
    request.max_content_length = LARGEST
    status, body = handle(dict(request.headers), request.get_data(cache=False))
    kind = "application/json" if body.startswith(("{", "[")) else "text/plain; charset=utf-8"
    answer = Response(body, status, content_type=kind)
    answer.headers["Cache-Control"] = "no-store"
    return answer
