"""What SNS's refusals mean for a delivery: wait, try again, or never."""

from __future__ import annotations

from collections.abc import Mapping

from alerts.errors import Busy, DeliveryError, Refused, Unreachable
from store.messages import Message, Sentence

_BUSY = frozenset(
    {"Throttling", "ThrottlingException", "Throttled", "ThrottledException", "TooManyRequestsException"}
    | {"RequestLimitExceeded", "KMSThrottling", "KMSThrottlingException", "SlowDown"}
)
_WAIT = 2.0
"""Seconds to leave SNS alone where it throttles: it gives no Retry-After."""

_NO_TOPIC = Message("the topic does not exist: create it, or correct topic_arn")
_NOT_ALLOWED = Message("allow sns:Publish on the topic (lamplighter doctor --iam prints the policy)")
_NO_KEY = Message("AWS does not know the access key or its secret: renew the account's credentials")
_KEY_NOT_ALLOWED = Message("allow kms:GenerateDataKey and kms:Decrypt on the topic's key")
_KEY_GONE = Message("enable the topic's KMS key, or give the topic another one")

_REMEDIES: Mapping[str, Sentence] = {
    "NotFound": _NO_TOPIC,
    "NotFoundException": _NO_TOPIC,
    "AuthorizationError": _NOT_ALLOWED,
    "AuthorizationErrorException": _NOT_ALLOWED,
    "AccessDenied": _NOT_ALLOWED,
    "AccessDeniedException": _NOT_ALLOWED,
    "InvalidClientTokenId": _NO_KEY,
    "UnrecognizedClientException": _NO_KEY,
    "SignatureDoesNotMatch": _NO_KEY,
    "KMSAccessDenied": _KEY_NOT_ALLOWED,
    "KMSAccessDeniedException": _KEY_NOT_ALLOWED,
    "KMSDisabled": _KEY_GONE,
    "KMSDisabledException": _KEY_GONE,
    "KMSNotFound": _KEY_GONE,
    "KMSNotFoundException": _KEY_GONE,
}
"""By AWS's code: what an operator does. Other codes of 4xx are refusals too, with AWS's own words."""

_LATER = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "RequestTimeout", "InvalidSecurity"})
"""4xx that a second try may well pass: fresh credentials, a clock that is set."""

_NEVER_SENT = frozenset(
    {"EndpointConnectionError", "ConnectTimeoutError", "NoCredentialsError", "PartialCredentialsError"}
    | {"CredentialRetrievalError", "ProxyConnectionError", "SSLError", "TokenRetrievalError", "NoRegionError"}
)
"""botocore's errors from before the request left: nothing can have been published."""

_SERVER_ERROR = 500


def as_delivery_error(error: Exception, topic: str) -> DeliveryError:
    """The error of a botocore client in our words; botocore is not imported here, so errors are known by name."""
    response = getattr(error, "response", None)
    if not isinstance(response, Mapping):
        name = type(error).__name__
        words = Message("SNS was not reached: %(error)s", error=f"{name}: {error}")
        return Unreachable(words, ambiguous=name not in _NEVER_SENT)
    code = str(response.get("Error", {}).get("Code", ""))
    said = f"{code}: {response.get('Error', {}).get('Message', '')}"
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _BUSY or status == 429:  # noqa: PLR2004  Too Many Requests
        return Busy(Message("SNS asks to wait (%(said)s)", said=said), _WAIT)
    if status >= _SERVER_ERROR or status == 0 or code in _LATER:
        return Unreachable(Message("SNS could not take it (%(said)s)", said=said), ambiguous=status >= _SERVER_ERROR)
    remedy = _REMEDIES.get(code) or Message("see what AWS says")
    return Refused(
        Message("SNS refuses the topic %(topic)s (%(said)s): %(remedy)s", topic=topic, said=said, remedy=remedy)
    )
