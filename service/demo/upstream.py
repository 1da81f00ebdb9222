"""moto as a plain WSGI callable: answers every AWS call that the front door does not answer itself.

The one place that touches moto. It must be imported in the child process only, because moto hooks every boto3 client of
the process that it is imported in. Of moto we use its server application and its documented `x-moto-account-id` header.
"""

from __future__ import annotations

import io
import logging
import sys
import types
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Protocol
from wsgiref.types import WSGIApplication, WSGIEnvironment

from botocore.model import OperationModel
from botocore.parsers import create_parser

from service.demo.answers import Answer
from service.demo.source import AwsError, AwsResponse
from service.demo.wire import Call

DEFAULT_ACCOUNT = "123456789012"
"""The account that moto gives to a key it doesn't know."""
_LOG = logging.getLogger(__name__)


class Upstream(Protocol):
    """What the front door passes calls on to."""

    def answer(self, environ: WSGIEnvironment, body: bytes, account: str) -> Answer:
        """Answer one request on behalf of an account. Raises AwsError for what is not implemented."""
        ...


class Moto:
    """moto's server application, without its own HTTP server."""

    def __init__(self) -> None:
        self._app = _moto_application()

    def answer(self, environ: WSGIEnvironment, body: bytes, account: str) -> Answer:
        """Let moto answer. Raises AwsError(NotImplemented), status 501, which boto3 doesn't retry, where it cannot."""
        asked: dict[str, Any] = dict(environ)
        asked["wsgi.input"] = io.BytesIO(body)
        asked["CONTENT_LENGTH"] = str(len(body))
        asked["HTTP_X_MOTO_ACCOUNT_ID"] = account
        try:
            answer = _run(self._app, asked)
        except NotImplementedError as gap:
            raise AwsError("NotImplemented", f"the embedded AWS does not implement this call: {gap}", 501) from gap
        except Exception as failure:
            _LOG.exception("moto failed")
            raise AwsError("InternalFailure", f"the embedded AWS failed: {failure!r}", 500) from failure
        if answer.status >= HTTPStatus.BAD_REQUEST and _header(answer, "content-type").startswith("text/html"):
            message = f"the embedded AWS does not implement {environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}"
            raise AwsError("NotImplemented", message, 501)
        return _typed(answer)


def forget_cache(account: str, region: str, name: str) -> None:
    """Remove a cluster or replication group that was deleted: moto keeps it for ever, and its name taken."""
    from moto.elasticache.models import elasticache_backends  # noqa: PLC0415 - as below

    backend = elasticache_backends[account][region]
    backend.cache_clusters.pop(name, None)
    backend.replication_groups.pop(name, None)


def _typed(answer: Answer) -> Answer:
    """The answer with the type of what it holds: moto calls the JSON of some services a page of HTML."""
    if not answer.body.startswith(b"{") or not _header(answer, "content-type").startswith("text/html"):
        return answer
    kept = tuple((name, value) for name, value in answer.headers if name.lower() != "content-type")
    return replace(answer, headers=(*kept, ("Content-Type", "application/x-amz-json-1.1")))


def _moto_application() -> WSGIApplication:
    """Moto's dispatcher, with exceptions let through so that a missing call is told from a failing one."""
    if "flask_cors" not in sys.modules:
        # moto's server imports flask_cors (its `server` extra) to let web pages of any origin call it. Nothing here
        # should: a page in the operator's browser has no business with the demo's AWS. So it gets one that does
        # nothing.
        quiet = types.ModuleType("flask_cors")
        quiet.CORS = lambda *_, **__: None  # type: ignore[attr-defined]
        sys.modules["flask_cors"] = quiet
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - only here, only in the child: see the module docstring
        DomainDispatcherApplication,
        create_backend_app,
    )

    def create(service: Any) -> Any:  # noqa: ANN401 - moto's Literal of all names, or None; a Flask application
        if service is None:
            raise NotImplementedError("moto has no such service")
        app = create_backend_app(service)
        app.config["PROPAGATE_EXCEPTIONS"] = True
        return app

    application: WSGIApplication = DomainDispatcherApplication(create)
    return application


def _run(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Call a WSGI application and collect what it answers."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _failure: object = None, /) -> Any:  # noqa: ANN401 - PEP 3333
        started.append((status, headers))
        return written.append

    written: list[bytes] = []
    chunks = app(environ, start)
    try:
        written.extend(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close:
            close()
    status, headers = started[-1]
    return Answer(int(status.split()[0]), tuple(headers), b"".join(written))


def _header(answer: Answer, name: str) -> str:
    """A header's value, or nothing."""
    return next((value for key, value in answer.headers if key.lower() == name), "")


def parse_answer(call: Call, operation: OperationModel, answer: Answer) -> AwsResponse:
    """An answer as botocore understands it. Raises AwsError where it is one."""
    raw = {
        "headers": {key.lower(): value for key, value in answer.headers},
        "body": answer.body,
        "status_code": answer.status,
    }
    parsed: Mapping[str, Any] = create_parser(call.protocol).parse(raw, operation.output_shape)
    if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
        error = parsed.get("Error", {})
        raise AwsError(error.get("Code", "InternalFailure"), error.get("Message", ""), answer.status)
    return AwsResponse({name: value for name, value in parsed.items() if name != "ResponseMetadata"})
