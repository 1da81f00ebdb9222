"""AWS/CloudFront and AWS/S3: the frontend."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from service.demo.source import Buckets
from service.demo.world.incidents.effects import Effect
from service.demo.world.load import Load
from service.demo.world.models.buckets import DAY, durations, gauge, minutely
from service.demo.world.models.naming import Described, dimensions
from service.demo.world.noise import Floats, Times, counted, key_of, wander
from service.demo.world.plan import plan_of
from service.demo.world.scene import Metric, Sample, Scene
from service.demo.world.state import Named

CLOUDFRONT = "AWS/CloudFront"
S3 = "AWS/S3"
FILES = 1.1
"""Files that a browser fetches from the edge for each request that it makes to the backend; the rest it has."""
EDGE_BYTES = 12_000.0
"""Bytes of a file, on the average: many answers say only that the browser's copy still holds."""
MISSED = 0.06
"""The share of files that the edge fetches from S3."""
_YEAR = 365 * 86_400

Reading = Callable[[Load, int], Floats]


def _requests(load: Load, key: int) -> Floats:
    return counted(key, load.times, load.wanted * FILES)


def _failing(load: Load, key: int) -> Floats:
    """Percent of answers 5xx: a few in a hundred thousand, and what an incident makes of it."""
    usual = np.maximum(0.004 * wander(key + 1, load.times, 1_800), 0.0)
    return np.clip(usual + 100.0 * load.effects[Effect.EDGE_ERRORS], 0.0, 100.0)


def _missing(load: Load, key: int) -> Floats:
    return np.clip(0.45 + 0.25 * wander(key + 2, load.times, 3_600), 0.0, 100.0)


def _cached(load: Load, key: int) -> Floats:
    return np.clip(94.0 + 2.5 * wander(key + 3, load.times, 7_200), 0.0, 100.0)


_ALWAYS: dict[str, tuple[str, Reading]] = {
    "Requests": ("None", _requests),
    "BytesDownloaded": ("None", lambda load, key: np.rint(_requests(load, key) * EDGE_BYTES)),
    "BytesUploaded": ("None", lambda load, key: np.rint(_requests(load, key) * 210.0)),
    "4xxErrorRate": ("Percent", _missing),
    "5xxErrorRate": ("Percent", _failing),
    "TotalErrorRate": ("Percent", lambda load, key: np.minimum(_missing(load, key) + _failing(load, key), 100.0)),
}
_PAID: dict[str, tuple[str, Reading]] = {
    "CacheHitRate": ("Percent", _cached),
    "502ErrorRate": ("Percent", lambda load, _key: np.zeros(len(load.times))),
    "503ErrorRate": ("Percent", lambda load, _key: np.clip(100.0 * load.effects[Effect.EDGE_ERRORS], 0.0, 100.0)),
    "504ErrorRate": ("Percent", lambda load, _key: np.zeros(len(load.times))),
}


def distribution_metrics(distribution: Named) -> Iterator[Described]:
    """All metrics of a distribution; those that cost extra in prod only. No request, no point."""
    where = dimensions(DistributionId=distribution.id, Region="Global")
    paid = _PAID if plan_of(distribution.environment).detailed else {}
    for name, (unit, read) in {**_ALWAYS, **paid}.items():
        yield CLOUDFRONT, name, where, minutely(unit, _sample(distribution, read))
    if paid:
        yield CLOUDFRONT, "OriginLatency", where, minutely("Milliseconds", _origin(distribution))


def _there(distribution: Named, scene: Scene, times: Times) -> Floats:
    return scene.history.values(times, lambda state: float(distribution.id in state.distributions))


def _sample(distribution: Named, read: Reading) -> Sample:
    key = key_of("distribution", distribution.environment)

    def sample(scene: Scene, times: Times) -> Buckets:
        load = scene.load(distribution.environment, times)
        present = (_requests(load, key) > 0) & (_there(distribution, scene, times) > 0)
        return gauge(times, read(load, key), present)

    return sample


