"""The backend of an environment: load balancer, launch template, Auto Scaling group and a data volume."""

from __future__ import annotations

from typing import Any

from service.demo.world.clients import ClientFor
from service.demo.world.models.groups import GROUP_METRICS
from service.demo.world.plan import INSTANCE_TYPE, ZONES, EnvironmentPlan
from service.demo.world.seeding.network import Network
from service.demo.world.seeding.tagging import ec2_tags, pairs


def make_image(client_for: ClientFor) -> str:
    """Register the machine image that the backend runs; its id."""
    return str(
        client_for("ec2").register_image(
            Name="cloudmart-backend-2026.11",
            Description="CloudMart backend, Node.js 22",
            Architecture="x86_64",
            RootDeviceName="/dev/sda1",
            VirtualizationType="hvm",
            BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8, "VolumeType": "gp3"}}],
        )["ImageId"]
    )


def make_backend(client_for: ClientFor, plan: EnvironmentPlan, network: Network, image: str) -> None:
    """Make the backend of an environment."""
    target_group = _balancer(client_for("elbv2"), plan, network)
    template = _template(client_for("ec2"), plan, network, image)
    instances = _group(client_for("autoscaling"), plan, network, template, target_group)
    _name_volumes(client_for("ec2"), plan, instances)
    _data_volume(client_for("ec2"), plan, instances[0])


def _balancer(elbv2: Any, plan: EnvironmentPlan, network: Network) -> str:  # noqa: ANN401 - boto3 has no types
    name = plan.named("backend-alb")
    balancer = elbv2.create_load_balancer(
        Name=name,
        Subnets=list(network.public),
        SecurityGroups=[network.groups["alb"]],
        Tags=pairs(plan.tags("backend", name)),
    )["LoadBalancers"][0]["LoadBalancerArn"]
    group_name = plan.named("backend-tg")
    group = elbv2.create_target_group(
        Name=group_name,
        Protocol="HTTP",
        Port=8080,
        VpcId=network.vpc,
        HealthCheckPath="/health",
        HealthCheckIntervalSeconds=15,
        Tags=pairs(plan.tags("backend", group_name)),
    )["TargetGroups"][0]["TargetGroupArn"]
    elbv2.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        Tags=pairs(plan.tags("backend", plan.named("backend-http"))),
    )
    return str(group)


def _template(ec2: Any, plan: EnvironmentPlan, network: Network, image: str) -> str:  # noqa: ANN401 - boto3 has no types
    name = plan.named("backend-lt")
    ec2.create_launch_template(
        LaunchTemplateName=name,
        VersionDescription="release 1",
        LaunchTemplateData={
            "ImageId": image,
            "InstanceType": INSTANCE_TYPE,
            "SecurityGroupIds": [network.groups["backend"]],
            "Monitoring": {"Enabled": plan.detailed},
            "MetadataOptions": {"HttpTokens": "required"},
        },
        TagSpecifications=ec2_tags(plan, "launch-template", "backend", "backend-lt"),
    )
    return name


def _group(
    autoscaling: Any,  # noqa: ANN401 - boto3 has no types
    plan: EnvironmentPlan,
    network: Network,
    template: str,
    target_group: str,
) -> list[str]:
    """The Auto Scaling group; the ids of its instances.

    moto starts all instances in the first subnet. So that they lie in both zones, as they would in AWS, the group is
    filled zone by zone and given both subnets at the end.
    """
    name = plan.named("backend-asg")
    tags = plan.tags("backend", plan.named("backend"))
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchTemplate={"LaunchTemplateName": template, "Version": "$Default"},
        MinSize=plan.minimum,
        MaxSize=plan.maximum,
        DesiredCapacity=-(-plan.desired // len(ZONES)),
        VPCZoneIdentifier=network.private[0],
        TargetGroupARNs=[target_group],
        HealthCheckType="ELB",
        HealthCheckGracePeriod=120,
        Tags=[
            {**pair, "ResourceId": name, "ResourceType": "auto-scaling-group", "PropagateAtLaunch": True}
            for pair in pairs(tags)
        ],
    )
    autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, VPCZoneIdentifier=network.private[-1])
    autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=plan.desired)
    autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, VPCZoneIdentifier=",".join(network.private))
    autoscaling.enable_metrics_collection(AutoScalingGroupName=name, Granularity="1Minute", Metrics=list(GROUP_METRICS))
    made = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
    return [instance["InstanceId"] for instance in made["Instances"]]


def _name_volumes(ec2: Any, plan: EnvironmentPlan, instances: list[str]) -> None:  # noqa: ANN401 - boto3 has no types
    """Tag the root volumes, as the launch template's TagSpecifications would."""
    roots = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": instances}])["Volumes"]
    for number, volume in enumerate(roots, start=1):
        tags = plan.tags("storage", plan.named(f"storage-root-{number}"))
        ec2.create_tags(Resources=[volume["VolumeId"]], Tags=pairs(tags))


def _data_volume(ec2: Any, plan: EnvironmentPlan, instance: str) -> None:  # noqa: ANN401 - boto3 has no types
    """The volume of uploaded pictures, at the first instance."""
    volume = ec2.create_volume(
        AvailabilityZone=ZONES[0],
        Size=plan.data_gib,
        VolumeType=plan.storage_type,
        Encrypted=plan.multi_az,
        TagSpecifications=ec2_tags(plan, "volume", "storage", "storage-uploads"),
    )["VolumeId"]
    ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")
