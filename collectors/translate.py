"""Turns what boto3 raises into the error tree of this package, each with a remedy."""

from __future__ import annotations

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from collectors.errors import (
    AccessDenied,
    AwsError,
    Call,
    CallFailed,
    ExpiredCredentials,
    MalformedAnswer,
    NoCredentials,
    Throttled,
    UnknownRegion,
    Unreachable,
)
from store.messages import Message, Sentence

_BY_CODE: tuple[tuple[type[AwsError], frozenset[str]], ...] = (
    (
        Throttled,
        frozenset(
            {
                "Throttling",
                "ThrottlingException",
                "ThrottledException",
                "RequestThrottled",
                "RequestThrottledException",
                "TooManyRequestsException",
                "RequestLimitExceeded",
                "LimitExceededException",
                "BandwidthLimitExceeded",
                "EC2ThrottledException",
                "PriorRequestNotComplete",
                "ProvisionedThroughputExceededException",
                "SlowDown",
                "429",
            }
        ),
    ),
    (
        AccessDenied,
        frozenset(
            {
                "AccessDenied",
                "AccessDeniedException",
                "AuthorizationError",
                "AuthorizationErrorException",
                "UnauthorizedOperation",
                "UnauthorizedAccess",
                "NotAuthorized",
                "Forbidden",
                "403",
            }
        ),
    ),
    (
        ExpiredCredentials,
        frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}),
    ),
    (
        NoCredentials,
        frozenset(
            {
                "AuthFailure",
                "IncompleteSignature",
                "InvalidAccessKeyId",
                "InvalidClientTokenId",
                "InvalidSignatureException",
                "MissingAuthenticationToken",
                "MissingAuthenticationTokenException",
                "NotSignedUp",
                "SignatureDoesNotMatch",
                "UnrecognizedClientException",
            }
        ),
    ),
    (UnknownRegion, frozenset({"OptInRequired", "RegionDisabledException", "UnknownEndpoint"})),
)

_BY_TYPE: tuple[tuple[type[AwsError], tuple[type[BaseException], ...]], ...] = (
    (UnknownRegion, (boto.NoRegionError, boto.InvalidRegionError, boto.UnknownRegionError)),
    (ExpiredCredentials, (boto.SSOError, boto.UnauthorizedSSOTokenError)),
    (
        NoCredentials,
        (
            boto.NoCredentialsError,
            boto.PartialCredentialsError,
            boto.CredentialRetrievalError,
            boto.ProfileNotFound,
            boto.InvalidConfigError,
            boto.RefreshWithMFAUnsupportedError,
        ),
    ),
    (Unreachable, (boto.ConnectionError, boto.HTTPClientError)),
    (MalformedAnswer, (boto.PaginationError, ResponseParserError)),
)

_REMEDIES: dict[type[AwsError], Message] = {
    AccessDenied: Message(
        "Allow this action to the caller; `lamplighter doctor` prints the least policy that is needed."
    ),
    ExpiredCredentials: Message(
        "Sign in again or renew the credentials; roles and instance profiles renew themselves."
    ),
    NoCredentials: Message(
        "Give credentials as boto3 takes them (environment, profile, role); check role_arn and external_id."
    ),
    Throttled: Message(
        "The call is made again later; if this stays, ask AWS for a higher quota or collect less often."
    ),
    UnknownRegion: Message("Check the region's name in `accounts`, and that the account has enabled it."),
    MalformedAnswer: Message("Something between here and AWS answered: check AWS_ENDPOINT_URL and proxies."),
    Unreachable: Message(
        "Check the network, DNS, proxy and AWS_ENDPOINT_URL; the call is made again at the next tick."
    ),
    CallFailed: Message("The call is made again at the next tick; if this stays, read AWS's reason above."),
}


def remedy_for(kind: type[AwsError]) -> Message:
    """What an operator does about an error of this kind, as a sentence with its full stop."""
    return _REMEDIES[kind]


def build(kind: type[AwsError], call: Call, code: str, detail: Sentence) -> AwsError:
    """An error of this kind with the remedy that goes with it."""
    return kind(call, code, detail or Message("AWS gave no reason"), remedy_for(kind))


def translate(error: Exception, call: Call) -> AwsError:
    """The error of our tree that says what a ClientError, a BotoCoreError or a failure to parse means."""
    if isinstance(error, AwsError):
        return error
    if isinstance(error, boto.ClientError):
        return _from_answer(error, call)
    kind = next((kind for kind, types in _BY_TYPE if isinstance(error, types)), None)
    if kind is None:
        # What is neither AWS's refusal nor botocore's own error broke while the answer was being read.
        kind = CallFailed if isinstance(error, boto.BotoCoreError) else MalformedAnswer
    if isinstance(error, LookupError):
        # botocore looks for the answer's outermost element without asking whether it is there.
        missing = Message(
            "what came back is no answer of %(operation)s: %(key)s is missing", operation=call.operation, key=str(error)
        )
        return build(kind, call, "NotAnAnswer", missing)
    return build(kind, call, type(error).__name__, _short(str(error)))


def _from_answer(error: boto.ClientError, call: Call) -> AwsError:
    told = error.response.get("Error") or {}
    code = str(told.get("Code") or "Unknown")
    # EC2's codes may carry a prefix or suffix: Client.UnauthorizedOperation.
    names = {code, *code.split(".")}
    kind = next((kind for kind, codes in _BY_CODE if names & codes), None) or _by_status(error)
    return build(kind, call, code, _short(str(told.get("Message") or "")))


def _by_status(error: boto.ClientError) -> type[AwsError]:
    status = (error.response.get("ResponseMetadata") or {}).get("HTTPStatusCode")
    return Throttled if status == 429 else CallFailed  # noqa: PLR2004  HTTP's own number


def _short(text: str, limit: int = 300) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
