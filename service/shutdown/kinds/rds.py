"""RDS instances that stand alone. AWS starts a stopped one again after seven days; it is then stopped again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from collectors.answers import Item, flag, text, words
from collectors.caller import Caller
from collectors.inventory.rds import read_instances
from service.shutdown.kinds.base import DATABASE, Act, Kind, Seen
from store.messages import Message, Sentence
from store.power import Condition, Power
from store.vocabulary import Resource

# The statuses are those of the RDS User Guide, "Viewing Amazon RDS DB instance status".
STOPPABLE = "available"
CONDITIONS = {
    "available": Condition.RUNNING,
    "creating": Condition.STARTING,
    "starting": Condition.STARTING,
    "stopping": Condition.STOPPING,
    "stopped": Condition.STOPPED,
    "deleting": Condition.GONE,
    "inaccessible-encryption-credentials-recoverable": Condition.STOPPED,
}
_AT_WORK = (
    "backing-up",
    "configuring-",
    "converting-to-vpc",
    "maintenance",
    "modifying",
    "moving-to-vpc",
    "rebooting",
    "renaming",
    "resetting-master-credentials",
    "storage-",
    "upgrading",
    "delete-precheck",
)
"""It answers, or will in a moment, and cannot be stopped just now; what begins so."""


def condition_of(status: str) -> tuple[Condition, Sentence]:
    """What a status means, and what is wrong with it where something is."""
    if status.startswith("inaccessible-encryption-credentials"):
        told = Message("its encryption key cannot be used (%(status)s): enable the key, or its grant", status=status)
        return CONDITIONS.get(status, Condition.UNKNOWN), told
    if status in CONDITIONS:
        return CONDITIONS[status], ""
    if status.startswith(_AT_WORK):
        full = Message("its storage is full") if status == "storage-full" else ""
        return Condition.RUNNING, full
    return Condition.UNKNOWN, Message("AWS calls its state %(state)s", state=status or "-")


def restarts_at(said: Item) -> datetime | None:
    """When AWS starts a stopped database by itself, where it says so."""
    at = said.get("AutomaticRestartTime")
    return at.astimezone(UTC) if isinstance(at, datetime) else None


def _look(caller: Caller, _known: Sequence[Resource]) -> list[Seen]:
    found = caller.listed("rds", "describe_db_instances", "DBInstances")
    said = {text(one, "DBInstanceIdentifier"): one for one in found}
    return [_seen(one, said[one.attributes["id"]]) for one in read_instances(found, caller.scope)]


def _seen(resource: Resource, said: Item) -> Seen:
    condition, problem = condition_of(resource.state)
    facts = {"class": resource.attributes["class"], "multi_az": resource.attributes["multi_az"] is True}
    return Seen(resource, condition, facts, _refused(resource, said), problem, restarts_at(said))


def _refused(resource: Resource, said: Item) -> Sentence:
    if cluster := resource.attributes["cluster"]:
        return Message("its cluster %(cluster)s decides", cluster=cluster)
    if source := resource.attributes["replica_of"]:
        return Message("a replica of %(source)s: AWS does not stop replicas", source=source)
    if words(said, "ReadReplicaDBInstanceIdentifiers") or words(said, "ReadReplicaDBClusterIdentifiers"):
        return Message("it has replicas: AWS does not stop what is replicated")
    if text(said, "Engine").startswith("sqlserver") and flag(said, "MultiAZ"):
        return Message("SQL Server in several zones: AWS does not stop it")
    return ""


def next_act(seen: Seen, power: Power, _was: Mapping[str, Any] | None) -> Act | None:
    """Stop what is available, start what is stopped; all else is on its way, or must first get well."""
    if seen.refused:
        return None
    if power is Power.STOPPED and seen.resource.state == STOPPABLE:
        return Act("stop")
    return Act("start") if power is Power.RUNNING and seen.condition is Condition.STOPPED else None


def reached(seen: Seen, power: Power, _was: Mapping[str, Any] | None) -> bool:
    """Whether it serves, or is stopped."""
    return seen.condition is (Condition.RUNNING if power is Power.RUNNING else Condition.STOPPED)


def _perform(caller: Caller, seen: Seen, act: Act) -> None:
    operation = "start_db_instance" if act.verb == "start" else "stop_db_instance"
    caller.call("rds", operation, DBInstanceIdentifier=seen.resource.attributes["id"])


KIND = Kind("rds:db", DATABASE, _look, next_act, reached, _perform)
