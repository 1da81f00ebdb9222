"""What can go wrong in alerting.

AlertError
├── RuleInvalid        a rule or rule file cannot be used; `faults` names each place
├── DeliveryError      a notice did not reach its channel
│   ├── Busy           the channel asks to wait (429)
│   ├── Unreachable    it may work later
│   └── Refused        it never will as things are
"""

from __future__ import annotations

from collections.abc import Sequence


class AlertError(Exception):
    """Anything of alerting; the message says what to do."""


class RuleInvalid(AlertError):
    """Rules cannot be used. `faults` are (path, what is wrong, remedy)."""

    def __init__(self, source: str, faults: Sequence[tuple[str, str, str]]) -> None:
        self.source, self.faults = source, tuple(faults)
        lines = [f"{path}: {wrong}{f' ({remedy})' if remedy else ''}" for path, wrong, remedy in faults]
        super().__init__(f"{source}: " + "; ".join(lines))


class DeliveryError(AlertError):
    """A notice did not reach its channel."""


class Busy(DeliveryError):
    """The channel asks to wait this many seconds before anything else is sent to it."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class Unreachable(DeliveryError):
    """The channel did not answer or was not able to; `ambiguous` if the message may be there all the same."""

    def __init__(self, message: str, *, ambiguous: bool = False) -> None:
        super().__init__(message)
        self.ambiguous = ambiguous


class Refused(DeliveryError):
    """The channel refuses for good: a revoked token, a channel that does not exist, a webhook that is gone."""
