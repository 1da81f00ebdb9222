"""ElastiCache as it is on AWS: really gone after a final snapshot, and made again from one under the same name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from service.demo.power.gateways import Client
from service.demo.power.phases import Key, Phases, key_of
from service.demo.source import AwsError, AwsRequest, AwsResponse

Forget = Callable[[str, str, str], None]
"""Removes a cache of an account, region and name: moto keeps a deleted one for ever."""
_RANDOM = re.compile(r"\.[a-z0-9]{6}\.use1\.")
_MEMBER = ("CacheNodeType", "Engine", "EngineVersion", "CacheSubnetGroupName", "PreferredMaintenanceWindow")


@dataclass(frozen=True, slots=True)
class Sort:
    """How the API words one sort of cache."""

    found: str
    one: str
    name: str
    status: str


CLUSTER = Sort("CacheClusters", "CacheCluster", "CacheClusterId", "CacheClusterStatus")
GROUP = Sort("ReplicationGroups", "ReplicationGroup", "ReplicationGroupId", "Status")


@dataclass(slots=True)
class Caches:
    """What moto leaves out. `groups` are the calls by which replication groups were made: their nodes are as these."""

    client: Client
    forget: Forget
    groups: dict[Key, Mapping[str, Any]] = field(default_factory=dict)
    leaving: set[Key] = field(default_factory=set)

    def reset(self) -> None:
        """Nothing is on its way."""
        self.leaving.clear()

    def create(self, sort: Sort, phases: Phases, request: AwsRequest) -> AwsResponse:
        """CreateCacheCluster or CreateReplicationGroup."""
        key = key_of(request, str(request.params[sort.name]))
        if phases.lacks(key) or request.params.get("CacheNodeType") in phases.troubles.lacking:
            raise AwsError("InsufficientCacheClusterCapacity", "There is no capacity for its node type now.")
        self._sweep(phases, request)
        if snapshot := request.params.get("SnapshotName"):
            self._ask(request, "describe_snapshots", SnapshotName=snapshot)
        answer = request.forward()
        if sort is GROUP:
            self.groups[key] = dict(request.params)
        phases.begin(key, "creating", request.now)
        return _worded(sort, answer, "creating")

    def delete(self, sort: Sort, phases: Phases, request: AwsRequest) -> AwsResponse:
        """DeleteCacheCluster or DeleteReplicationGroup."""
        key = key_of(request, str(request.params[sort.name]))
        if key in self.leaving or phases.word(key, request.now):
            raise AwsError(f"Invalid{sort.one}State", f"{sort.one} {key[2]} is not in available state.")
        if snapshot := request.params.get("FinalSnapshotIdentifier"):
            self._ask(request, "create_snapshot", SnapshotName=snapshot, **{sort.name: key[2]})
        answer = request.forward()
        self.leaving.add(key)
        phases.begin(key, "deleting", request.now)
        return _worded(sort, answer, "deleting")

    def describe(self, sort: Sort, phases: Phases, request: AwsRequest) -> AwsResponse:
        """DescribeCacheClusters, with the nodes of the groups, or DescribeReplicationGroups."""
        self._sweep(phases, request)
        answer = request.forward()
        found = [dict(one) for one in answer.result.get(sort.found, ())]
        for one in found:
            if word := phases.word(key_of(request, one[sort.name]), request.now):
                one[sort.status] = word
            _settle(one)
        if sort is CLUSTER and not request.params.get("CacheClusterId"):
            found += self._members(request)
        return AwsResponse({**answer.result, sort.found: found})

    def _members(self, request: AwsRequest) -> Iterator[dict[str, Any]]:
        for key, wish in self.groups.items():
            if key[:2] != (request.account, request.region):
                continue
            shards, replicas = int(wish.get("NumNodeGroups") or 0), int(wish.get("ReplicasPerNodeGroup") or 0)
            names = [f"{key[2]}-001"]
            if shards:
                names = [f"{key[2]}-{s + 1:04}-{n + 1:03}" for s in range(shards) for n in range(replicas + 1)]
            for name in names:
                yield {
                    **{one: wish[one] for one in _MEMBER if one in wish},
                    "CacheClusterId": name,
                    "ReplicationGroupId": key[2],
                    "CacheClusterStatus": "available",
                    "SecurityGroups": [{"SecurityGroupId": one} for one in wish.get("SecurityGroupIds", ())],
                    "ARN": f"arn:aws:elasticache:{key[1]}:{key[0]}:cluster:{name}",
                }

    def _sweep(self, phases: Phases, request: AwsRequest) -> None:
        """Whose deletion is over is gone."""
        for key in [one for one in self.leaving if not phases.word(one, request.now)]:
            self.leaving.discard(key)
            self.groups.pop(key, None)
            self.forget(*key)

    def _ask(self, request: AwsRequest, operation: str, **arguments: str) -> None:
        try:
            getattr(self.client(request, "elasticache"), operation)(**arguments)
        except ClientError as refused:
            error = refused.response["Error"]
            raise AwsError(error["Code"], error["Message"]) from refused


def _worded(sort: Sort, answer: AwsResponse, word: str) -> AwsResponse:
    one = dict(answer.result.get(sort.one, {}))
    return AwsResponse({**answer.result, sort.one: {**one, sort.status: word}})


def _settle(one: dict[str, Any]) -> None:
    """A name has the same address in each of its lives: moto draws a part of it anew."""
    ends = [one, *one.get("NodeGroups", ())]
    for end in ends:
        for key in ("ConfigurationEndpoint", "PrimaryEndpoint", "ReaderEndpoint"):
            if address := (end.get(key) or {}).get("Address"):
                end[key] = {**end[key], "Address": _RANDOM.sub(".lamps1.use1.", address)}
