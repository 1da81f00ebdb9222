"""CloudWatch's quotas as token buckets, per account and region.

Source: CloudWatch service quotas and the GetMetricData reference, read November 2026. Requests and points a second hold
up to one second's worth, so a burst of that size passes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from service.demo.source import AwsError

RECENT_SECONDS = 3 * 3600
_DEFAULTS: dict[str, float] = {
    "GetMetricData": 50,
    "ListMetrics": 25,
    "GetMetricStatistics": 400,
    "PutMetricData": 500,
    "points_recent": 180_000,
    "points_older": 396_000,
    "queries": 500,
    "points_a_request": 100_800,
    "list_lag": 0,
}


class Limits:
    """The limits in force. Safe to use from several threads.

    `GetMetricData`, `ListMetrics`, `GetMetricStatistics`, `PutMetricData`: requests a second. `points_recent`,
    `points_older`: points a second of GetMetricData where StartTime is within three hours, or before. `queries`,
    `points_a_request`: what one request may hold. `list_lag`: seconds until ListMetrics shows a new metric (up to 900
    in AWS). `enabled`: false switches the rates off, and leaves the sizes.
    """

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._lock = Lock()
        self._values = dict(_DEFAULTS)
        self._enabled = True
        self._levels: dict[tuple[str, str, str], tuple[float, float]] = {}

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def spend(self, account: str, region: str, rate: str, amount: float = 1.0) -> None:
        """Take tokens of a rate. Raises AwsError(Throttling) where there are too few.

        A request larger than the whole bucket passes when the bucket is full, as one page of 100,800 points must.
        """
        with self._lock:
            if not self._enabled:
                return
            capacity = self._values[rate]
            now = self._elapsed()
            level, since = self._levels.get((account, region, rate), (capacity, now))
            level = min(capacity, level + (now - since) * capacity)
            enough = level >= min(amount, capacity)
            self._levels[account, region, rate] = (level - amount if enough else level, now)
        if not enough:
            raise AwsError("Throttling", "Rate exceeded")

    def change(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Change some, and fill the buckets. Raises ValueError for a name that is not there."""
        unknown = set(wish) - set(self._values) - {"enabled"}
        if unknown:
            raise ValueError(f"there is no limit {', '.join(sorted(unknown))}: {', '.join(self._values)}, enabled")
        with self._lock:
            self._enabled = bool(wish.get("enabled", self._enabled))
            self._values |= {name: float(value) for name, value in wish.items() if name != "enabled"}
            self._levels.clear()
        return self.describe()

    def reset(self) -> None:
        """Bring back AWS's own limits, all buckets full."""
        with self._lock:
            self._enabled = True
            self._values = dict(_DEFAULTS)
            self._levels.clear()

    def describe(self) -> dict[str, Any]:
        """What the control API shows."""
        return {"enabled": self._enabled, **self._values}
