"""Fixtures of the embedded AWS, for every folder of tests: pyproject.toml loads them.

One child process a world serves the whole session; each test finds its clock, faults, meter, limits and put data as
new.

- `embedded_aws`: moto behind the front door with no metrics of its own; resources of earlier tests are gone.
- `cloudmart`: CloudMart in three environments, to read: a test must not change it.
- `synthetic_aws`: 600 made-up series `Synthetic/Load {Series=00000…}` with gaps (`service.demo.synthetic`).

Each is a `service.demo.launch.EmbeddedAws`: `boto3.client("ec2", **aws.client_options())`, `aws.environment()` for a
child process or `monkeypatch.setenv`, `aws.control.freeze(at)`, `.fault("throttle", rate=0.05)`, `.meter()`…
"""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator

import pytest

from service.demo.launch import EmbeddedAws, start


@pytest.fixture(scope="session")
def embedded_aws_child() -> Iterator[EmbeddedAws]:
    """The shared child; take `embedded_aws` instead."""
    with start("empty") as aws:
        yield aws


@pytest.fixture(scope="session")
def synthetic_aws_child() -> Iterator[EmbeddedAws]:
    """The shared child; take `synthetic_aws` instead."""
    with start("synthetic:600,gaps") as aws:
        yield aws


@pytest.fixture(scope="session")
def cloudmart_child() -> Iterator[EmbeddedAws]:
    """The shared child; take `cloudmart` instead."""
    with start("cloudmart") as aws:
        yield aws


@pytest.fixture
def cloudmart(cloudmart_child: EmbeddedAws) -> EmbeddedAws:
    """CloudMart in three environments, to read."""
    cloudmart_child.control.reset()
    return cloudmart_child


@pytest.fixture
def embedded_aws(embedded_aws_child: EmbeddedAws) -> EmbeddedAws:
    """An embedded AWS without resources and metrics."""
    embedded_aws_child.control.reset()
    reset = urllib.request.Request(f"{embedded_aws_child.url}/moto-api/reset", method="POST")
    with urllib.request.urlopen(reset, timeout=10):
        return embedded_aws_child


@pytest.fixture
def synthetic_aws(synthetic_aws_child: EmbeddedAws) -> EmbeddedAws:
    """An embedded AWS with 600 made-up series."""
    synthetic_aws_child.control.reset()
    return synthetic_aws_child
