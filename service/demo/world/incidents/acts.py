"""What incidents really do in the embedded AWS, and how it is undone."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from service.demo.world.clients import ClientFor
from service.demo.world.incidents.incident import Incident
from service.demo.world.incidents.kinds import Act, Kind
from service.demo.world.plan import plan_of
from service.demo.world.seeding.tagging import pairs

_LOG = logging.getLogger(__name__)
FORGOTTEN_TYPE = "m5.4xlarge"


def perform(client_for: ClientFor, kind: Kind, environment: str, victims: Sequence[str], now: float) -> dict[str, Any]:
    """Do what this kind of incident does; returns what to remember of it."""
    if kind.act is Act.STOP and victims:
        client_for("ec2").stop_instances(InstanceIds=list(victims))
    elif kind.act is Act.DEPLOY:
        return _deploy(client_for, plan_of(environment).named("backend-lt"), now)
    elif kind.act is Act.LAUNCH:
        return _launch(client_for, environment)
    return {}


def undo(client_for: ClientFor, incident: Incident) -> None:
    """Put AWS back as it was; what cannot be put back (an instance that is gone) is logged."""
    try:
        if incident.kind.act is Act.STOP and incident.victims:
            client_for("ec2").start_instances(InstanceIds=list(incident.victims))
        elif incident.kind.act is Act.DEPLOY:
            _roll_back(client_for, incident.detail)
        elif incident.kind.act is Act.LAUNCH:
            client_for("ec2").terminate_instances(InstanceIds=[incident.detail["instance"]])
    except (BotoCoreError, ClientError) as failure:
        _LOG.warning("the end of %s could not be carried out: %s", incident.kind.name, failure)


def _deploy(client_for: ClientFor, template: str, now: float) -> dict[str, Any]:
    ec2 = client_for("ec2")
    before = ec2.describe_launch_templates(LaunchTemplateNames=[template])["LaunchTemplates"][0]
    made = ec2.create_launch_template_version(
        LaunchTemplateName=template,
        SourceVersion=str(before["DefaultVersionNumber"]),
        VersionDescription=f"release {before['LatestVersionNumber'] + 1}",
        LaunchTemplateData={},
    )["LaunchTemplateVersion"]
    ec2.modify_launch_template(LaunchTemplateName=template, DefaultVersion=str(made["VersionNumber"]))
    return {
        "deployed_at": now,
        "launch_template": template,
        "version": made["VersionNumber"],
        "before": before["DefaultVersionNumber"],
    }


def _launch(client_for: ClientFor, environment: str) -> dict[str, Any]:
    """An instance of the image that is there, with an environment's tag and no component's."""
    ec2 = client_for("ec2")
    tags = {"Name": plan_of(environment).named("loadtest"), "Environment": environment}
    beside = ec2.describe_instances(Filters=[{"Name": "tag:Environment", "Values": [environment]}])
    known = beside["Reservations"][0]["Instances"][0]
    made = ec2.run_instances(
        ImageId=known["ImageId"],
        InstanceType=FORGOTTEN_TYPE,
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": pairs(tags)}],
    )["Instances"][0]
    return {"instance": made["InstanceId"]}


def _roll_back(client_for: ClientFor, detail: Mapping[str, Any]) -> None:
    client_for("ec2").modify_launch_template(
        LaunchTemplateName=detail["launch_template"], DefaultVersion=str(detail["before"])
    )
