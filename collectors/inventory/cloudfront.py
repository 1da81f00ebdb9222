"""CloudFront distributions, which belong to the whole account and are measured in us-east-1."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.answers import Item, inner, text, words
from collectors.aws import Scope
from collectors.caller import Caller
from collectors.inventory.elbv2 import Tagged
from collectors.inventory.reader import Found, Reader, named, resource, tags_by_arn
from store.vocabulary import Resource

HOME = "us-east-1"
"""Where CloudFront's metrics and tags are (CloudFront developer guide)."""


def read_distributions(distributions: Sequence[Item], tagged: Tagged, scope: Scope) -> list[Resource]:
    """Distributions, from ListDistributions, named by their tag, else an alias, else their comment, else their id."""
    return [
        resource(
            scope,
            "cloudfront:distribution",
            key,
            arn=text(distribution, "ARN"),
            name=tagged.get(text(distribution, "ARN"), {}).get("Name") or _called(distribution),
            state=text(distribution, "Status") if distribution.get("Enabled") is not False else "Disabled",
            attributes={
                "distribution_id": key,
                "domain": text(distribution, "DomainName"),
                "aliases": _aliases(distribution),
                "comment": text(distribution, "Comment"),
            },
            tagged=tagged.get(text(distribution, "ARN"), {}),
        )
        for key, distribution in named(distributions, "Id")
    ]


def _called(distribution: Item) -> str:
    return next(iter(_aliases(distribution)), "") or text(distribution, "Comment")


def _aliases(distribution: Item) -> list[str]:
    return words(inner(distribution, "Aliases"), "Items")


def _distributions(caller: Caller) -> Found:
    found = caller.listed("cloudfront", "list_distributions", "DistributionList.Items")
    tagged, missing = tags_by_arn(caller, "cloudfront:distribution") if found else ({}, None)
    return Found(read_distributions(found, tagged, caller.scope), missing)


READERS = (Reader(("cloudfront:distribution",), _distributions, home=HOME),)
