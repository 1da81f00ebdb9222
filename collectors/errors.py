"""What can go wrong while collecting.

CollectorError
├── BadCatalogue            a catalogue file cannot be used
└── AwsError                a call to AWS did not bring what was asked for
    ├── AccessDenied        the caller may not do this
    ├── ExpiredCredentials  the caller's credentials are no longer valid
    ├── NoCredentials       there are none, or AWS does not know them
    ├── Throttled           too many calls; later the same call works
    ├── UnknownRegion       the region does not exist or is not enabled
    ├── MalformedAnswer     the answer is no answer of this call (HTML, wrong types)
    ├── Unreachable         no answer: name, network, time limit
    └── CallFailed          anything else that AWS refused
"""

from __future__ import annotations

from dataclasses import dataclass

from store.messages import Message, Sentence


@dataclass(frozen=True, slots=True)
class Call:
    """One call to AWS: who made it, where, and AWS's name of it (`GetMetricData`)."""

    account: str
    region: str
    operation: str

    def __str__(self) -> str:
        return f"{self.operation} in {'/'.join(filter(None, (self.account, self.region)))}"


class CollectorError(Exception):
    """Collecting failed; the `message` names the thing, what happened and what to do."""

    def __init__(self, message: Sentence) -> None:
        super().__init__(message)
        self.message = message


class BadCatalogue(CollectorError):
    """A metric catalogue cannot be used. `faults` lists each fault with its path in its file."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("The metric catalogue cannot be used:\n" + "\n".join(f"  - {fault}" for fault in faults))
        self.faults = faults


class AwsError(CollectorError):
    """A call to AWS did not bring what was asked for.

    `code` is AWS's own error code (or the name of the local failure), `detail` what AWS said, in its own words,
    `remedy` a sentence that says what to do.
    """

    def __init__(self, call: Call, code: str, detail: Sentence, remedy: Sentence) -> None:
        told = detail if isinstance(detail, Message) else detail.rstrip(". ")
        message = Message(
            "%(call)s failed with %(code)s: %(detail)s. %(remedy)s",
            call=str(call),
            code=code,
            detail=told,
            remedy=remedy,
        )
        super().__init__(message)
        self.call = call
        self.code = code
        self.detail = detail
        self.remedy = remedy

    @property
    def account(self) -> str:
        """The account's name in the configuration."""
        return self.call.account

    @property
    def region(self) -> str:
        """The region, or nothing where a call has none."""
        return self.call.region

    @property
    def operation(self) -> str:
        """AWS's name of the call."""
        return self.call.operation


class AccessDenied(AwsError):
    """The caller may not do this."""


class ExpiredCredentials(AwsError):
    """The caller's credentials are no longer valid."""


class NoCredentials(AwsError):
    """There are no credentials, or AWS does not know them."""


class Throttled(AwsError):
    """Too many calls in a short time; later the same call works."""


class UnknownRegion(AwsError):
    """The region does not exist, is not enabled, or none was given."""


class MalformedAnswer(AwsError):
    """The answer is no answer of this call: an HTML page, or values of the wrong type."""


class Unreachable(AwsError):
    """No answer: the name, the network or the time limit failed."""


class CallFailed(AwsError):
    """AWS refused the call for another reason."""
