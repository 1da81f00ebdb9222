"""Aurora clusters: a cluster stops and starts with all its instances."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.answers import Item, text
from collectors.caller import Caller
from collectors.inventory.rds import read_clusters
from service.shutdown.kinds.base import DATABASE, Act, Kind, Seen
from service.shutdown.kinds.rds import condition_of, next_act, reached, restarts_at
from store.messages import Message, Sentence
from store.vocabulary import Resource

_MODES = ("", "provisioned")
"""Engine modes that can stop: not Serverless v1, parallel query, global, multi-master (Aurora User Guide, Limitations
for stopping and starting)."""


def _look(caller: Caller, _known: Sequence[Resource]) -> list[Seen]:
    found = caller.listed("rds", "describe_db_clusters", "DBClusters")
    said = {text(one, "DBClusterIdentifier"): one for one in found}
    return [_seen(one, said[one.attributes["id"]]) for one in read_clusters(found, caller.scope)]


def _seen(resource: Resource, said: Item) -> Seen:
    condition, problem = condition_of(resource.state)
    facts = {"members": sorted(resource.attributes["members"])}
    return Seen(resource, condition, facts, _refused(said), problem, restarts_at(said))


def _refused(said: Item) -> Sentence:
    if not text(said, "Engine").startswith("aurora"):
        return Message("a cluster of %(engine)s: only Aurora's stop", engine=text(said, "Engine") or "-")
    if (mode := text(said, "EngineMode")) not in _MODES:
        return Message("Aurora does not stop clusters of its mode %(mode)s", mode=mode)
    if text(said, "GlobalClusterIdentifier") or text(said, "GlobalWriteForwardingStatus") == "enabled":
        return Message("it belongs to a global database, whose clusters do not stop")
    if text(said, "ReplicationSourceIdentifier"):
        return Message("a replica from elsewhere: AWS does not stop replicas")
    return ""


def _perform(caller: Caller, seen: Seen, act: Act) -> None:
    operation = "start_db_cluster" if act.verb == "start" else "stop_db_cluster"
    caller.call("rds", operation, DBClusterIdentifier=seen.resource.attributes["id"])


KIND = Kind("rds:cluster", DATABASE, _look, next_act, reached, _perform)
