"""Auto Scaling groups whose instances come and go in their own time, or do not come at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from service.demo.power.phases import Key, Phases, key_of
from service.demo.source import AwsRequest, AwsResponse


@dataclass(slots=True)
class Groups:
    """`members` are those that each group was last seen with; `resized` when its size was last set."""

    members: dict[Key, dict[str, dict[str, Any]]] = field(default_factory=dict)
    resized: dict[Key, float] = field(default_factory=dict)

    def reset(self) -> None:
        """Nothing is on its way."""
        self.members.clear()
        self.resized.clear()

    def resize(self, _phases: Phases, request: AwsRequest) -> AwsResponse:
        """UpdateAutoScalingGroup or SetDesiredCapacity."""
        answer = request.forward()
        self.resized[key_of(request, str(request.params["AutoScalingGroupName"]))] = request.now
        return answer

    def describe(self, phases: Phases, request: AwsRequest) -> AwsResponse:
        """DescribeAutoScalingGroups."""
        answer = request.forward()
        shown = [self._shown(group, phases, request) for group in answer.result.get("AutoScalingGroups", ())]
        return AwsResponse({**answer.result, "AutoScalingGroups": shown})

    def _shown(self, group: dict[str, Any], phases: Phases, request: AwsRequest) -> dict[str, Any]:
        key = key_of(request, group["AutoScalingGroupName"])
        here = {one["InstanceId"]: one for one in group.get("Instances", ())}
        if key not in self.resized:
            self.members[key] = here
            return group
        at, before = self.resized[key], self.members.get(key, {})
        leaving = request.now < at + phases.troubles.stop
        coming = request.now < at + phases.troubles.start
        shown = []
        for name, one in here.items():
            if name not in before and (phases.lacks(key) or one.get("InstanceType", "") in phases.troubles.lacking):
                continue
            shown.append({**one, "LifecycleState": "Pending"} if name not in before and coming else one)
        gone = [one for name, one in before.items() if name not in here]
        if leaving:
            shown += [{**one, "LifecycleState": "Terminating"} for one in gone]
        if not leaving and not coming and len(shown) == len(here):
            self.members[key] = here
            del self.resized[key]
        return {**group, "Instances": shown}
