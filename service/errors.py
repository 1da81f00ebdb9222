"""What can go wrong while Lamplighter is set up and run.

ServiceError
├── ConfigInvalid     the configuration has faults; all of them are listed
├── HomeUnusable      LAMPLIGHTER_HOME cannot be written
├── RefusedToServe    serving as configured would not be safe
└── CannotListen      the address of the page is taken or not ours
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class ServiceError(Exception):
    """Something an operator must see; the message says what happened and what to do."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a configuration: where (`accounts.0.regions.0`), what is wrong, and what to do about it."""

    path: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" + (f" ({self.remedy})" if self.remedy else "")


class ConfigInvalid(ServiceError):
    """The configuration has faults; `faults` holds every one of them."""

    def __init__(self, source: str, faults: Sequence[Fault]) -> None:
        self.source = source
        self.faults = tuple(faults)
        count = f"{len(faults)} fault" + ("s" if len(faults) != 1 else "")
        super().__init__(f"{source} has {count}:\n" + "\n".join(f"  - {fault}" for fault in faults))


class HomeUnusable(ServiceError):
    """The folder that keeps Lamplighter's state cannot be used."""


class RefusedToServe(ServiceError):
    """Serving as configured would let anybody in."""


class CannotListen(ServiceError):
    """The address of the page is taken, is not this machine's, or needs a privilege."""
