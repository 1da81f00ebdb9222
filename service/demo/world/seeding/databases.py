"""The database and the cache of an environment."""

from __future__ import annotations

from service.demo.world.clients import ClientFor
from service.demo.world.plan import ZONES, EnvironmentPlan
from service.demo.world.seeding.network import Network
from service.demo.world.seeding.tagging import pairs


def make_databases(client_for: ClientFor, plan: EnvironmentPlan, network: Network) -> None:
    """Make PostgreSQL (Multi-AZ in prod) and Redis."""
    _postgres(client_for, plan, network)
    _redis(client_for, plan, network)


def _postgres(client_for: ClientFor, plan: EnvironmentPlan, network: Network) -> None:
    rds = client_for("rds")
    name, group = plan.named("postgres"), plan.named("postgres-subnets")
    tags = pairs(plan.tags("postgres", name))
    rds.create_db_subnet_group(
        DBSubnetGroupName=group, DBSubnetGroupDescription="private subnets", SubnetIds=list(network.private), Tags=tags
    )
    rds.create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        EngineVersion="15.8",
        DBName="cloudmart",
        AllocatedStorage=plan.storage_gib,
        StorageType=plan.storage_type,
        StorageEncrypted=plan.multi_az,
        MultiAZ=plan.multi_az,
        BackupRetentionPeriod=plan.backup_days,
        DeletionProtection=plan.multi_az,
        MasterUsername="cloudmart",
        MasterUserPassword="not-a-real-password",
        DBSubnetGroupName=group,
        VpcSecurityGroupIds=[network.groups["db"]],
        AvailabilityZone=ZONES[0],
        Tags=tags,
    )


def _redis(client_for: ClientFor, plan: EnvironmentPlan, network: Network) -> None:
    cache = client_for("elasticache")
    name, group = plan.named("redis"), plan.named("redis-subnets")
    cache.create_cache_subnet_group(
        CacheSubnetGroupName=group, CacheSubnetGroupDescription="private subnets", SubnetIds=list(network.private)
    )
    cache.create_cache_cluster(
        CacheClusterId=name,
        CacheNodeType="cache.t3.micro",
        Engine="redis",
        EngineVersion="7.1",
        NumCacheNodes=1,
        CacheSubnetGroupName=group,
        SecurityGroupIds=[network.groups["cache"]],
        PreferredAvailabilityZone=ZONES[0],
        Tags=pairs(plan.tags("redis", name)),
    )
