"""RDS instances and Aurora clusters that take their time, find no capacity, and come back after seven days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from service.demo.power.phases import Key, Phases, key_of
from service.demo.source import AwsError, AwsRequest, AwsResponse

_KEY_REFUSED = "inaccessible-encryption-credentials-recoverable"


@dataclass(frozen=True, slots=True)
class Sort:
    """How the API words one sort of database. `restart` is the call by which AWS itself starts one again."""

    found: str
    one: str
    name: str
    status: str
    size: str
    restart: str


INSTANCE = Sort(
    "DBInstances", "DBInstance", "DBInstanceIdentifier", "DBInstanceStatus", "DBInstanceClass", "start_db_instance"
)
CLUSTER = Sort("DBClusters", "DBCluster", "DBClusterIdentifier", "Status", "DBClusterInstanceClass", "start_db_cluster")

Restart = Callable[[Key, Sort], None]


def start(sort: Sort, phases: Phases, request: AwsRequest) -> AwsResponse:
    """StartDBInstance or StartDBCluster."""
    key = key_of(request, str(request.params[sort.name]))
    if phases.lacks(key):
        raise AwsError(f"Insufficient{sort.one}Capacity", "There is no capacity for its class in its zone now.")
    if phases.breaks(key):
        phases.begin(key, "starting", request.now)
        phases.failed[key] = key[2]
        return AwsResponse({sort.one: {sort.name: key[2], sort.status: "starting"}})
    answer = request.forward()
    phases.begin(key, "starting", request.now)
    return _worded(sort, answer, "starting")


def stop(sort: Sort, phases: Phases, request: AwsRequest) -> AwsResponse:
    """StopDBInstance or StopDBCluster."""
    key = key_of(request, str(request.params[sort.name]))
    if phases.word(key, request.now):
        raise AwsError(f"Invalid{sort.one}State", f"{sort.one} {key[2]} is not in available state.")
    answer = request.forward()
    phases.begin(key, "stopping", request.now)
    return _worded(sort, answer, "stopping")


def _worded(sort: Sort, answer: AwsResponse, word: str) -> AwsResponse:
    one = dict(answer.result.get(sort.one, {}))
    return AwsResponse({**answer.result, sort.one: {**one, sort.status: word}})


def describe(sort: Sort, restart: Restart, phases: Phases, request: AwsRequest) -> AwsResponse:
    """DescribeDBInstances or DescribeDBClusters."""
    troubles = phases.troubles
    for key, since in list(phases.stopped.items()):
        mine = key[:2] == (request.account, request.region) and phases.sorts.get(key) == sort.found
        if troubles.restart and mine and request.now >= since + troubles.restart_after:
            restart(key, sort)
    answer = request.forward()
    for one in answer.result.get(sort.found, ()):
        key = key_of(request, one[sort.name])
        phases.sorts[key], phases.sizes[key] = sort.found, one.get(sort.size) or ""
        if word := phases.word(key, request.now):
            one[sort.status] = word
        elif key in phases.failed:
            one[sort.status] = _KEY_REFUSED
        if key in phases.stopped:
            at = phases.stopped[key] + troubles.restart_after
            one["AutomaticRestartTime"] = datetime.fromtimestamp(at, UTC)
    return answer
