"""The recurring reading of costs, once per account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from store.jobspec import JobSpec

if TYPE_CHECKING:
    from collectors.jobs import Surroundings

REGION = "us-east-1"
"""Cost Explorer and Budgets answer in this region for all of them."""


def cost_jobs(around: Surroundings) -> Iterator[JobSpec]:
    """A job `costs:ACCOUNT` for each account, where costs are read."""
    yield from ()
