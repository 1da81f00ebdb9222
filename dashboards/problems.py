"""What is answered when something is refused or fails: a page in words, or problem+json (RFC 9457) for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from flask import Flask, Response, current_app, g, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from dashboards.errors import BadParameter, NothingThere
from dashboards.language import current_language
from dashboards.memory import last_known
from store.errors import StoreError
from store.messages import Message, Sentence

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal or a failure, for a person: what it is, what exactly happened (may be empty), what to do."""

    status: int
    title: Message
    remedy: Message
    detail: Sentence = ""
    parameter: str = ""


_KNOWN: Mapping[int, tuple[Message, Message]] = {
    400: (
        Message("This request could not be read"),
        Message("Check the address, or go back, reload the page and try again."),
    ),
    401: (
        Message("Sign in first"),
        Message("Programs read /metrics with the bearer token web.metrics_token; people sign in at /login."),
    ),
    403: (Message("This is not allowed"), Message("Ask whoever runs Lamplighter for it.")),
    404: (Message("There is nothing here"), Message("Check the address, or start from the status page.")),
    405: (Message("This address does not take that method"), Message("Read with GET; forms of the pages use POST.")),
    406: (Message("This is not offered in that form"), Message("Ask for application/json or text/csv.")),
    413: (Message("This is more than is accepted"), Message("Send less; a form here needs a few hundred bytes.")),
    415: (Message("This is not read in that form"), Message("Send JSON and say so: Content-Type: application/json.")),
    429: (Message("Too many attempts"), Message("Wait a few minutes, then try again.")),
    500: (
        Message("Lamplighter made a mistake"),
        Message("Collection goes on. Look for the request's id in the log and report it."),
    ),
    503: (
        Message("The store does not answer"),
        Message("Try again in a moment; `lamplighter doctor` names the cause."),
    ),
}


def install(app: Flask) -> None:
    """Answer every refusal and failure of the application in words, never with a stack trace."""
    app.register_error_handler(CSRFError, _on_forgery)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(BadParameter, _on_bad_parameter)
    app.register_error_handler(NothingThere, _on_nothing)
    app.register_error_handler(StoreError, _on_store)
    app.register_error_handler(Exception, _on_mistake)


def _on_http(error: HTTPException) -> Response:
    status = error.code or 500
    title, remedy = _KNOWN.get(status, (Message(HTTPStatus(status).phrase), _KNOWN[500 if status >= 500 else 400][1]))  # noqa: PLR2004  server errors
    answer = _answer(Problem(status, title, remedy))
    for name in ("Allow", "Retry-After", "Location"):
        value = error.get_response().headers.get(name)
        if value:
            answer.headers[name] = value
    if status == 401:  # noqa: PLR2004  RFC 9110 wants the scheme named
        answer.headers["WWW-Authenticate"] = 'Bearer realm="lamplighter"'
    return answer


def _on_forgery(_error: CSRFError) -> Response:
    detail = Message("The form was too old, or did not come from this page.")
    return _answer(Problem(400, *_KNOWN[400], detail=detail))


def _on_bad_parameter(error: BadParameter) -> Response:
    return _answer(Problem(400, *_KNOWN[400], detail=str(error), parameter=error.parameter))


def _on_nothing(error: NothingThere) -> Response:
    return _answer(Problem(404, *_KNOWN[404], detail=error.told))


def _on_store(error: StoreError) -> Response:
    _log.error("store.failed", request_id=g.get("request_id"), path=request.path, error=str(error))
    answer = _answer(Problem(503, *_KNOWN[503], detail=str(error)))
    answer.headers["Retry-After"] = "10"
    return answer


def _on_mistake(error: Exception) -> Response:
    _log.error("request.failed", request_id=g.get("request_id"), path=request.path, exc_info=error)
    return _answer(Problem(500, *_KNOWN[500]))


def _answer(problem: Problem) -> Response:
    body, kind = _as_json(problem) if _wants_json() else _as_page(problem)
    answer = Response(body, problem.status, content_type=kind)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _wants_json() -> bool:
    if request.path.startswith("/api/") and request.path != "/api/docs":
        return True
    if request.path.startswith(("/metrics", "/healthz", "/readyz")):
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _as_json(problem: Problem) -> tuple[str, str]:
    say = current_language().say
    fields = {
        "type": "about:blank",
        "title": say(problem.title),
        "status": problem.status,
        "detail": " ".join(text for text in (say(problem.detail), say(problem.remedy)) if text),
        "request_id": g.get("request_id", ""),
    }
    if problem.parameter:
        fields["parameter"] = problem.parameter
    return json.dumps(fields, ensure_ascii=False), "application/problem+json"


def _as_page(problem: Problem) -> tuple[str, str]:
    language = current_language()
    known = last_known(current_app) if problem.status == 503 and g.get("may_read") else None  # noqa: PLR2004  the store is away
    try:
        page = render_template(
            "error.html",
            status=problem.status,
            title=language.say(problem.title),
            detail=language.say(problem.detail),
            remedy=language.say(problem.remedy),
            known=language.say(known.sentence) if known else "",
            known_age=language.age(known.at, g.now) if known else "",
        )
    except Exception as error:  # noqa: BLE001  whatever broke the page may break its frame too
        _log.error("error_page.failed", request_id=g.get("request_id"), exc_info=error)
        return f"{language.say(problem.title)}. {language.say(problem.remedy)}\n", "text/plain; charset=utf-8"
    return page, "text/html; charset=utf-8"
