"""The embedded AWS and a store for the tests of the collectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event as Flag

import pytest

from collectors.aws import Aws
from collectors.config import Account
from collectors.meter import Attempt
from service.demo.launch import EmbeddedAws
from store.jobspec import JobContext, JobSpec
from store.stack import Stack
from store.vocabulary import Claim, JobOutcome


@dataclass(slots=True)
class Calls:
    """A recorder that keeps every attempt."""

    attempts: list[Attempt] = field(default_factory=list)

    def attempt(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)

    def apis(self) -> list[str]:
        return [attempt.stamp.api for attempt in self.attempts]


@pytest.fixture
def calls() -> Calls:
    """What was asked of AWS."""
    return Calls()


@pytest.fixture
def reach(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """A function that makes an `Aws` for an embedded AWS and closes its connections afterwards."""
    made: list[Aws] = []

    def build(embedded: EmbeddedAws, *accounts: Account) -> Aws:
        for name, value in embedded.environment().items():
            monkeypatch.setenv(name, value)
        made.append(Aws(accounts or [Account(name="main", regions=[embedded.region])], calls))
        return made[-1]

    yield build
    for aws in made:
        aws.close()


@pytest.fixture
def stack() -> Stack:
    """The CloudMart stack, with nothing but the names of its parts."""
    components = ("frontend", "backend", "postgres", "redis", "network", "storage")
    return Stack.model_validate(
        {
            "name": "cloudmart",
            "environments": {name: {} for name in ("dev", "staging", "prod")},
            "components": {name: {} for name in components},
        }
    )


def context_at(now: datetime | None = None) -> JobContext:
    """A run of a job at a time."""
    at = now or datetime.now(UTC)
    return JobContext(at, Claim("test", at, "test", 1, at), Flag(), lambda _: None)


def run(job: JobSpec, now: datetime | None = None) -> JobOutcome:
    """Run a job once, outside of its schedule."""
    return job.run(context_at(now))
