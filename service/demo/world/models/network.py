"""AWS/NATGateway: the way out of the private subnets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from service.demo.source import Buckets
from service.demo.world.incidents.effects import Effect
from service.demo.world.load import Load
from service.demo.world.models.buckets import gauge, minutely
from service.demo.world.models.naming import Described, dimensions
from service.demo.world.noise import Floats, Times, counted, key_of, wander
from service.demo.world.scene import Scene
from service.demo.world.state import Named

NAMESPACE = "AWS/NATGateway"
OUTSIDE = 0.22
"""Calls to the outside (payments, mail) for each request."""
OWN_CALLS = 9.0
"""Calls a minute that the machines make for themselves."""
BYTES_OUT, BYTES_IN = 5_200.0, 31_000.0
"""What a call sends and gets."""

Reading = Callable[[Load, int], Floats]


def _attempts(load: Load, key: int) -> Floats:
    return counted(key, load.times, load.served * OUTSIDE + OWN_CALLS)


def _no_port(load: Load, key: int) -> Floats:
    return counted(key + 1, load.times, load.effects[Effect.PORTS])


def _established(load: Load, key: int) -> Floats:
    return np.maximum(_attempts(load, key) - _no_port(load, key), 0.0)


def _bytes(per_connection: float) -> Reading:
    def read(load: Load, key: int) -> Floats:
        size = per_connection * (1.0 + 0.1 * wander(key + 2, load.times, 2_400))
        return np.rint(_established(load, key) * size * (1.0 + load.effects[Effect.TRANSFER]))

    return read


def _open(load: Load, key: int) -> Floats:
    crowd = 55_000.0 * np.clip(load.effects[Effect.PORTS] / 100.0, 0.0, 1.0)
    return np.rint(_attempts(load, key) * 1.4 + 12.0 + crowd)


_READINGS: dict[str, tuple[str, Reading]] = {
    "ErrorPortAllocation": ("Count", _no_port),
    "PacketsDropCount": ("Count", lambda load, key: _no_port(load, key) * 3.0),
    "BytesOutToDestination": ("Bytes", _bytes(BYTES_OUT)),
    "BytesInFromDestination": ("Bytes", _bytes(BYTES_IN)),
    "BytesInFromSource": ("Bytes", _bytes(BYTES_OUT)),
    "BytesOutToSource": ("Bytes", _bytes(BYTES_IN)),
    "PacketsOutToDestination": ("Count", _bytes(14.0)),
    "PacketsInFromDestination": ("Count", _bytes(31.0)),
    "ActiveConnectionCount": ("Count", _open),
    "ConnectionAttemptCount": ("Count", _attempts),
    "ConnectionEstablishedCount": ("Count", _established),
    "IdleTimeoutCount": ("Count", lambda load, key: counted(key + 3, load.times, 0.4 + _attempts(load, key) * 0.004)),
}


def gateway_metrics(gateway: Named) -> Iterator[Described]:
    """All metrics of a NAT gateway."""
    where = dimensions(NatGatewayId=gateway.id)
    key = key_of("gateway", gateway.environment)
    for name, (unit, read) in _READINGS.items():

        def sample(scene: Scene, times: Times, read: Reading = read) -> Buckets:
            present = scene.history.flags(times, lambda state: gateway.id in state.gateways)
            return gauge(times, read(scene.load(gateway.environment, times), key), present)

        yield NAMESPACE, name, where, minutely(unit, sample)
