"""Which series there are to collect: the catalogue laid over the resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

from collectors.aws import Scope
from collectors.catalogue import MATH, Catalogue, Entry
from store.vocabulary import Resource, Series, SeriesKey

Dimensions = tuple[tuple[str, str], ...]
Listed = Mapping[tuple[str, str], Sequence[Dimensions]]
"""By (namespace, metric), the dimensions of every series that ListMetrics knows."""

ASLEEP_POLL = 3600
"""Seconds between polls of a resource that is stopped: it has nothing to say, and what it says costs the same."""

_ASLEEP = frozenset({"stopped", "stopping", "hibernated"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A series to collect. `poll` and `late` are seconds (0: as configured); `inputs` of an expression name metrics.

    Series with the same `together` are asked for in one request: all statistics of a metric, and an expression with
    its inputs.
    """

    id: str
    series: Series
    together: str
    poll: int = 0
    late: int = 0
    expression: str = ""
    inputs: tuple[tuple[str, SeriesKey], ...] = ()


def wanted_in(
    scope: Scope, catalogue: Catalogue, resources: Iterable[Resource], listed: Listed, resolution: int = 60
) -> list[Wanted]:
    """Every series to collect in one account and region, each once. `resolution` is the finest step in seconds."""
    by_type: dict[str, list[Resource]] = {}
    for resource in resources:
        if resource.account == scope.account and resource.closed_at is None:
            by_type.setdefault(resource.type, []).append(resource)
    found: dict[str, Wanted] = {}
    for entry in catalogue.entries:
        if entry.region not in {None, scope.region}:
            continue
        for owner in _owners(entry, scope, by_type):
            for dimensions in _dimensions(entry, owner, listed):
                for wanted in _series(entry, scope, owner, dimensions, resolution):
                    found.setdefault(wanted.id, wanted)
    return list(found.values())


def namespaces_to_list(scope: Scope, catalogue: Catalogue, resources: Iterable[Resource]) -> list[str]:
    """The namespaces of which only ListMetrics knows the series, as far as resources here may have any."""
    types = {resource.type for resource in resources if resource.account == scope.account}
    return sorted(
        {
            entry.namespace
            for entry in catalogue.entries
            if entry.discover
            and entry.region in {None, scope.region}
            and (entry.resource is None or entry.resource in types)
        }
    )


def _owners(entry: Entry, scope: Scope, by_type: Mapping[str, list[Resource]]) -> Iterator[Resource | None]:
    if entry.resource is None:
        yield None
        return
    for resource in by_type.get(entry.resource, ()):
        # An entry with a region of its own (CloudFront) has its metrics there wherever the resource is said to be.
        if (entry.region or resource.region) == scope.region and _holds(entry, resource.attributes):
            yield resource


def _holds(entry: Entry, attributes: Mapping[str, Any]) -> bool:
    if entry.listed_in is not None and entry.metric not in (attributes.get(entry.listed_in) or ()):
        return False
    return all(
        any(fnmatchcase(str(attributes.get(attribute) or ""), pattern) for pattern in patterns)
        for attribute, patterns in entry.when
    )


def _dimensions(entry: Entry, resource: Resource | None, listed: Listed) -> list[Dimensions]:
    attributes = resource.attributes if resource else {}
    made = _filled(entry.dimensions, attributes)
    if not entry.discover:
        return made
    known = listed.get((entry.namespace, entry.metric), ())
    return [dimensions for dimensions in known if any(set(least) <= set(dimensions) for least in made)]


def _filled(templates: Dimensions, attributes: Mapping[str, Any]) -> list[Dimensions]:
    """The dimensions with the attributes put in: one for each element of a list, none where an attribute is missing."""
    choices: list[list[tuple[str, str]]] = []
    for name, template in templates:
        if not template.startswith("{"):
            choices.append([(name, template)])
            continue
        value = attributes.get(template.strip("{}"))
        values = value if isinstance(value, list) else [value]
        choices.append([(name, str(each)) for each in values if each not in {None, ""}])
    return [tuple(sorted(picked)) for picked in product(*choices)]


def _series(
    entry: Entry, scope: Scope, resource: Resource | None, dimensions: Dimensions, resolution: int
) -> Iterator[Wanted]:
    attributes = resource.attributes if resource else {}
    period = max(_period(entry, attributes), resolution)
    namespace = MATH if entry.expression else entry.namespace
    asleep = resource is not None and resource.state in _ASLEEP
    for stat in entry.stats:
        key = SeriesKey(scope.account, scope.region, namespace, entry.metric, dimensions, stat)
        yield Wanted(
            id=key.id,
            series=Series(
                key=key,
                period=period,
                absent=entry.absent,
                unit=entry.unit,
                title=entry.title_en,
                resource_id=resource.id if resource else None,
                environment=resource.environment if resource else None,
                component=resource.component if resource else None,
            ),
            together="|".join((entry.namespace, entry.fetched_with, *(value for _, value in dimensions))),
            poll=max(entry.poll, ASLEEP_POLL) if asleep else entry.poll,
            late=entry.late,
            expression=entry.expression,
            inputs=tuple(
                (name, SeriesKey(scope.account, scope.region, entry.namespace, metric, dimensions, input_stat))
                for name, metric, input_stat in entry.inputs
            ),
        )


def _period(entry: Entry, attributes: Mapping[str, Any]) -> int:
    chosen = str(attributes.get(entry.period.by, "")) if entry.period.by else ""
    return next((seconds for name, seconds in entry.period.cases if name == chosen), entry.period.seconds)
