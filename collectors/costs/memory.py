"""What is known of the costs before a round: from the store, and when each question was answered or failed last."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from collectors.costs.planner import Known, window_start
from collectors.meter import Meter
from store import Store
from store.money import View

_CE = "ce:"


@dataclass(slots=True)
class Memory:
    """When each question was answered last, and of those that failed: until when they wait, and AWS's error code.

    Views are here by their name only while they wait: when they were read, the store's readings say.
    """

    answered: dict[str, datetime] = field(default_factory=dict)
    until: dict[str, datetime] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)

    def answer(self, name: str, now: datetime) -> None:
        """Take note of an answer."""
        self.answered[name] = now
        self.mended(name)

    def mended(self, name: str) -> None:
        """What failed need not wait any more."""
        self.until.pop(name, None)
        self.codes.pop(name, None)

    def fail(self, name: str, code: str, until: datetime) -> None:
        """Take note of a failure, after which the question waits."""
        self.until[name] = until
        self.codes[name] = code

    def waiting(self, now: datetime) -> dict[str, tuple[str, datetime]]:
        """The questions that failed and still wait: error code and until when."""
        return {name: (self.codes.get(name, ""), until) for name, until in self.until.items() if now < until}


def load(store: Store, job: str) -> Memory:
    """The memory of a job; an empty one where there is none."""
    kept = store.facts.get(job)
    kept = kept if isinstance(kept, dict) else {}
    return Memory(_times(kept.get("answered")), _times(kept.get("until")), dict(kept.get("codes") or {}))


def save(store: Store, job: str, memory: Memory) -> None:
    """Keep the memory of a job."""
    written = {
        "answered": {name: at.isoformat() for name, at in memory.answered.items()},
        "until": {name: at.isoformat() for name, at in memory.until.items()},
        "codes": memory.codes,
    }
    store.facts.set(job, written)


def known_of(store: Store, meter: Meter, account: str, memory: Memory, now: datetime) -> Known:
    """What the planner decides by."""
    reads = {read.view: read for read in store.costs.newest_reads() if read.account == account}
    window = window_start(now.date()), now.date() + timedelta(days=1)
    lines = store.costs.lines(*window, view=View.TOTAL, account=account)
    restated = store.costs.restatements(*window, view=View.TOTAL, account=account)
    changed = [(line.day, line.observed_at) for line in lines] + [(one.day, one.after_at) for one in restated]
    span = store.costs.span(View.TOTAL, account)
    return Known(
        reads=reads,
        changed=changed,
        since=span[0] if span else None,
        answered=memory.answered,
        until=memory.until,
        spent=spent_this_month(store, meter, account, now),
    )


def spent_this_month(store: Store, meter: Meter, account: str, now: datetime) -> Decimal:
    """US dollars for Cost Explorer in an account since the first of the month, retries included.

    By the upper bound: what may have been billed counts.
    """
    begin = datetime(now.year, now.month, 1, tzinfo=UTC)
    entries = store.meter.between(begin, now + timedelta(hours=1)) + meter.pending()
    mine = [one for one in entries if one.account == account and one.api.startswith(_CE) and one.hour >= begin]
    return sum((one.cost_high for one in mine), Decimal(0))


def _times(kept: Any) -> dict[str, datetime]:  # noqa: ANN401  JSON is any value
    return {name: datetime.fromisoformat(at) for name, at in (kept or {}).items()}
