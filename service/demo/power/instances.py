"""EC2 instances that take their time, find no capacity, or may not use their volume's key."""

from __future__ import annotations

from service.demo.power.phases import Phases, key_of
from service.demo.source import AwsError, AwsRequest, AwsResponse

_CODES = {"pending": 0, "stopping": 64}
_STOPPED = {"Code": 80, "Name": "stopped"}
_KEY_REFUSED = {"Code": "Client.InternalError", "Message": "Client.InternalError: Client error on launch"}
"""What EC2 says where it may not use the key of an encrypted volume (EC2 User Guide, Troubleshoot instance launch)."""


def start_instances(phases: Phases, request: AwsRequest) -> AwsResponse:
    """StartInstances."""
    if request.params.get("DryRun"):
        return request.forward()
    names = [str(one) for one in request.params.get("InstanceIds", ())]
    for name in names:
        if phases.lacks(key_of(request, name)):
            said = "Insufficient capacity. We currently do not have sufficient capacity for the type you requested."
            raise AwsError("InsufficientInstanceCapacity", said, 500)
    broken = [name for name in names if phases.breaks(key_of(request, name))]
    for name in names:
        phases.begin(key_of(request, name), "pending", request.now)
    for name in broken:
        phases.failed[key_of(request, name)] = name
    if len(broken) < len(names):
        return request.forward()
    pending = {"Code": 0, "Name": "pending"}
    changed = [{"InstanceId": name, "CurrentState": pending, "PreviousState": _STOPPED} for name in names]
    return AwsResponse({"StartingInstances": changed})


def stop_instances(phases: Phases, request: AwsRequest) -> AwsResponse:
    """StopInstances."""
    answer = request.forward()
    if not request.params.get("DryRun"):
        for name in request.params.get("InstanceIds", ()):
            phases.begin(key_of(request, str(name)), "stopping", request.now)
    return answer


def describe_instances(phases: Phases, request: AwsRequest) -> AwsResponse:
    """DescribeInstances."""
    answer = request.forward()
    for reservation in answer.result.get("Reservations", ()):
        for one in reservation.get("Instances", ()):
            key = key_of(request, one["InstanceId"])
            phases.sizes[key] = one.get("InstanceType", "")
            if word := phases.word(key, request.now):
                one["State"] = {"Code": _CODES[word], "Name": word}
            elif key in phases.failed:
                one["State"], one["StateReason"] = _STOPPED, _KEY_REFUSED
    return answer
