"""What an environment goes through, minute by minute: requests, answers, capacity, its database and its cache.

All metrics of an environment are read from one Load, so that they tell one story: more requests mean more CPU, a
fuller CPU means slower answers, fewer cache hits mean a busier database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from service.demo.world.demand import requests
from service.demo.world.history import History
from service.demo.world.incidents.effects import Effect, Effects
from service.demo.world.incidents.incident import Incident, effects_on, failing_at
from service.demo.world.noise import Floats, Times, counted, key_of, normal, wander
from service.demo.world.plan import EnvironmentPlan
from service.demo.world.state import AVAILABLE, RUNNING, Snapshot

CAPACITY = 1_700.0
"""Requests a minute that fill the CPU of one t3.large; a usual day then spends as many CPU credits as it earns."""
CONNECTION_LIMIT = 85.0
"""Connections that a db.t3.micro takes: max_connections of PostgreSQL on 1 GiB, less those kept for RDS itself."""
POOL = 8.0
"""Connections that each backend instance keeps open."""


@dataclass(frozen=True, slots=True)
class Load:
    """One environment over many minutes; every field is an array along `times`.

    `wanted` are requests that reach the balancer, `refused` those that find no healthy target, `served` those that
    reach one. `cpu` is the mean of the healthy instances in percent, `middle` and `spread` are the median in seconds
    and the sigma of the logarithm of the backend's answer time. `errors` are answers 5xx, `rejects` 4xx, `broken`
    (502) and `timeouts` (504) the balancer's own. `queries` are those a minute, `slowness` how many times longer than
    usual one takes. `hits` is the cache's hit ratio.
    """

    times: Times
    effects: Effects
    healthy: Floats
    wanted: Floats
    refused: Floats
    served: Floats
    cpu: Floats
    middle: Floats
    spread: Floats
    errors: Floats
    rejects: Floats
    broken: Floats
    timeouts: Floats
    database: Floats
    connections: Floats
    queries: Floats
    slowness: Floats
    database_cpu: Floats
    cache: Floats
    hits: Floats


@dataclass(frozen=True, slots=True)
class _Backing:
    """The database and the cache before the backend's answers are known."""

    database: Floats
    cache: Floats
    hits: Floats
    queries: Floats
    slowness: Floats


def compute_load(plan: EnvironmentPlan, history: History, incidents: Sequence[Incident], times: Times) -> Load:
    """The load of an environment at these times: a function of nothing else."""
    effects = effects_on(incidents, plan.name, times)
    key = key_of("load", plan.name)
    wanted = requests(plan, times, np.maximum(1.0 + effects[Effect.TRAFFIC], 0.0))
    healthy = _healthy(plan.name, history, incidents, times)
    served = np.where(healthy > 0, wanted, 0.0)
    backing = _backing(plan.name, history, effects, served, times)
    cpu = _cpu(key, served, healthy, effects, times)
    middle, spread = _latency(key, cpu, backing, effects, times)
    share = np.clip(0.0003 + effects[Effect.ERRORS], 0.0, 0.95)
    # With the database gone only what the cache knows is answered.
    share = np.where(backing.database > 0, share, np.maximum(share, 0.55))
    errors = np.minimum(counted(key + 3, times, served * share), served)
    connections = _connections(key, _pools(plan.name, history, times), served, effects, times)
    return Load(
        times=times,
        effects=effects,
        healthy=healthy,
        wanted=wanted,
        refused=wanted - served,
        served=served,
        cpu=cpu,
        middle=middle,
        spread=spread,
        errors=errors,
        rejects=np.minimum(counted(key + 4, times, served * 0.012), served - errors),
        broken=counted(key + 5, times, served * (0.00002 + 0.1 * effects[Effect.ERRORS])),
        timeouts=counted(key + 6, times, served * (0.00001 + effects[Effect.TIMEOUTS])),
        database=backing.database,
        connections=connections * backing.database,
        queries=backing.queries * backing.database,
        slowness=backing.slowness,
        database_cpu=_database_cpu(key, backing, connections, times),
        cache=backing.cache,
        hits=backing.hits,
    )


def _healthy(environment: str, history: History, incidents: Sequence[Incident], times: Times) -> Floats:
    """How many targets of the environment's backend are healthy."""
    everyone = {target for state in history.states for target in _targets(state, environment)}
    healthy = np.zeros(len(times))
    for target in sorted(everyone):
        here = history.flags(times, partial(_serving, environment, target))
        healthy += here & ~failing_at(incidents, target, times)
    return healthy


