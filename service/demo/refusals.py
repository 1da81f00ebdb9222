"""The words in which each AWS service refuses a call."""

from __future__ import annotations

from service.demo.answers import Answer
from service.demo.source import AwsError

_JSON_SERVICES = frozenset({"ce", "logs", "ssm", "secretsmanager", "budgets", "ecs", "codedeploy", "servicediscovery"})


def refusal(kind: str, where: tuple[str, str, str, str]) -> AwsError:
    """The error of a fault of kind throttle, deny, expired or internal for (account, region, service, action)."""
    service = where[2]
    if kind == "throttle":
        return _throttle(service)
    if kind == "deny":
        return _denial(where)
    if kind == "expired":
        code = "ExpiredTokenException" if service in _JSON_SERVICES else "ExpiredToken"
        return AwsError(code, "The security token included in the request is expired", 403)
    if service == "cloudwatch":
        return AwsError("InternalServiceError", "Request processing has failed because of an unknown error", 500)
    return AwsError("InternalFailure", "The request processing has failed because of an unknown error", 500)


def _throttle(service: str) -> AwsError:
    """Too many requests."""
    if service == "ec2":
        return AwsError("RequestLimitExceeded", "Request limit exceeded.", 503)
    if service == "s3":
        return AwsError("SlowDown", "Please reduce your request rate.", 503)
    if service in _JSON_SERVICES:
        return AwsError("ThrottlingException", "Rate exceeded", 400)
    return AwsError("Throttling", "Rate exceeded", 400)


def _denial(where: tuple[str, str, str, str]) -> AwsError:
    """Not allowed by IAM."""
    account, _, service, action = where
    message = (
        f"User: arn:aws:iam::{account}:user/lamplighter is not authorized to perform: {service}:{action} because no "
        "identity-based policy allows the action"
    )
    if service == "ec2":
        return AwsError("UnauthorizedOperation", f"You are not authorized to perform this operation. {message}", 403)
    return AwsError("AccessDeniedException" if service in _JSON_SERVICES else "AccessDenied", message, 403)


def html_page() -> Answer:
    """What a proxy or a captive portal answers in AWS's place: status 200 and a web page."""
    page = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>"
    return Answer(200, (("Content-Type", "text/html; charset=utf-8"),), page)
