"""What an inventory reader is, and the few steps that all of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collectors.answers import Item, identity, tags, text
from collectors.aws import Scope
from collectors.caller import Caller
from collectors.errors import AwsError
from store.vocabulary import Resource

TAGGED_PAGE = 100
"""GetResources: at most 100 resources a page (API reference, ResourcesPerPage)."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one reader brought. `untagged` is why the tags are missing, when they could not be read."""

    resources: list[Resource]
    untagged: AwsError | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads every resource of some types in a scope: all of them, or an error.

    A reader with a `home` reads what belongs to the whole account: it runs once per account, in that region.
    """

    types: tuple[str, ...]
    fetch: Callable[[Caller], Found]
    home: str | None = None


def resource(  # noqa: PLR0913  a resource has this many facts
    scope: Scope,
    kind: str,
    key: str,
    *,
    arn: str = "",
    name: str = "",
    state: str = "",
    attributes: Mapping[str, Any] | None = None,
    tagged: Mapping[str, str] | None = None,
) -> Resource:
    """A resource that has no place yet. `key` is AWS's own name of it within account and region."""
    known = tagged or {}
    return Resource(
        id=arn or f"{scope.account}/{scope.region}/{kind}/{key}",
        type=kind,
        name=name or known.get("Name") or key,
        account=scope.account,
        region=scope.region,
        state=state,
        attributes=attributes or {},
        tags=known,
    )


def tags_by_arn(caller: Caller, *types: str) -> tuple[dict[str, dict[str, str]], AwsError | None]:
    """The tags of all resources of `types` (the tagging API's names) in one paged call, and why there are none."""
    try:
        found = caller.listed(
            "resourcegroupstaggingapi",
            "get_resources",
            "ResourceTagMappingList",
            ResourceTypeFilters=list(types),
            ResourcesPerPage=TAGGED_PAGE,
        )
    except AwsError as error:
        return {}, error
    return {text(entry, "ResourceARN"): tags(entry) for entry in found}, None


def named(found: Sequence[Item], key: str) -> list[tuple[str, Item]]:
    """Each item with what it is called.

    Raises:
        Nameless: an item has no name.
    """
    return [(identity(item, key), item) for item in found]
