"""ECS services whose tasks come and go in their own time."""

from __future__ import annotations

from dataclasses import dataclass, field

from service.demo.power.phases import Key, Phases, key_of
from service.demo.source import AwsRequest, AwsResponse


@dataclass(slots=True)
class Tasks:
    """`running` is what each service was last seen with; `resized` when, and from how many, its size was set."""

    running: dict[Key, int] = field(default_factory=dict)
    resized: dict[Key, tuple[float, int]] = field(default_factory=dict)

    def reset(self) -> None:
        """Nothing is on its way."""
        self.running.clear()
        self.resized.clear()

    def update(self, _phases: Phases, request: AwsRequest) -> AwsResponse:
        """UpdateService."""
        answer = request.forward()
        if "desiredCount" in request.params:
            key = key_of(request, str(request.params["service"]).rpartition("/")[2])
            self.resized[key] = (request.now, self.running.get(key, 0))
        return answer

    def describe(self, phases: Phases, request: AwsRequest) -> AwsResponse:
        """DescribeServices."""
        answer = request.forward()
        for one in answer.result.get("services", ()):
            key, wanted = key_of(request, one["serviceName"]), one["desiredCount"]
            at, before = self.resized.get(key, (0.0, wanted))
            seconds = phases.troubles.start if wanted > before else phases.troubles.stop
            if key in self.resized and (request.now < at + seconds or (wanted > before and phases.lacks(key))):
                one["runningCount"], one["pendingCount"] = before, max(wanted - before, 0)
            else:
                self.running[key] = one["runningCount"]
        return answer
