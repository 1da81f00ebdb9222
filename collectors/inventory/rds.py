"""RDS instances and Aurora clusters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from collectors.answers import Item, flag, inner, items, tags, text, whole
from collectors.aws import Scope
from collectors.caller import Caller
from collectors.inventory.reader import Found, Reader, named, resource
from store.vocabulary import Resource


def read_instances(databases: Sequence[Item], scope: Scope) -> list[Resource]:
    """Database instances, from DescribeDBInstances. `storage` is GiB."""
    return [
        resource(
            scope,
            "rds:db",
            key,
            arn=text(database, "DBInstanceArn"),
            name=key,
            state=text(database, "DBInstanceStatus"),
            attributes=_instance(key, database),
            tagged=tags(database, "TagList"),
        )
        for key, database in named(databases, "DBInstanceIdentifier")
    ]


def _instance(key: str, database: Item) -> dict[str, Any]:
    return {
        "id": key,
        "class": text(database, "DBInstanceClass"),
        "multi_az": flag(database, "MultiAZ"),
        "zone": text(database, "AvailabilityZone"),
        "storage": whole(database, "AllocatedStorage"),
        "storage_type": text(database, "StorageType"),
        "endpoint": text(inner(database, "Endpoint"), "Address"),
        "port": whole(inner(database, "Endpoint"), "Port"),
        "replica_of": text(database, "ReadReplicaSourceDBInstanceIdentifier") or None,
        "cluster": text(database, "DBClusterIdentifier") or None,
        **_posture(database),
    }


def _posture(database: Item) -> dict[str, Any]:
    return {
        "engine": text(database, "Engine"),
        "version": text(database, "EngineVersion"),
        "retention_days": whole(database, "BackupRetentionPeriod"),
        "deletion_protection": flag(database, "DeletionProtection"),
        "encrypted": flag(database, "StorageEncrypted"),
        "security_groups": [text(each, "VpcSecurityGroupId") for each in items(database, "VpcSecurityGroups")],
    }


def read_clusters(clusters: Sequence[Item], scope: Scope) -> list[Resource]:
    """Aurora and Multi-AZ clusters, from DescribeDBClusters. Their instances are `rds:db` resources too."""
    return [
        resource(
            scope,
            "rds:cluster",
            key,
            arn=text(cluster, "DBClusterArn"),
            name=key,
            state=text(cluster, "Status"),
            attributes={
                "id": key,
                "multi_az": flag(cluster, "MultiAZ"),
                "endpoint": text(cluster, "Endpoint"),
                "reader_endpoint": text(cluster, "ReaderEndpoint"),
                "port": whole(cluster, "Port"),
                "members": [text(each, "DBInstanceIdentifier") for each in items(cluster, "DBClusterMembers")],
                **_posture(cluster),
            },
            tagged=tags(cluster, "TagList"),
        )
        for key, cluster in named(clusters, "DBClusterIdentifier")
    ]


def _instances(caller: Caller) -> Found:
    return Found(read_instances(caller.listed("rds", "describe_db_instances", "DBInstances"), caller.scope))


def _clusters(caller: Caller) -> Found:
    return Found(read_clusters(caller.listed("rds", "describe_db_clusters", "DBClusters"), caller.scope))


READERS = (
    Reader(("rds:db",), _instances),
    Reader(("rds:cluster",), _clusters),
)
