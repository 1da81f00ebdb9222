"""The world's own hands: boto3 clients against the front door that it stands behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config

from service.demo.accounts import access_key
from service.demo.upstream import DEFAULT_ACCOUNT
from service.demo.world.plan import REGION

# A fault that a test puts in force may hit the world's own calls: it tries twice and goes on.
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 2}, connect_timeout=5, read_timeout=30)


@dataclass(slots=True)
class Clients:
    """Makes each client once. Keys are given here: nothing of the process's environment is used."""

    endpoint_url: str
    _session: boto3.Session | None = None
    _made: dict[tuple[str, str], Any] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, service: str, region: str = REGION) -> Any:  # noqa: ANN401 - boto3 clients have no types
        """The client of a service in a region."""
        with self._lock:
            key = (service, region)
            if key not in self._made:
                self._session = self._session or boto3.Session()
                self._made[key] = self._session.client(
                    service,
                    region_name=region,
                    endpoint_url=self.endpoint_url,
                    aws_access_key_id=access_key(DEFAULT_ACCOUNT),
                    aws_secret_access_key="embedded",  # noqa: S106 - no secret: any word does for our own endpoint
                    config=_CONFIG,
                )
            return self._made[key]


ClientFor = Callable[..., Any]
"""`client_for("ec2")`, `client_for("cloudfront", "us-east-1")`."""
