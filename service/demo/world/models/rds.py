"""AWS/RDS: the database."""

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
from service.demo.world.state import AVAILABLE, Database

NAMESPACE = "AWS/RDS"
_GIB = float(1 << 30)
_QUARTER = 90 * 86_400
"""Tables grow all the time; old orders are archived each quarter."""
_SPREAD = np.array([0.55, 0.8, 1.0, 1.25, 2.1])
"""I/O latencies within a minute, as shares of their mean."""

Reading = Callable[[Load, int, Database], Floats]


def _used_share(load: Load) -> Floats:
    used = 0.30 + 0.22 * (load.times % _QUARTER) / _QUARTER
    return used + np.clip(load.effects[Effect.DISK], 0.0, 1.0) * (1.0 - used)


def _free_storage(load: Load, key: int, database: Database) -> Floats:
    free = database.storage * _GIB * (1.0 - _used_share(load))
    return np.rint(np.maximum(free + 4e6 * wander(key + 1, load.times, 3_600), 0.0))


def _free_memory(load: Load, key: int, _database: Database) -> Floats:
    # Each connection of PostgreSQL takes some 1.5 MB of its own.
    return np.rint(260e6 - 1.5e6 * load.connections + 9e6 * wander(key + 2, load.times, 7_200))


def _reads(load: Load, key: int, _database: Database) -> Floats:
    return counted(key + 3, load.times, load.queries * 0.09 + 3.0) / 60.0


def _writes(load: Load, key: int, _database: Database) -> Floats:
    return counted(key + 4, load.times, load.queries * 0.16 + 40.0) / 60.0


def _read_latency(load: Load, key: int, _database: Database) -> Floats:
    return 0.00062 * load.slowness * (1.0 + 0.08 * normal(key + 5, load.times).clip(-3, 3))


def _write_latency(load: Load, key: int, database: Database) -> Floats:
    mirrored = 1.7 if database.multi_az else 1.0
    return 0.00095 * mirrored * load.slowness * (1.0 + 0.08 * normal(key + 6, load.times).clip(-3, 3))


def _queue(load: Load, key: int, database: Database) -> Floats:
    busy = _reads(load, key, database) * _read_latency(load, key, database)
    return busy + _writes(load, key, database) * _write_latency(load, key, database)


def _sessions(load: Load, key: int, database: Database) -> Floats:
    waiting = np.maximum(load.connections - 70.0, 0.0) * 0.5
    return load.database_cpu / 50.0 + _queue(load, key, database) + waiting


def _bursts(load: Load, key: int, _database: Database) -> Floats:
    return np.clip(99.0 - load.database_cpu * 0.15 + 0.5 * wander(key + 7, load.times, 5_400), 0.0, 100.0)


def _transactions(load: Load, key: int, _database: Database) -> Floats:
    """Grows until autovacuum freezes the oldest rows."""
    return np.rint(
        2.1e7 + 1.4e8 * (load.times % (30 * 86_400)) / (30 * 86_400) + 1e4 * wander(key + 8, load.times, 3_600)
    )


_GAUGES: dict[str, tuple[str, Reading]] = {
    "CPUUtilization": ("Percent", lambda load, _key, _database: load.database_cpu),
    "DatabaseConnections": ("Count", lambda load, _key, _database: load.connections),
    "FreeableMemory": ("Bytes", _free_memory),
    "FreeStorageSpace": ("Bytes", _free_storage),
    "SwapUsage": ("Bytes", lambda load, key, _d: np.rint(9e6 + 2e6 * wander(key + 9, load.times, 14_400))),
    "DiskQueueDepth": ("Count", _queue),
    "ReadIOPS": ("Count/Second", _reads),
    "WriteIOPS": ("Count/Second", _writes),
    "ReadThroughput": ("Bytes/Second", lambda load, key, d: _reads(load, key, d) * 14_000.0),
    "WriteThroughput": ("Bytes/Second", lambda load, key, d: _writes(load, key, d) * 11_000.0),
    "NetworkReceiveThroughput": ("Bytes/Second", lambda load, _key, _d: load.queries * 410.0 / 60.0 + 700.0),
    "NetworkTransmitThroughput": ("Bytes/Second", lambda load, _key, _d: load.queries * 2_600.0 / 60.0 + 2_400.0),
    "EBSIOBalance%": ("Percent", _bursts),
    "EBSByteBalance%": ("Percent", _bursts),
    "MaximumUsedTransactionIDs": ("Count", _transactions),
    "TransactionLogsDiskUsage": (
        "Bytes",
        lambda load, key, _d: np.rint(1.2e9 + 2e8 * wander(key + 10, load.times, 9_000)),
    ),
    "OldestReplicationSlotLag": ("Bytes", lambda load, _key, _d: np.full(len(load.times), -1.0)),
    "CheckpointLag": ("Seconds", lambda load, key, _d: np.rint(150.0 + 140.0 * wander(key + 11, load.times, 300))),
    "DBLoad": ("None", _sessions),
    "DBLoadCPU": ("None", lambda load, _key, _d: load.database_cpu / 50.0),
    "CPUCreditBalance": (
        "Count",
        lambda load, key, _d: 288.0 - load.database_cpu + 8.0 * wander(key, load.times, 9_000),
    ),
}
_LATENCIES: dict[str, Reading] = {"ReadLatency": _read_latency, "WriteLatency": _write_latency}


def database_metrics(database: Database) -> Iterator[Described]:
    """All metrics of a database; a stopped one reports none."""
    where = dimensions(DBInstanceIdentifier=database.id)
    for name, (unit, read) in _GAUGES.items():
        yield NAMESPACE, name, where, minutely(unit, _sample(database, read, 1))
    for name, read in _LATENCIES.items():
        yield NAMESPACE, name, where, minutely("Seconds", _sample(database, read, len(_SPREAD)))
    if database.storage_type == "gp2":
        yield NAMESPACE, "BurstBalance", where, minutely("Percent", _sample(database, _bursts, 1))


def _sample(database: Database, read: Reading, samples: int) -> Sample:
    key = key_of("database", database.id)

    def sample(scene: Scene, times: Times) -> Buckets:
        load = scene.load(database.environment, times)
        up = scene.history.flags(times, lambda s: _available(s.databases.get(database.id)))
        values = read(load, key, database)
        # While it fails over the instance still reports: nobody is connected, and nothing is read or written.
        if samples == 1:
            return gauge(times, values, up)
        column = values[up].reshape(-1, 1) * _SPREAD[None, :]
        return Buckets(times[up], column, np.ones_like(column))

    return sample


def _available(database: Database | None) -> bool:
    return database is not None and database.status == AVAILABLE
