"""Everything that is kept, and the words for it. The only package that speaks SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from store.errors import (
    BadBackup,
    BadSample,
    DiskFull,
    LostClaim,
    SchemaAhead,
    SchemaBehind,
    StoreCorrupt,
    StoreError,
    StoreLocked,
    StoreNotEmpty,
    StoreUnavailable,
    UnknownSeries,
)
from store.vocabulary import (
    Absent,
    Changes,
    Claim,
    Cursor,
    Event,
    Gap,
    HealthObservation,
    HealthState,
    HealthTransition,
    HourPoint,
    Intent,
    Job,
    JobOutcome,
    JobRun,
    MeterEntry,
    Points,
    Resource,
    Series,
    SeriesKey,
    Status,
    Written,
)

if TYPE_CHECKING:
    from store.store import Store, open_store

__all__ = [
    "Absent",
    "BadBackup",
    "BadSample",
    "Changes",
    "Claim",
    "Cursor",
    "DiskFull",
    "Event",
    "Gap",
    "HealthObservation",
    "HealthState",
    "HealthTransition",
    "HourPoint",
    "Intent",
    "Job",
    "JobOutcome",
    "JobRun",
    "LostClaim",
    "MeterEntry",
    "Points",
    "Resource",
    "SchemaAhead",
    "SchemaBehind",
    "Series",
    "SeriesKey",
    "Status",
    "Store",
    "StoreCorrupt",
    "StoreError",
    "StoreLocked",
    "StoreNotEmpty",
    "StoreUnavailable",
    "UnknownSeries",
    "Written",
    "open_store",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  a module's attribute is any value
    """Import the database only when it is asked for: the vocabulary alone is light."""
    if name in ("Store", "open_store"):
        from store import store  # noqa: PLC0415  that is the point

        return getattr(store, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
