"""What notifiers are handed: clients, languages, the page's address. The service makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import urllib3

from alerts.notice import Notice, Voice

Draw = Callable[[Notice, Voice], bytes | None]
"""Draws a notice's chart as PNG in the receiver's language; None where there is nothing to draw."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Ready parts for every channel.

    `http` follows no redirects and does not retry by itself. `sns(account, region)` is a boto3 client of one of the
    configured accounts (None: the first), made with `total_max_attempts=1`, short time-outs: a second try of botocore's
    own could publish twice unseen. `voice(language, timezone)` speaks to a receiver (None: the stack's zone).
    """

    http: urllib3.PoolManager
    sns: Callable[[str | None, str], Any]
    voice: Callable[[str, str | None], Voice]
    clock: Callable[[], datetime]
    public_url: str = ""
    draw: Draw | None = None
    agent: str = "lamplighter"


def http_client() -> urllib3.PoolManager:
    """The HTTP client of all webhooks: certificates are verified, nothing is retried and no redirect followed."""
    return urllib3.PoolManager(num_pools=32, maxsize=4, retries=False, cert_reqs="CERT_REQUIRED")
