"""What the world's resources are at one moment, as the metrics need to know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

RUNNING = "running"
AVAILABLE = "available"


@dataclass(frozen=True, slots=True)
class Instance:
    """An EC2 instance; `state` is AWS's word, `group` its Auto Scaling group or empty."""

    id: str
    environment: str
    zone: str
    state: str
    type: str = "t3.large"
    detailed: bool = False
    group: str = ""
    component: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """An Auto Scaling group; `members` are the ids of its instances."""

    name: str
    environment: str
    minimum: int
    maximum: int
    desired: int
    members: tuple[str, ...]
    metrics: bool = True


@dataclass(frozen=True, slots=True)
class Balancer:
    """An application load balancer; `dimension` is the end of its ARN, `app/name/id`."""

    dimension: str
    environment: str

    @property
    def id(self) -> str:
        """By what it is known."""
        return self.dimension


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A target group, the balancers before it (by dimension) and the instances in it."""

    dimension: str
    environment: str
    balancers: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Database:
    """An RDS instance; storage in GiB, `size` is its class."""

    id: str
    environment: str
    status: str
    storage: int = 20
    storage_type: str = "gp3"
    multi_az: bool = False
    size: str = "db.t3.micro"


@dataclass(frozen=True, slots=True)
class Cache:
    """An ElastiCache cluster of one node; `size` is the node's type."""

    id: str
    environment: str
    status: str
    size: str = "cache.t3.micro"


@dataclass(frozen=True, slots=True)
class Named:
    """Anything that is simply there: a distribution, a bucket, a NAT gateway, a topic."""

    id: str
    environment: str
    state: str = AVAILABLE


@dataclass(frozen=True, slots=True)
class Volume:
    """An EBS volume; `instance` is what it is attached to, or empty. Size in GiB."""

    id: str
    environment: str
    instance: str
    type: str = "gp3"
    size: int = 8
    component: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """An elastic IP address; `used` while something has it. Tags as of all resources, empty for none."""

    id: str
    environment: str
    component: str = ""
    used: bool = True


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All resources of the world at one moment, each by its id."""

    instances: Mapping[str, Instance] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    balancers: Mapping[str, Balancer] = field(default_factory=dict)
    target_groups: Mapping[str, TargetGroup] = field(default_factory=dict)
    databases: Mapping[str, Database] = field(default_factory=dict)
    caches: Mapping[str, Cache] = field(default_factory=dict)
    distributions: Mapping[str, Named] = field(default_factory=dict)
    buckets: Mapping[str, Named] = field(default_factory=dict)
    gateways: Mapping[str, Named] = field(default_factory=dict)
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    topics: Mapping[str, Named] = field(default_factory=dict)
    addresses: Mapping[str, Address] = field(default_factory=dict)

    def running(self, instance_id: str) -> bool:
        """Whether an instance exists and runs."""
        instance = self.instances.get(instance_id)
        return instance is not None and instance.state == RUNNING