def _origin(distribution: Named) -> Sample:
    key = key_of("distribution", distribution.environment)

    def sample(scene: Scene, times: Times) -> Buckets:
        load = scene.load(distribution.environment, times)
        fetched = np.rint(_requests(load, key) * MISSED) * _there(distribution, scene, times)
        middle = 31.0 * (1.0 + 0.1 * wander(key + 4, times, 3_600))
        return durations(times, fetched, middle, np.full(len(times), 0.6))

    return sample


def stored_bytes(bucket: Named, times: Times) -> Floats:
    """Bytes in a bucket. Each release adds files; the old ones go once a year."""
    size = {"prod": 4.1e9, "staging": 1.2e9, "dev": 0.8e9}.get(bucket.environment, 2e8)
    drift = 0.004 * wander(key_of("bucket", bucket.id), times, 3 * 86_400)
    return np.asarray(size * (1.0 + 0.6 * (times % _YEAR) / _YEAR + drift), dtype=np.float64)


def bucket_metrics(bucket: Named) -> Iterator[Described]:
    """The daily storage metrics of a bucket, and the paid request metrics of prod's."""

    def there(scene: Scene, times: Times, values: Floats) -> Buckets:
        return gauge(times, values, scene.history.flags(times, lambda state: bucket.id in state.buckets))

    standard = dimensions(BucketName=bucket.id, StorageType="StandardStorage")
    every = dimensions(BucketName=bucket.id, StorageType="AllStorageTypes")
    yield (
        S3,
        "BucketSizeBytes",
        standard,
        Metric("Bytes", DAY, lambda scene, times: there(scene, times, np.rint(stored_bytes(bucket, times)))),
    )
    yield (
        S3,
        "NumberOfObjects",
        every,
        Metric("Count", DAY, lambda scene, times: there(scene, times, np.rint(stored_bytes(bucket, times) / 52_000.0))),
    )
    if plan_of(bucket.environment).detailed:
        yield from _request_metrics(bucket)


def _request_metrics(bucket: Named) -> Iterator[Described]:
    where = dimensions(BucketName=bucket.id, FilterId="EntireBucket")
    key = key_of("bucket-requests", bucket.id)

    def rate(share: float) -> Sample:
        def sample(scene: Scene, times: Times) -> Buckets:
            load = scene.load(bucket.environment, times)
            fetched = counted(key, times, load.wanted * FILES * MISSED)
            failed = np.minimum(counted(key + 1, times, fetched * share), fetched)
            present = (fetched > 0) & scene.history.flags(times, lambda state: bucket.id in state.buckets)
            values = np.repeat([[1.0, 0.0]], int(present.sum()), axis=0)
            return Buckets(times[present], values, np.column_stack([failed, fetched - failed])[present])

        return sample

    def first_byte(scene: Scene, times: Times) -> Buckets:
        load = scene.load(bucket.environment, times)
        fetched = counted(key, times, load.wanted * FILES * MISSED)
        present = fetched * scene.history.values(times, lambda state: float(bucket.id in state.buckets))
        return durations(times, present, np.full(len(times), 17.0), np.full(len(times), 0.5))

    yield S3, "AllRequests", where, minutely("Count", _all_requests(bucket, key))
    yield S3, "4xxErrors", where, minutely("Count", rate(0.002))
    yield S3, "5xxErrors", where, minutely("Count", rate(0.000005))
    yield S3, "FirstByteLatency", where, minutely("Milliseconds", first_byte)


def _all_requests(bucket: Named, key: int) -> Sample:
    def sample(scene: Scene, times: Times) -> Buckets:
        fetched = counted(key, times, scene.load(bucket.environment, times).wanted * FILES * MISSED)
        present = scene.history.flags(times, lambda state: bucket.id in state.buckets)
        return gauge(times, fetched, present & (fetched > 0))

    return sample
