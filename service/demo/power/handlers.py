"""The calls that start, stop and describe, laid around whatever else answers them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial

import boto3

from service.demo.accounts import access_key
from service.demo.power import databases, instances
from service.demo.power.databases import CLUSTER, INSTANCE, Sort
from service.demo.power.groups import Groups
from service.demo.power.phases import Key, Phases
from service.demo.power.tasks import Tasks
from service.demo.source import AwsRequest, AwsResponse, Handler

_Answering = Callable[[Phases, AwsRequest], AwsResponse]


@dataclass(slots=True)
class PowerDesk:
    """Starting and stopping in the embedded AWS. `url` is its own address, at which AWS itself starts a database."""

    phases: Phases = field(default_factory=Phases)
    groups: Groups = field(default_factory=Groups)
    tasks: Tasks = field(default_factory=Tasks)
    url: str = ""

    def reset(self) -> None:
        """All is there at once again."""
        self.phases.reset()
        self.groups.reset()
        self.tasks.reset()

    def around(self, inner: Mapping[tuple[str, str], Handler]) -> dict[tuple[str, str], Handler]:
        """All handlers, those of power laid around the others."""
        mine = {key: self._laid(answering, inner.get(key)) for key, answering in self._answering().items()}
        return {**inner, **mine}

    def _answering(self) -> dict[tuple[str, str], _Answering]:
        found: dict[tuple[str, str], _Answering] = {
            ("ec2", "StartInstances"): instances.start_instances,
            ("ec2", "StopInstances"): instances.stop_instances,
            ("ec2", "DescribeInstances"): instances.describe_instances,
            ("autoscaling", "UpdateAutoScalingGroup"): self.groups.resize,
            ("autoscaling", "SetDesiredCapacity"): self.groups.resize,
            ("autoscaling", "DescribeAutoScalingGroups"): self.groups.describe,
            ("ecs", "UpdateService"): self.tasks.update,
            ("ecs", "DescribeServices"): self.tasks.describe,
        }
        for sort in (INSTANCE, CLUSTER):
            found["rds", f"Start{sort.one}"] = partial(databases.start, sort)
            found["rds", f"Stop{sort.one}"] = partial(databases.stop, sort)
            found["rds", f"Describe{sort.one}s"] = partial(databases.describe, sort, self._restart)
        return found

    def _laid(self, answering: _Answering, inner: Handler | None) -> Handler:
        def answer(request: AwsRequest) -> AwsResponse | None:
            if not self.phases.used:
                return inner(request) if inner is not None else None
            once = cache(request.forward)

            def forward() -> AwsResponse:
                answered = inner(replace(request, forward=once)) if inner is not None else None
                return answered if answered is not None else once()

            return answering(self.phases, replace(request, forward=forward))

        return answer

    def _restart(self, key: Key, sort: Sort) -> None:
        """AWS starts a database by itself."""
        account, region, name = key
        self.phases.stopped.pop(key, None)
        client = boto3.client(
            "rds",
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=access_key(account),
            aws_secret_access_key="embedded",  # noqa: S106 - not a secret: the embedded AWS asks for none
        )
        try:
            getattr(client, sort.restart)(**{sort.name: name})
        finally:
            client.close()
