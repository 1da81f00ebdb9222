"""Webhook: a notice is posted as JSON, with its key for whoever drops what came twice."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    InvalidHeader,
    LocationValueError,
    NameResolutionError,
    NewConnectionError,
    SSLError,
)

from alerts.delivery.config import Receiver
from alerts.delivery.http_answers import BUSY_WAIT, excerpt, is_success, refusal, retry_after
from alerts.delivery.surroundings import Surroundings
from alerts.delivery.webhook_body import body_of
from alerts.errors import Busy, Refused, Unreachable
from alerts.notice import Notice, Sent, Voice
from store.alerting import Delivery
from store.messages import Message

MOST_ANSWER = 4_096
"""Bytes of an answer that are read; the rest is nobody's business and the connection is given up."""
_TOO_MANY, _SERVER_ERROR = 429, 500
_NEVER_SENT = (NewConnectionError, NameResolutionError, ConnectTimeoutError, SSLError)
_NEVER = (LocationValueError, InvalidHeader)


@dataclass(slots=True)
class WebhookNotifier:
    """Posts to one address. Redirects are not followed: what was signed for one host is not told to another.

    A further attempt carries the same Idempotency-Key and a larger X-Lamplighter-Attempt.
    """

    receiver: str
    http: urllib3.PoolManager
    url: str = field(repr=False)
    voice: Voice
    clock: Callable[[], datetime]
    public_url: str = ""
    agent: str = "lamplighter"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: str = field(default="", repr=False)
    timeout: float = 10.0
    spacing: float = 0.0

    def send(self, delivery: Delivery, notice: Notice) -> Sent:
        """Post, once."""
        body = json.dumps(body_of(notice, self.voice, self.public_url), ensure_ascii=False, allow_nan=False).encode()
        status, headers, answer = self._post(body, self._headers(delivery, body))
        if is_success(status):
            return Sent({"status": status, "answer": excerpt(answer)})
        said = f"HTTP {status} {excerpt(answer)}".rstrip()
        wait = retry_after(headers.get("Retry-After"), self.clock())
        if status == _TOO_MANY or (wait is not None and status == 503):  # noqa: PLR2004  503 with a time to come back
            words = Message("the webhook asks to wait (%(said)s)", said=said)
            raise Busy(words, BUSY_WAIT if wait is None else wait)
        if status >= _SERVER_ERROR or status in {408, 425}:
            raise Unreachable(Message("the webhook could not take it (%(said)s)", said=said), ambiguous=True)
        raise Refused(Message("the webhook refuses it (%(said)s): %(remedy)s", said=said, remedy=refusal(status)))

    def close(self) -> None:
        """The HTTP client is the service's; other receivers share it."""

    def _headers(self, delivery: Delivery, body: bytes) -> dict[str, str]:
        headers = {
            **self.headers,
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": self.agent,
            "Idempotency-Key": delivery.draft.key,
            "X-Lamplighter-Attempt": str(delivery.attempts),
        }
        if self.secret:
            headers["X-Lamplighter-Signature"] = signature(self.secret, int(self.clock().timestamp()), body)
        return headers

    def _post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        timeout = urllib3.Timeout(connect=min(5.0, self.timeout), read=self.timeout)
        try:
            answer = self.http.request(
                "POST",
                self.url,
                body=body,
                headers=headers,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                return answer.status, answer.headers, _bounded(answer)
            finally:
                answer.close()
        except _NEVER as error:
            raise Refused(
                Message("the webhook's address cannot be used: %(error)s", error=type(error).__name__)
            ) from None
        except (HTTPError, OSError) as error:
            # urllib3 repeats the address in its words, and the address may be a secret: only the kind of error is told.
            words = Message("the webhook did not answer (%(error)s)", error=type(error).__name__)
            raise Unreachable(words, ambiguous=not isinstance(error, _NEVER_SENT)) from None


def signature(secret: str, at: int, body: bytes) -> str:
    """What signs a request: `t=SECONDS,v1=HEX`, the HMAC-SHA256 over the seconds, a full stop and the body."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def build(receiver: Receiver, surroundings: Surroundings) -> WebhookNotifier:
    """The notifier of a receiver with `webhook:`."""
    if receiver.webhook is None:
        raise ValueError(f"receiver {receiver.name!r} has no webhook")
    hook = receiver.webhook
    return WebhookNotifier(
        receiver.name,
        surroundings.http,
        hook.url.get_secret_value(),
        surroundings.voice(receiver.language, receiver.timezone),
        surroundings.clock,
        public_url=surroundings.public_url,
        agent=surroundings.agent,
        headers={name: value.get_secret_value() for name, value in hook.headers.items()},
        secret=hook.secret.get_secret_value() if hook.secret else "",
        timeout=hook.timeout,
    )


def _bounded(answer: Any) -> bytes:  # noqa: ANN401  urllib3's BaseHTTPResponse
    """The beginning of the answer's body. That it cannot be read to its end changes nothing of the status."""
    try:
        return bytes(answer.read(MOST_ANSWER, decode_content=False))
    except HTTPError:
        return b""
