"""The price of a configuration before it is switched on: reads which series there would be, keeps nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from collectors.aws import Aws
from collectors.cap import Rhythm
from collectors.catalogue import load_catalogue
from collectors.config import Bill, Collect
from collectors.errors import AwsError
from collectors.estimate import Estimate, estimate
from collectors.jobs import metric_scopes
from collectors.metrics.listing import list_series
from collectors.metrics.planner import Reach
from collectors.series import Listed, Wanted, namespaces_to_list, wanted_in
from store.vocabulary import Resource

JOB = "plan"


@dataclass(frozen=True, slots=True)
class Priced:
    """An estimate, and what could not be found out: of those scopes, series that only AWS can list are missing."""

    estimate: Estimate
    troubles: tuple[AwsError, ...] = ()


def price_plan(
    aws: Aws, resources: Sequence[Resource], collect: Collect, bill: Bill, protected: Collection[str] = frozenset()
) -> Priced:
    """Price collecting these resources. Makes a few ListMetrics calls, which the million a month covers.

    Raises:
        BadCatalogue: a catalogue file cannot be used.
        UnknownRegion: an account has no region.
    """
    catalogue = load_catalogue(collect.catalogue, collect.skip)
    resolution = int(collect.metrics.resolution.total_seconds())
    wanted: list[Wanted] = []
    troubles: list[AwsError] = []
    for scope in metric_scopes(aws, catalogue):
        listed: Listed = {}
        try:
            client = aws.client(scope, "cloudwatch", job=JOB)
            listed = list_series(client, namespaces_to_list(scope, catalogue, resources))
        except AwsError as error:
            troubles.append(error)
        wanted += wanted_in(scope, catalogue, resources, listed, resolution)
    metrics = collect.metrics
    rhythm = Rhythm(int(metrics.every.total_seconds()), int(metrics.hot_every.total_seconds()), bill, protected)
    return Priced(estimate(wanted, rhythm, Reach.of(metrics)), tuple(troubles))
