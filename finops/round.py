"""One round of the money: everything that is worked out from what is known, in the order in which it builds up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib import import_module
from threading import Event as Flag
from typing import TYPE_CHECKING

import structlog

from finops.errors import MoneyError
from store.errors import StoreError
from store.messages import Message, Sentence

if TYPE_CHECKING:
    from finops.config import CostSettings
    from store import Store
    from store.money import CostObservation
    from store.stack import Stack

_log = structlog.get_logger(__name__)

PARTS = (
    "finops.allocation",
    "finops.forecast",
    "finops.anomalies",
    "finops.budgets",
    "finops.plan",
    "finops.unit",
    "finops.savings",
    "finops.ledger",
)
"""The packages whose `update(around, now)` makes up a round. Budgets read forecasts, plans read both, the ledger reads
savings. By name, so that one is only imported when a round runs."""


@dataclass(frozen=True, slots=True)
class Around:
    """What the parts work with: the store, the stack's names, and the section `costs:` of the configuration."""

    store: Store
    stack: Stack
    settings: CostSettings
    remembered: dict[tuple[str, date, date], list[CostObservation]] | None = None
    """What was read of a view's days in this round; None: each part reads for itself."""

    def lines(self, start: date, end: date, view: str) -> list[CostObservation]:
        """The rows of a view's days, as `store.costs.lines`; within a round they are read once."""
        if self.remembered is None:
            return self.store.costs.lines(start, end, view=view)
        key = view, start, end
        if key not in self.remembered:
            self.remembered[key] = self.store.costs.lines(start, end, view=view)
        return self.remembered[key]


@dataclass(frozen=True, slots=True)
class Fault:
    """A part that could not do its work, and why."""

    part: str
    reason: Sentence


def run(around: Around, now: datetime, stopping: Flag | None = None, only: str = "") -> list[Fault]:
    """Run every part (or `only` one, by its last name); the fault of one does not keep the others from their work.

    Raises:
        StoreError: the store does not answer; nothing else can help then.
    """
    faults: list[Fault] = []
    around = replace(around, remembered={})
    for name in PARTS:
        part = name.rpartition(".")[2]
        if (only and part != only) or (stopping is not None and stopping.is_set()):
            continue
        update: Callable[[Around, datetime], None] = import_module(name).update
        try:
            update(around, now)
        except StoreError:
            raise
        except MoneyError as error:
            faults.append(Fault(part, error.said))
        except Exception as error:  # noqa: BLE001  one part's fault must not stop the others
            _log.exception("money.failed", part=part)
            reason = Message("%(fault)s: this is a fault of Lamplighter; see its log", fault=type(error).__name__)
            faults.append(Fault(part, reason))
    return faults
