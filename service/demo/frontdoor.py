"""The front door: one WSGI application before everything that the embedded AWS answers."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from service.demo.accounts import Accounts
from service.demo.answers import Answer, encode, encode_error
from service.demo.faults import Faults
from service.demo.meter import Meter
from service.demo.origin import is_from_here
from service.demo.refusals import html_page, refusal
from service.demo.source import AwsError, AwsRequest, AwsResponse, Clock, Handler, Usage
from service.demo.spoil import spoil
from service.demo.upstream import Upstream, parse_answer
from service.demo.wire import Call, Models, read_call, read_params

_LOG = logging.getLogger(__name__)
_THROTTLES = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded", "LimitExceededException"})
_BEFORE = ("hang", "html", "expired", "deny", "throttle", "internal")
_AFTER = ("partial", "nan", "missing")
Where = tuple[str, str, str, str]
"""(account, region, service, action)."""


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """Sends each request to a site, to the control API, to a handler of ours, or to moto."""

    upstream: Upstream
    handlers: Mapping[tuple[str, str], Handler]
    sites: Mapping[str, WSGIApplication]
    clock: Clock
    faults: Faults
    meter: Meter
    accounts: Accounts
    models: Models
    sleep: Callable[[float], None] = time.sleep

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request."""
        path = environ.get("PATH_INFO", "/")
        for prefix, site in self.sites.items():
            if path == prefix or path.startswith(f"{prefix}/"):
                environ["SCRIPT_NAME"] = prefix
                environ["PATH_INFO"] = path[len(prefix) :]
                return site(environ, start_response)
        answer = self._aws(environ, _body(environ))
        headers = [(name, value) for name, value in answer.headers if name.lower() != "content-length"]
        if environ.get("REQUEST_METHOD") == "HEAD":
            headers = list(answer.headers)
        else:
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(f"{answer.status} {_phrase(answer.status)}", headers)
        return [answer.body]

    def _aws(self, environ: WSGIEnvironment, body: bytes) -> Answer:
        """Answer one AWS call, and count it."""
        request_id = str(uuid.uuid4())
        if not is_from_here(environ):
            stranger = AwsError("AccessDenied", "the embedded AWS answers only programs of this machine", 403)
            return encode_error(None, stranger, request_id)
        call = read_call(environ, body, self.models)
        if call is None:
            try:
                return self.upstream.answer(environ, body, self.accounts.of(""))
            except AwsError as error:
                return encode_error(None, error, request_id)
        account = self.accounts.of(call.access_key)
        where = (account, call.region, call.service, call.action)
        try:
            answer, usage = self._answered(call, where, request_id)
        except AwsError as error:
            self.meter.count(where, "throttled" if error.code in _THROTTLES else "failed")
            return encode_error(call, error, request_id)
        except Exception as failure:  # noqa: BLE001 - an AWS never answers with a stack trace
            _LOG.exception("%s %s failed", call.service, call.action)
            self.meter.count(where, "failed")
            return encode_error(call, AwsError("InternalFailure", repr(failure), 500), request_id)
        self.meter.count(where, "calls" if answer.status < HTTPStatus.BAD_REQUEST else "failed", usage)
        return answer

    def _answered(self, call: Call, where: Where, request_id: str) -> tuple[Answer, Usage | None]:
        """Answer a signed call: first what goes wrong on purpose, then our handler, then moto."""
        for rule in self.faults.strike(where, _BEFORE):
            if rule.kind == "hang":
                self.sleep(float(rule.option("seconds")))
            elif rule.kind == "html":
                return html_page(), None
            else:
                raise refusal(rule.kind, where)
        handler = self.handlers.get((call.service, call.action))
        spoilers = self.faults.strike(where, _AFTER)
        if handler is None and not spoilers:
            return self.upstream.answer(call.environ, call.body, where[0]), None
        operation = self.models.operation(call)
        passed: list[Answer] = []

        def forward() -> AwsResponse:
            passed.append(self.upstream.answer(call.environ, call.body, where[0]))
            return parse_answer(call, operation, passed[0])

        request = AwsRequest(*where, read_params(call, operation), self.clock(), forward)
        response = handler(request) if handler else None
        if response is None and not spoilers:
            return (passed[0] if passed else self.upstream.answer(call.environ, call.body, where[0])), None
        if response is None:
            response = parse_answer(call, operation, passed[0]) if passed else forward()
        result = response.result
        for rule in spoilers:
            result = spoil(result, rule, self.faults.chance(rule))
        return encode(call, operation, result, request_id), response.usage


def _body(environ: WSGIEnvironment) -> bytes:
    """The whole body of a request."""
    stream, ends_by_itself = environ["wsgi.input"], environ.get("wsgi.input_terminated")
    body: bytes = stream.read() if ends_by_itself else stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    return body


def _phrase(status: int) -> str:
    """The words of an HTTP status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
