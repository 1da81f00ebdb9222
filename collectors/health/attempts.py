"""What one attempt of a probe brought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from store.messages import Sentence


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate that a server showed: when it ends, or why it was refused."""

    ends: datetime | None = None
    fault: Sentence = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a probe went. `fault` is empty where all was as expected; `told` says what was seen. `latency` is ms.

    `made` is false where the probe could not even be tried, so that nothing is known.
    """

    told: Sentence
    fault: Sentence = ""
    latency: float | None = None
    certificate: Certificate | None = None
    made: bool = True
