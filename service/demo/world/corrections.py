"""Answers that moto leaves out or gets wrong: health that follows instances and incidents, monitoring, endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from service.demo.source import AwsRequest, AwsResponse, Handler
from service.demo.world.describing import GROUP_TAG, tags_of
from service.demo.world.incidents.book import IncidentBook
from service.demo.world.incidents.incident import Incident
from service.demo.world.incidents.kinds import FAILOVER, Victims
from service.demo.world.observer import Observer
from service.demo.world.plan import REGION, ZONES, environment_of, plan_of

_NODE = "0001"
_FAILING = {"State": "unhealthy", "Reason": "Target.FailedHealthChecks", "Description": "Health checks failed"}
_SILENT = {"State": "unhealthy", "Reason": "Target.Timeout", "Description": "Request timed out"}
_STOPPED = {"State": "unused", "Reason": "Target.InvalidState", "Description": "Target is in the stopped state"}


@dataclass(slots=True)
class Corrections:
    """Changes what moto answers. `monitored` holds what MonitorInstances and UnmonitorInstances asked for."""

    observer: Observer
    book: IncidentBook
    monitored: dict[str, bool] = field(default_factory=dict)

    def handlers(self) -> dict[tuple[str, str], Handler]:
        """The handlers by service and action."""
        return {
            ("elbv2", "DescribeTargetHealth"): self.target_health,
            ("autoscaling", "DescribeAutoScalingGroups"): self.groups,
            ("ec2", "DescribeInstances"): self.instances,
            ("ec2", "DescribeInstanceStatus"): self.instance_status,
            ("ec2", "MonitorInstances"): self.monitor,
            ("ec2", "UnmonitorInstances"): self.monitor,
            ("rds", "DescribeDBInstances"): self.databases,
            ("rds", "DescribeEvents"): self.database_events,
            ("elasticache", "DescribeCacheClusters"): self.caches,
        }

    def failing(self, now: float) -> dict[str, Incident]:
        """The instances that an incident makes fail, and which one."""
        return {victim: incident for incident in self.book.all() for victim in incident.failing(now)}

    def target_health(self, request: AwsRequest) -> AwsResponse:
        """Health as the instances are; those that are gone are not there any more (moto keeps them, healthy)."""
        self.book.settle(request.now)
        answer = request.forward()
        state = self.observer.history(request.now).latest
        failing = self.failing(request.now)
        shown = []
        for one in answer.result.get("TargetHealthDescriptions", ()):
            instance = state.instances.get(one["Target"]["Id"])
            if instance is not None and instance.state == "terminated":
                continue
            incident = failing.get(one["Target"]["Id"])
            if incident is not None:
                health = _SILENT if not state.running(one["Target"]["Id"]) else _FAILING
            else:
                health = _STOPPED if instance is not None and not state.running(instance.id) else one["TargetHealth"]
            shown.append({**one, "TargetHealth": health})
        return AwsResponse({**answer.result, "TargetHealthDescriptions": shown})

    def groups(self, request: AwsRequest) -> AwsResponse:
        """Instances that fail, or that somebody stopped, are unhealthy; those that are really down are leaving."""
        self.book.settle(request.now)
        answer = request.forward()
        state, failing = self.observer.seen().latest, self.failing(request.now)
        groups = []
        for group in answer.result.get("AutoScalingGroups", ()):
            members = []
            for member in group.get("Instances", ()):
                known = state.instances.get(member["InstanceId"])
                down = known is not None and known.state != "running"
                changed: dict[str, Any] = {}
                if member["InstanceId"] in failing or down:
                    changed["HealthStatus"] = "Unhealthy"
                if member["InstanceId"] in failing and down:
                    changed["LifecycleState"] = "Terminating"
                members.append({**member, **changed})
            groups.append({**group, "Instances": members})
        return AwsResponse({**answer.result, "AutoScalingGroups": groups})

    def instances(self, request: AwsRequest) -> AwsResponse:
        """Detailed monitoring, which moto takes from no launch template."""
        self.book.settle(request.now)
        answer = request.forward()
        for reservation in answer.result.get("Reservations", ()):
            for instance in reservation.get("Instances", ()):
                tags = tags_of(instance)
                by_plan = GROUP_TAG in tags and plan_of(environment_of("", tags)).detailed
                detailed = self.monitored.get(instance["InstanceId"], by_plan)
                instance["Monitoring"] = {"State": "enabled" if detailed else "disabled"}
        return answer

    def instance_status(self, request: AwsRequest) -> AwsResponse:
        """In a lost zone the system's status check fails."""
        self.book.settle(request.now)
        answer = request.forward()
        lost = {v for v, incident in self.failing(request.now).items() if incident.kind.victims is Victims.ZONE}
        for status in answer.result.get("InstanceStatuses", ()):
            if status["InstanceId"] in lost:
                status["SystemStatus"] = {
                    "Status": "impaired",
                    "Details": [{"Name": "reachability", "Status": "failed"}],
                }
        return answer

    def monitor(self, request: AwsRequest) -> AwsResponse:
        """Switch detailed monitoring on or off (moto has neither call)."""
        wanted = request.action == "MonitorInstances"
        for instance in request.params.get("InstanceIds", ()):
            self.monitored[instance] = wanted
        self.observer.mark(request.now)
        state = "enabled" if wanted else "disabled"
        shown = [{"InstanceId": i, "Monitoring": {"State": state}} for i in request.params.get("InstanceIds", ())]
        return AwsResponse({"InstanceMonitorings": shown})

    def databases(self, request: AwsRequest) -> AwsResponse:
        """The second zone of Multi-AZ; after a fail-over the two have changed places."""
        answer = request.forward()
        for database in answer.result.get("DBInstances", ()):
            if database.get("MultiAZ"):
                zones = list(ZONES)
                if len(self._failovers(database["DBInstanceIdentifier"], request.now)) % 2:
                    zones.reverse()
                database["AvailabilityZone"], database["SecondaryAvailabilityZone"] = zones
        return answer

    def database_events(self, request: AwsRequest) -> AwsResponse:
        """Fail-overs, which moto does not report."""
        answer = request.forward()
        events = list(answer.result.get("Events", ()))
        for database in self.observer.seen().latest.databases.values():
            if request.params.get("SourceIdentifier", database.id) == database.id:
                for incident in self._failovers(database.id, request.now):
                    events += _failover_events(request, database.id, incident)
        return AwsResponse({**answer.result, "Events": events})

    def _failovers(self, database: str, now: float) -> list[Incident]:
        environment = environment_of(database, {})
        return [
            incident
            for incident in self.book.all()
            if incident.environment == environment
            and incident.start <= now
            and incident.kind.name in {"rds-failover", "az-outage"}
        ]

    def caches(self, request: AwsRequest) -> AwsResponse:
        """The node of each cluster with its endpoint, when asked for."""
        answer = request.forward()
        if request.params.get("ShowCacheNodeInfo"):
            for cluster in answer.result.get("CacheClusters", ()):
                cluster["CacheNodes"] = [_node(cluster)]
        return answer


