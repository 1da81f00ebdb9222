"""RDS instances and clusters: what their status means."""

from __future__ import annotations

from datetime import datetime

from collectors.answers import Item, items, text
from collectors.health.look import Kind, Look, StateWords, not_listed, observe, paired
from store.messages import Message, Sentence
from store.vocabulary import HealthObservation, Resource, Status

# RDS user guide, "Viewing Amazon RDS DB instance status", and the same page of Aurora.
FINE = frozenset(
    {
        "available",
        "backing-up",
        "configuring-enhanced-monitoring",
        "configuring-iam-database-auth",
        "configuring-log-exports",
        "configuring-activity-stream",
        "storage-optimization",
        "storage-initialization",
    }
)
SLEEPING = frozenset({"stopped", "stopping"})
CHANGING = frozenset(
    {
        "backtracking",
        "converting-to-vpc",
        "creating",
        "delete-precheck",
        "deleting",
        "failing-over",
        "maintenance",
        "migrating",
        "modifying",
        "moving-to-vpc",
        "preparing-data-migration",
        "promoting",
        "rebooting",
        "renaming",
        "resetting-master-credentials",
        "starting",
        "storage-config-upgrade",
        "update-iam-db-auth",
        "upgrading",
    }
)
BROKEN = {
    "cloning-failed": Message("could not be cloned"),
    "failed": Message("has failed and AWS cannot recover it: restore it to a point in time"),
    "inaccessible-encryption-credentials": Message(
        "cannot use its encryption key: enable the KMS key or restore a backup"
    ),
    "inaccessible-encryption-credentials-recoverable": Message(
        "cannot use its encryption key: enable the KMS key and start it"
    ),
    "incompatible-create": Message("was created with settings that do not go together"),
    "incompatible-network": Message("cannot recover in its network: look for free addresses in its subnets"),
    "incompatible-option-group": Message("cannot apply its option group"),
    "incompatible-parameters": Message("cannot start with its parameter group"),
    "incompatible-restore": Message("cannot be restored to this point in time"),
    "insufficient-capacity": Message("cannot be made: AWS has no capacity for its class here"),
    "migration-failed": Message("could not be migrated"),
    "restore-error": Message("met an error while restoring"),
    "storage-full": Message("has no storage left: give it more at once"),
}
TYPES = {
    "rds:db": ("describe_db_instances", "DBInstances", "DBInstanceIdentifier", "DBInstanceStatus"),
    "rds:cluster": ("describe_db_clusters", "DBClusters", "DBClusterIdentifier", "Status"),
}


def judge_database(database: Resource, answer: Item, key: str, now: datetime) -> HealthObservation:
    """What the status under `key` means; replication that is not normal is a warning."""
    status, reason = judge_status(text(answer, key))
    ill = [each for each in items(answer, "StatusInfos") if each.get("Normal") is False]
    if ill and status is Status.OK:
        kind = text(ill[0], "StatusType") or Message("a part of it")
        told = text(ill[0], "Message") or text(ill[0], "Status") or Message("AWS did not say why")
        status, reason = Status.WARN, Message("%(part)s is not normal: %(told)s", part=kind, told=told)
    return observe(database, "database", status, reason, now)


def judge_status(state: str) -> tuple[Status, Sentence]:
    """What a status of RDS means."""
    return StateWords(FINE, CHANGING, BROKEN, SLEEPING).judge(state)


def _read(look: Look) -> list[HealthObservation]:
    seen: list[HealthObservation] = []
    for kind, (operation, result, identifier, status) in TYPES.items():
        databases = look.of(kind)
        if not databases:
            continue
        found = look.caller.listed("rds", operation, result)
        seen += [
            judge_database(database, answer, status, look.now) if answer else not_listed(database, "database", look.now)
            for database, answer in paired(databases, "id", found, identifier)
        ]
    return seen


KIND = Kind("database", ("database",), tuple(TYPES), _read)
