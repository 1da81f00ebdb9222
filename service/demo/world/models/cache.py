"""AWS/ElastiCache: the cache, as a cluster and as its one node."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from service.demo.source import Buckets
from service.demo.world.incidents.effects import Effect
from service.demo.world.load import Load
from service.demo.world.models.buckets import gauge, minutely
from service.demo.world.models.naming import Described, dimensions
from service.demo.world.noise import Floats, Times, counted, key_of, normal, wander
from service.demo.world.scene import Sample, Scene
from service.demo.world.state import AVAILABLE, Cache

NAMESPACE = "AWS/ElastiCache"
_LOOKUPS = 6.0
"""Keys that the backend looks up for each request."""
_MEMORY = 537e6
"""maxmemory of a cache.t3.micro, in bytes (Amazon ElastiCache, Redis parameters by node type)."""

Reading = Callable[[Load, int], Floats]


def _lookups(load: Load, key: int) -> Floats:
    return counted(key + 1, load.times, load.served * _LOOKUPS + 6.0)


def _hits(load: Load, key: int) -> Floats:
    return np.rint(_lookups(load, key) * load.hits)


def _misses(load: Load, key: int) -> Floats:
    return _lookups(load, key) - _hits(load, key)


def _fullness(load: Load, key: int) -> Floats:
    usual = 58.0 + 9.0 * wander(key + 2, load.times, 28_800) + 0.004 * load.served
    full = np.clip(load.effects[Effect.EVICTIONS] / 300.0, 0.0, 1.0)
    return np.clip(usual + full * (99.5 - usual), 0.0, 100.0)


def _engine(load: Load, key: int) -> Floats:
    busy = 1.2 + _lookups(load, key) * 0.0011 + load.effects[Effect.EVICTIONS] * 0.012
    return np.clip(busy * (1.0 + 0.06 * normal(key + 3, load.times)), 0.1, 100.0)


def _connections(load: Load, key: int) -> Floats:
    return np.rint(4.0 + 10.0 * load.healthy + 0.002 * load.served + np.abs(normal(key + 4, load.times)))


_GAUGES: dict[str, tuple[str, Reading]] = {
    "EngineCPUUtilization": ("Percent", _engine),
    "CPUUtilization": ("Percent", lambda load, key: np.clip(_engine(load, key) * 0.6 + 2.0, 0.0, 100.0)),
    "DatabaseMemoryUsagePercentage": ("Percent", _fullness),
    "BytesUsedForCache": ("Bytes", lambda load, key: np.rint(_fullness(load, key) / 100.0 * _MEMORY)),
    "FreeableMemory": ("Bytes", lambda load, key: np.rint(_MEMORY * (1.05 - _fullness(load, key) / 100.0) + 6e7)),
    "SwapUsage": ("Bytes", lambda load, key: np.rint(np.maximum(2e6 * wander(key + 5, load.times, 14_400), 0.0))),
    "CurrConnections": ("Count", _connections),
    "NewConnections": ("Count", lambda load, key: counted(key + 6, load.times, 1.0 + 0.004 * load.served)),
    "CurrItems": ("Count", lambda load, key: np.rint(_fullness(load, key) * 2_400.0)),
    "CacheHits": ("Count", _hits),
    "CacheMisses": ("Count", _misses),
    "Evictions": ("Count", lambda load, key: counted(key + 7, load.times, load.effects[Effect.EVICTIONS])),
    "IsMaster": ("Count", lambda load, _key: np.ones(len(load.times))),
    "NetworkBandwidthInAllowanceExceeded": ("Count", lambda load, _key: np.zeros(len(load.times))),
    "NetworkBandwidthOutAllowanceExceeded": ("Count", lambda load, _key: np.zeros(len(load.times))),
    "NetworkBytesIn": ("Bytes", lambda load, key: _lookups(load, key) * 120.0),
    "NetworkBytesOut": ("Bytes", lambda load, key: _hits(load, key) * 2_900.0 + 4_000.0),
    "MemoryFragmentationRatio": ("Count", lambda load, key: 1.22 + 0.06 * wander(key + 8, load.times, 21_600)),
}


def cache_metrics(cache: Cache) -> Iterator[Described]:
    """All metrics of a cluster, once for the cluster and once for its node 0001; none unless it is available."""
    places = (dimensions(CacheClusterId=cache.id), dimensions(CacheClusterId=cache.id, CacheNodeId="0001"))
    for where in places:
        for name, (unit, read) in _GAUGES.items():
            yield NAMESPACE, name, where, minutely(unit, _sample(cache, read))


def _sample(cache: Cache, read: Reading) -> Sample:
    key = key_of("cache", cache.id)

    def sample(scene: Scene, times: Times) -> Buckets:
        up = scene.history.flags(times, lambda s: _available(s.caches.get(cache.id)))
        return gauge(times, read(scene.load(cache.environment, times), key), up)

    return sample


def _available(cache: Cache | None) -> bool:
    return cache is not None and cache.status == AVAILABLE
