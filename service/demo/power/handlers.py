"""The calls that start, stop and describe, laid around whatever else answers them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

import boto3

from service.demo.accounts import access_key
from service.demo.power import caches, databases, instances
from service.demo.power.caches import Caches
from service.demo.power.databases import CLUSTER, INSTANCE, Sort
from service.demo.power.gateways import Gateways
from service.demo.power.groups import Groups
from service.demo.power.phases import Key, Phases
from service.demo.power.tasks import Tasks
from service.demo.source import AwsRequest, AwsResponse, Handler

_Answering = Callable[[Phases, AwsRequest], AwsResponse]


@dataclass(slots=True)
class PowerDesk:
    """Starting and stopping in the embedded AWS. `url` is its own address, at which AWS itself acts.

    `forget` removes a cache that was deleted. What is deleted to sleep is always as on AWS; all else has an effect only
    once somebody asked for it.
    """

    phases: Phases = field(default_factory=Phases)
    groups: Groups = field(default_factory=Groups)
    tasks: Tasks = field(default_factory=Tasks)
    url: str = ""
    forget: caches.Forget = lambda _account, _region, _name: None
    gateways: Gateways = field(init=False)
    caches: Caches = field(init=False)

    def __post_init__(self) -> None:
        self.gateways = Gateways(self._client)
        self.caches = Caches(self._client, self.forget)

    def reset(self) -> None:
        """All is there at once again."""
        self.phases.reset()
        self.groups.reset()
        self.tasks.reset()
        self.gateways.reset()
        self.caches.reset()

    def around(self, inner: Mapping[tuple[str, str], Handler]) -> dict[tuple[str, str], Handler]:
        """All handlers, those of power laid around the others."""
        mine = {key: self._laid(answering, inner.get(key)) for key, answering in self._answering().items()}
        always = {
            key: self._laid(answering, inner.get(key), always=True) for key, answering in self._deleting().items()
        }
        return {**inner, **mine, **always}

    def _deleting(self) -> dict[tuple[str, str], _Answering]:
        found: dict[tuple[str, str], _Answering] = {
            ("ec2", "CreateNatGateway"): self.gateways.create,
            ("ec2", "DeleteNatGateway"): self.gateways.delete,
            ("ec2", "DescribeNatGateways"): self.gateways.describe,
        }
        for sort in (caches.CLUSTER, caches.GROUP):
            found["elasticache", f"Create{sort.one}"] = partial(self.caches.create, sort)
            found["elasticache", f"Delete{sort.one}"] = partial(self.caches.delete, sort)
            found["elasticache", f"Describe{sort.found}"] = partial(self.caches.describe, sort)
        return found

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

    def _laid(self, answering: _Answering, inner: Handler | None, *, always: bool = False) -> Handler:
        def answer(request: AwsRequest) -> AwsResponse | None:
            if not (always or self.phases.used):
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
        client = self._client_of(account, region, "rds")
        try:
            getattr(client, sort.restart)(**{sort.name: name})
        finally:
            client.close()

    def _client(self, request: AwsRequest, service: str) -> Any:  # noqa: ANN401 - boto3 has no types
        return self._client_of(request.account, request.region, service)

    def _client_of(self, account: str, region: str, service: str) -> Any:  # noqa: ANN401 - boto3 has no types
        """Somebody of an account as a client of this AWS."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=access_key(account),
            aws_secret_access_key="embedded",  # noqa: S106 - not a secret: the embedded AWS asks for none
        )