def _serving(environment: str, target: str, state: Snapshot) -> bool:
    return state.running(target) and target in _targets(state, environment)


def _targets(state: Snapshot, environment: str) -> frozenset[str]:
    groups = (group for group in state.target_groups.values() if group.environment == environment)
    return frozenset(target for group in groups for target in group.targets)


def _backing(environment: str, history: History, effects: Effects, served: Floats, times: Times) -> _Backing:
    key = key_of("backing", environment)
    up = history.flags(
        times, lambda s: any(d.environment == environment and d.status == AVAILABLE for d in s.databases.values())
    )
    database = np.where(effects[Effect.DATABASE_DOWN] > 0, 0.0, up.astype(np.float64))
    cache = history.values(
        times, lambda s: float(any(c.environment == environment and c.status == AVAILABLE for c in s.caches.values()))
    )
    usual = 0.925 + 0.03 * wander(key, times, 5_400) + 0.006 * normal(key + 1, times)
    hits = cache * np.clip(usual * (1.0 - np.clip(effects[Effect.MISSES], 0.0, 1.0)), 0.0, 0.995)
    queries = served * (0.6 + 6.0 * (1.0 - hits)) + 12.0
    slowness = (1.0 + effects[Effect.QUERIES]) * (1.0 + 0.15 * wander(key + 2, times, 1_800))
    return _Backing(database, cache, hits, queries, slowness)


def _cpu(key: int, served: Floats, healthy: Floats, effects: Effects, times: Times) -> Floats:
    full = served / np.maximum(healthy, 1.0) / CAPACITY
    busy = 3.2 + 96.0 * np.minimum(full, 1.0)
    busy += np.clip(effects[Effect.CPU], 0.0, 1.0) * np.maximum(97.0 - busy, 0.0)
    noise = 1.0 + 0.05 * wander(key + 7, times, 900) + 0.03 * normal(key + 8, times)
    return np.clip(busy * noise, 0.4, 100.0)


def _latency(key: int, cpu: Floats, backing: _Backing, effects: Effects, times: Times) -> tuple[Floats, Floats]:
    """Median and sigma: the time of a query and of computing, longer as the CPU fills (one queue before one server)."""
    waiting = 1.0 / (1.0 - 0.75 * np.minimum(cpu / 100.0, 0.97))
    query = 0.014 * backing.slowness * (0.4 + 8.0 * (1.0 - backing.hits))
    middle = (0.022 * waiting + query) * (1.0 + effects[Effect.LATENCY])
    middle *= 1.0 + 0.06 * wander(key + 9, times, 1_200) + 0.03 * normal(key + 10, times)
    spread = 0.55 + 0.05 * wander(key + 11, times, 3_600) + np.maximum(effects[Effect.TAIL], 0.0)
    return np.maximum(middle, 0.001), spread


def _pools(environment: str, history: History, times: Times) -> Floats:
    """Connections that the running instances keep open."""

    def running(state: Snapshot) -> float:
        return float(sum(i.environment == environment and i.state == RUNNING for i in state.instances.values()))

    return POOL * history.values(times, running)


def _connections(key: int, pools: Floats, served: Floats, effects: Effects, times: Times) -> Floats:
    """Connections to the database: each instance's pool, a few for what is busy, and what an incident takes."""
    usual = np.rint(pools + 0.009 * served + 2.0 + 1.2 * normal(key + 12, times))
    usual = np.clip(usual, 1.0, CONNECTION_LIMIT - 5.0)
    taken = np.clip(effects[Effect.CONNECTIONS], 0.0, 1.0) * (CONNECTION_LIMIT - usual)
    return np.minimum(np.rint(usual + taken), CONNECTION_LIMIT)


def _database_cpu(key: int, backing: _Backing, connections: Floats, times: Times) -> Floats:
    crowd = np.maximum(connections / CONNECTION_LIMIT - 0.7, 0.0) * 80.0
    busy = 3.5 + backing.queries * 0.0135 * (0.6 + 0.4 * backing.slowness) + crowd
    noise = 1.0 + 0.06 * wander(key + 13, times, 1_500) + 0.04 * normal(key + 14, times)
    return np.clip(busy * noise, 0.5, 99.5)