def _node(cluster: Mapping[str, Any]) -> dict[str, Any]:
    name = cluster["CacheClusterId"]
    return {
        "CacheNodeId": _NODE,
        "CacheNodeStatus": cluster.get("CacheClusterStatus", "available"),
        "CacheNodeCreateTime": cluster.get("CacheClusterCreateTime"),
        "Endpoint": {"Address": f"{name}.embedded.{_NODE}.apn2.cache.amazonaws.com", "Port": 6379},
        "ParameterGroupStatus": "in-sync",
        "CustomerAvailabilityZone": cluster.get("PreferredAvailabilityZone", ZONES[0]),
    }


def _failover_events(request: AwsRequest, database: str, incident: Incident) -> list[dict[str, Any]]:
    """What RDS says of a fail-over, as far as it has got (event messages RDS-EVENT-0013, -0015 and -0004)."""
    told = (
        (0.0, "Multi-AZ instance failover started."),
        (FAILOVER * 0.5, "DB instance restarted"),
        (FAILOVER, "Multi-AZ instance failover completed"),
    )
    return [
        {
            "SourceIdentifier": database,
            "SourceType": "db-instance",
            "Message": message,
            "EventCategories": ["failover"],
            "Date": datetime.fromtimestamp(incident.start + after, UTC),
            "SourceArn": f"arn:aws:rds:{REGION}:{request.account}:db:{database}",
        }
        for after, message in told
        if incident.start + after <= request.now
    ]
