"""What the metric jobs of one account and region share: which series there are, their price, the pace."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from collectors.aws import Aws, Scope
from collectors.cap import Level, Rhythm
from collectors.catalogue import Catalogue
from collectors.config import Bill, Collect
from collectors.errors import AwsError
from collectors.estimate import price_at
from collectors.meter import Meter
from collectors.metrics.fetch import Pacer
from collectors.metrics.level import level_now, price_fact
from collectors.metrics.listing import list_series
from collectors.metrics.planner import Reach, Terms
from collectors.series import Dimensions, Listed, Wanted, namespaces_to_list, wanted_in
from store import Store
from store.vocabulary import Resource

RUN_SECONDS = 240.0
"""A run of a metric job ends itself after this long; the rest is due at the next tick."""


@dataclass(slots=True)
class _Known:
    """What was worked out from the resources, kept until they change."""

    fingerprint: object = None
    wanted: list[Wanted] = field(default_factory=list)
    listed: dict[tuple[str, str], list[Dimensions]] = field(default_factory=dict)
    listed_at: datetime | None = None
    listed_for: tuple[str, ...] = ()
    trouble: AwsError | None = None


@dataclass(slots=True)
class Collector:
    """One account and region. `protected` answers the ids of series that page-severity rules read."""

    scope: Scope
    scopes: tuple[Scope, ...]
    aws: Aws
    store: Store
    meter: Meter
    catalogue: Catalogue
    settings: Collect
    bill: Bill
    protected: Callable[[], Collection[str]]
    monotonic: Callable[[], float]
    pacer: Pacer
    _known: _Known = field(default_factory=_Known)
    _lock: Lock = field(default_factory=Lock)

    def client(self, job: str) -> Any:  # noqa: ANN401  boto3 has no types
        """The CloudWatch client of a job here."""
        return self.aws.client(self.scope, "cloudwatch", job=job)

    def wanted(self, now: datetime, job: str) -> list[Wanted]:
        """The series to collect, declared in the store; those no longer wanted are closed."""
        with self._lock:
            resources = self.store.resources.find(account=self.scope.account)
            self._list_metrics(resources, now, job)
            known = self._known
            fingerprint = (
                [(one.id, one.state, one.environment, one.component, one.attributes) for one in resources],
                known.listed_at,
            )
            if fingerprint != known.fingerprint:
                known.wanted = wanted_in(self.scope, self.catalogue, resources, self._listed(), self._resolution())
                self._declare(known.wanted, now)
                known.fingerprint = fingerprint
            return known.wanted

    @property
    def trouble(self) -> AwsError | None:
        """Why the last ListMetrics failed, if it did."""
        return self._known.trouble

    def terms(self, now: datetime) -> Terms:
        """What holds for this round: reach, rhythm, and how far the monthly cap cuts back."""
        metrics = self.settings.metrics
        rhythm = Rhythm(
            every=int(metrics.every.total_seconds()),
            hot_every=int(metrics.hot_every.total_seconds()),
            bill=self.bill,
            protected=frozenset(self.protected()),
        )
        return Terms(Reach.of(metrics), rhythm, self._level(now, rhythm))

    def _level(self, now: datetime, rhythm: Rhythm) -> Level:
        """The level that the whole installation is at: each scope leaves its monthly price in the store's facts."""
        if self.bill.monthly_cap is None:
            return Level.FULL
        prices = price_at(self._known.wanted, rhythm)
        fact = {str(int(level)): str(high) for level, (_, high) in prices.items()}
        name = price_fact(self.scope)
        if self.store.facts.get(name) != fact:
            self.store.facts.set(name, fact)
        _, spent = self.meter.cost_this_month(self.store.meter, now)
        return level_now(self.store, self.scopes, self.bill.monthly_cap, spent, now)

    def _resolution(self) -> int:
        return int(self.settings.metrics.resolution.total_seconds())

    def _listed(self) -> Listed:
        return self._known.listed

    def _list_metrics(self, resources: list[Resource], now: datetime, job: str) -> None:
        """Ask ListMetrics, once per inventory interval and namespace; what was known stays when it fails."""
        known = self._known
        namespaces = tuple(namespaces_to_list(self.scope, self.catalogue, resources))
        age = None if known.listed_at is None else now - known.listed_at
        if not namespaces or (
            age is not None and age < self.settings.inventory.every and namespaces == known.listed_for
        ):
            return
        try:
            listed = list_series(self.client(job), namespaces)
        except AwsError as error:
            known.trouble = error
            return
        changed = listed != known.listed
        known.listed, known.listed_for, known.trouble = listed, namespaces, None
        known.listed_at = now
        if changed:
            known.fingerprint = None

    def _declare(self, wanted: list[Wanted], now: datetime) -> None:
        self.store.series.upsert(one.series for one in wanted)
        ids = {one.id for one in wanted}
        here = self.store.series.find(account=self.scope.account, region=self.scope.region)
        unwanted = [one.id for one in here if one.id not in ids]
        # Before the first ListMetrics answer nobody knows whether a discovered series is gone.
        if unwanted and self._known.trouble is None:
            self.store.series.close(unwanted, now)
