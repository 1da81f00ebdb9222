"""What SNS's refusals mean for a delivery: wait, try again, or never."""

from __future__ import annotations

from collections.abc import Mapping

from alerts.errors import Busy, DeliveryError, Refused, Unreachable
from store.messages import Message

_BUSY = frozenset(
    {"Throttling", "ThrottlingException", "Throttled", "ThrottledException", "TooManyRequestsException"}
    | {"RequestLimitExceeded", "KMSThrottling", "KMSThrottlingException", "SlowDown"}
)
_WAIT = 2.0
"""Seconds to leave SNS alone where it throttles: it gives no Retry-After."""

_REMEDIES: Mapping[str, str] = {
    "NotFound": "the topic does not exist: create it, or correct topic_arn",
    "NotFoundException": "the topic does not exist: create it, or correct topic_arn",
    "AuthorizationError": "allow sns:Publish on the topic (lamplighter doctor --iam prints the policy)",
    "AuthorizationErrorException": "allow sns:Publish on the topic (lamplighter doctor --iam prints the policy)",
    "AccessDenied": "allow sns:Publish on the topic (lamplighter doctor --iam prints the policy)",
    "AccessDeniedException": "allow sns:Publish on the topic (lamplighter doctor --iam prints the policy)",
    "InvalidClientTokenId": "the access key is not known to AWS: renew the account's credentials",
    "UnrecognizedClientException": "the access key is not known to AWS: renew the account's credentials",
    "SignatureDoesNotMatch": "the secret key does not belong to the access key: renew the account's credentials",
    "KMSAccessDenied": "allow kms:GenerateDataKey and kms:Decrypt on the topic's key",
    "KMSAccessDeniedException": "allow kms:GenerateDataKey and kms:Decrypt on the topic's key",
    "KMSDisabled": "enable the topic's KMS key",
    "KMSDisabledException": "enable the topic's KMS key",
    "KMSNotFound": "the topic's KMS key does not exist: give the topic another one",
    "KMSNotFoundException": "the topic's KMS key does not exist: give the topic another one",
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
    remedy = Message(_REMEDIES[code]) if code in _REMEDIES else Message("see what AWS says")
    return Refused(
        Message("SNS refuses the topic %(topic)s (%(said)s): %(remedy)s", topic=topic, said=said, remedy=remedy)
    )
