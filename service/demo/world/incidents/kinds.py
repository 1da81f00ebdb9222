"""The incidents that can be started: one entry each, with what it does and what people feel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from service.demo.world.incidents.effects import Effect, Moment
from service.demo.world.noise import Floats

Shape = Callable[[Moment], Mapping[Effect, Floats]]
LATER = 60.0
"""Seconds after a bad deploy at which the first target fails its health checks."""
FAILOVER = 90.0
"""Seconds that a Multi-AZ fail-over takes: AWS says one to two minutes."""


class Victims(StrEnum):
    """Which backend instances an incident hits."""

    NONE = "none"
    ONE = "one"
    ZONE = "zone"


class Act(StrEnum):
    """What an incident really does in AWS, and undoes at its end."""

    NOTHING = "nothing"
    STOP = "stop"
    """Stops the instances that it hits."""
    DEPLOY = "deploy"
    """Makes a new version of the launch template the default one."""
    LAUNCH = "launch"
    """Launches a large instance that nobody tags."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of incident. `fails_after` is when the instances it hits fail their health checks, in seconds.

    `minutes` None: until it is stopped. `environment` is where it happens unasked (empty: prod). `costs`: it raises the
    bill, and may have begun some days ago.
    """

    name: str
    title: str
    feels: str
    components: tuple[str, ...]
    shape: Shape
    victims: Victims = Victims.NONE
    fails_after: float = 0.0
    act: Act = Act.NOTHING
    minutes: float | None = 15.0
    environment: str = ""
    costs: bool = False


KINDS = (
    Kind(
        "deploy-5xx",
        "A bad deploy",
        "One request in fourteen fails and the rest answer slowly; after a minute one instance fails its checks.",
        ("backend",),
        lambda m: {Effect.ERRORS: m.rise(0.07, 60), Effect.LATENCY: m.rise(0.9, 60), Effect.TAIL: m.rise(0.35, 60)},
        victims=Victims.ONE,
        fails_after=LATER,
        act=Act.DEPLOY,
    ),
    Kind(
        "db-connections",
        "The database runs out of connections",
        "Pages hang, then fail, while the backend waits for a free connection.",
        ("postgres", "backend"),
        lambda m: {
            Effect.CONNECTIONS: m.rise(1.0, 240),
            Effect.QUERIES: m.rise(3.0, 300),
            Effect.LATENCY: m.rise(2.5, 300),
            Effect.ERRORS: m.rise(0.12, 120, after=180),
        },
    ),
    Kind(
        "cache-evictions",
        "The cache is full",
        "Pages are slower than usual: the cache throws keys out and the database answers instead.",
        ("redis", "postgres"),
        lambda m: {
            Effect.EVICTIONS: m.rise(900, 120),
            Effect.MISSES: m.rise(0.5, 240),
            Effect.LATENCY: m.rise(0.7, 240),
            Effect.QUERIES: m.rise(0.8, 240),
        },
    ),
    Kind(
        "instance-down",
        "A backend instance is gone",
        "A few requests fail at first, then the others answer more slowly under its load.",
        ("backend",),
        lambda m: {Effect.ERRORS: 0.05 * m.flag(seconds=60), Effect.LATENCY: m.on(0.15)},
        victims=Victims.ONE,
        act=Act.STOP,
    ),
    Kind(
        "rds-failover",
        "The database fails over",
        "For a minute and a half everything that needs the database fails.",
        ("postgres", "backend"),
        lambda m: {Effect.DATABASE_DOWN: m.flag(seconds=FAILOVER), Effect.QUERIES: m.on(0.4) * m.flag(after=FAILOVER)},
    ),
    Kind(
        "disk-filling",
        "The disks are filling",
        "Nothing yet: the database's storage and the backend's disks fill up.",
        ("postgres", "backend", "storage"),
        lambda m: {Effect.DISK: m.rise(0.97, 600), Effect.QUERIES: m.rise(0.5, 600)},
    ),
    Kind(
        "traffic-spike",
        "A flash sale",
        "Pages are slow: three times as many people as usual shop at once.",
        ("frontend", "backend", "postgres"),
        lambda m: {Effect.TRAFFIC: m.rise(2.0, 90)},
    ),
    Kind(
        "nat-ports",
        "The NAT gateway has no free ports",
        "Payments fail now and then: calls to the outside find no port.",
        ("network", "backend"),
        lambda m: {Effect.PORTS: m.rise(140, 60), Effect.ERRORS: m.rise(0.02, 60), Effect.LATENCY: m.rise(0.4, 60)},
    ),
    Kind(
        "frontend-down",
        "The shop does not open",
        "Nobody can open the shop: the frontend answers 503.",
        ("frontend",),
        lambda m: {Effect.SITE_DOWN: m.flag(), Effect.EDGE_ERRORS: m.on(0.85), Effect.TRAFFIC: m.on(-0.8)},
    ),
    Kind(
        "slow-backend",
        "The backend answers slowly",
        "Every page takes seconds, and some give up waiting.",
        ("backend",),
        lambda m: {
            Effect.LATENCY: m.rise(14.0, 120),
            Effect.TAIL: m.rise(0.2, 120),
            Effect.TIMEOUTS: m.rise(0.015, 120),
            Effect.CPU: m.rise(0.3, 120),
        },
    ),
    Kind(
        "cpu-credits",
        "The backend has no CPU credits left",
        "Pages are slow: the burstable instances may use a third of their CPU only.",
        ("backend",),
        lambda m: {
            Effect.CREDITS: m.rise(1.0, 420),
            Effect.CPU: m.rise(0.85, 180),
            Effect.LATENCY: m.rise(3.0, 240, after=240),
        },
    ),
    Kind(
        "az-outage",
        "An availability zone is lost",
        "A short burst of errors, then slower pages: part of the backend is gone and the database fails over.",
        ("backend", "postgres", "network"),
        lambda m: {
            Effect.DATABASE_DOWN: m.flag(seconds=FAILOVER),
            Effect.ERRORS: 0.1 * m.flag(seconds=120),
            Effect.LATENCY: m.on(0.3),
        },
        victims=Victims.ZONE,
    ),
    Kind(
        "nat-transfer",
        "The NAT gateway's traffic jumps",
        "Nothing: but twenty times as much goes through the NAT gateway, and each gigabyte is paid for.",
        ("network",),
        lambda m: {Effect.TRANSFER: m.on(19.0)},
        minutes=None,
        costs=True,
    ),
    Kind(
        "forgotten-instance",
        "An instance is forgotten",
        "Nothing: but a large instance that somebody launched for a test runs on, and is paid for by the hour.",
        (),
        lambda _m: {},
        act=Act.LAUNCH,
        minutes=None,
        environment="dev",
        costs=True,
    ),
)


def kind_of(name: str) -> Kind:
    """The kind of incident of a name; raises LookupError with the names there are."""
    for kind in KINDS:
        if kind.name == name:
            return kind
    known = ", ".join(kind.name for kind in KINDS)
    raise LookupError(f"there is no incident {name!r}; there are: {known}")
