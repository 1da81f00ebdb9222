"""Calls on behalf of one job in one account and region, and lists that are whole or an error."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from collectors.answers import Item
from collectors.aws import Aws, Scope, call, paginate
from collectors.errors import Call, ExpiredCredentials, MalformedAnswer, NoCredentials, UnknownRegion
from collectors.translate import build
from store.messages import Message

HOPELESS = (NoCredentials, ExpiredCredentials, UnknownRegion)
"""Errors that every further call of the same scope would meet too."""

UNREACHABLE_LIMIT = 2
"""Each service has an endpoint of its own; when this many in a row are silent, the network is what is broken."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls AWS, where, and for which job on the meter."""

    aws: Aws
    scope: Scope
    job: str

    def in_region(self, region: str) -> Caller:
        """The same caller in another region of the account."""
        return replace(self, scope=replace(self.scope, region=region))

    def call(self, service: str, operation: str, /, **arguments: object) -> dict[str, Any]:
        """One call.

        Raises:
            AwsError: it did not bring what was asked for.
        """
        return call(self.aws.client(self.scope, service, job=self.job), operation, **arguments)

    def listed(self, service: str, operation: str, key: str, /, **arguments: object) -> list[Item]:
        """All items of all pages under `key`, or an error: never a part of them.

        An empty list closes resources and checks, so it is believed only from an answer that has the list in it: an
        answer without one is no answer of this call, though boto3 lets it through.

        Raises:
            AwsError: a page could not be had, or the answer has no such list.
        """
        return [item for item in self.names(service, operation, key, **arguments) if isinstance(item, dict)]

    def names(self, service: str, operation: str, key: str, /, **arguments: object) -> list[Any]:
        """As `listed`, for lists of names in place of structures."""
        client = self.aws.client(self.scope, service, job=self.job)
        found = list(paginate(client, operation, key, **arguments))
        if found:
            return found
        top = key.partition(".")[0]
        if top not in call(client, operation, **arguments):
            asked = Call(self.scope.account, self.scope.region, client.meta.method_to_api_mapping[operation])
            raise build(MalformedAnswer, asked, "NoList", Message("the answer has no %(key)s", key=top))
        return found
