"""The desk of Cost Explorer: which refresh holds, whether it is enabled, and how often it was asked."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from time import monotonic
from typing import Any

from service.demo.money.ground import DAY, HOUR, Ground
from service.demo.money.rates import Rates
from service.demo.money.refresh import earliest, lag_hours, midnight, moment, months_from, scheduled
from service.demo.money.table import Table, build
from service.demo.source import AwsError, AwsRequest
from service.demo.upstream import DEFAULT_ACCOUNT
from service.demo.world.history import History
from service.demo.world.incidents.incident import Incident

_KEPT = 4
_MOVED_MONTHS = 4
"""How long before the demo the backend moved to its present instance type."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the control API may change.

    `enabled`: whether the account uses Cost Explorer; `hourly`: whether it pays for hourly data; `page`: groups a
    page; `requests`: requests a second; `lag`: hours that all data is behind (None: each service its own);
    `forecast`: false, as with an account too young for one.
    """

    enabled: bool = True
    hourly: bool = False
    page: int = 1_000
    requests: float = 10.0
    lag: float | None = None
    forecast: bool = True


class Desk:
    """Keeps the tables of the last refreshes. Safe to use from several threads."""

    def __init__(self, history: Callable[[float], History], incidents: Callable[[], Sequence[Incident]]) -> None:
        self._history = history
        self._incidents = incidents
        self._rates = Rates()
        self._lock = Lock()
        self._began: float | None = None
        self._forced: tuple[float, ...] = ()
        self._calls: Counter[int] = Counter()
        self._tables: OrderedDict[tuple[float, int], Table] = OrderedDict()
        self._spent: tuple[float, float] | None = None
        self.settings = Settings()

    def begin(self, now: float) -> None:
        """The demo begins: what is before is made up."""
        self._began = now

    @property
    def begun(self) -> bool:
        """Whether the demo has begun."""
        return self._began is not None

    def lag(self, service: str) -> float:
        """Hours that a service's data is behind."""
        return lag_hours(service) if self.settings.lag is None else self.settings.lag

    def refresh(self, now: float) -> None:
        """Take in new data now, besides the schedule."""
        with self._lock:
            self._forced = (*self._forced, now)

    def version(self, now: float) -> tuple[float, int]:
        """Which refresh holds: its time, and how many were forced by then, by hand or by a surprise."""
        told = tuple(float(one.detail["told"]) for one in self.surprises())
        forced = [at for at in self._forced + told if at <= now]
        return max(scheduled(now), max(forced, default=0.0)), len(forced)

    def table(self, now: float) -> Table:
        """The costs as the refresh that holds knows them."""
        version = self.version(now)
        with self._lock:
            if version not in self._tables:
                self._tables[version] = self._built(version[0], now)
                while len(self._tables) > _KEPT:
                    self._tables.popitem(last=False)
            self._tables.move_to_end(version)
            return self._tables[version]

    def admit(self, request: AwsRequest) -> None:
        """Refuse who may not ask, and who asks too often. Raises AwsError."""
        if not self.serves(request.account):
            raise AwsError("AccessDeniedException", "User not enabled for cost explorer access")
        with self._lock:
            capacity = self.settings.requests
            # The demo's clock may stand still; a rate limit must not.
            at = monotonic()
            level, since = self._spent or (capacity, at)
            level = min(capacity, level + (at - since) * capacity)
            self._spent = (level - 1.0 if level >= 1.0 else level, at)
        if level < 1.0:
            raise AwsError("LimitExceededException", "Rate exceeded")

    def serves(self, account: str) -> bool:
        """Whether an account uses Cost Explorer: the demo's own, unless it was switched off."""
        return self.settings.enabled and account == DEFAULT_ACCOUNT

    def surprises(self) -> tuple[Incident, ...]:
        """The incidents that raise the bill."""
        return tuple(one for one in self._incidents() if "told" in one.detail)

    def count(self, now: float) -> None:
        """One more page was answered; it costs money itself."""
        with self._lock:
            self._calls[int(now) // HOUR * HOUR] += 1

    def change(self, wish: Mapping[str, Any], now: float) -> dict[str, Any]:
        """Change settings; `{"refresh": true}` takes in new data now. Raises ValueError."""
        known = {name: value for name, value in wish.items() if name != "refresh"}
        unknown = set(known) - set(Settings.__slots__)
        if unknown:
            raise ValueError(f"there is no {', '.join(sorted(unknown))}: {', '.join(Settings.__slots__)}, refresh")
        if int(known.get("page", 1)) < 1 or float(known.get("requests", 1)) < 1:
            raise ValueError("page and requests must be at least 1")
        self.settings = replace(self.settings, **known)
        with self._lock:
            self._spent = None
            if "lag" in known:
                self._tables.clear()
        if wish.get("refresh"):
            self.refresh(now)
        return self.describe(now)

    def reset(self) -> None:
        """Settings as at the start; what was refreshed stays."""
        with self._lock:
            self.settings = Settings()
            self._tables.clear()

    def describe(self, now: float) -> dict[str, Any]:
        """What the control API shows."""
        shown = {name: getattr(self.settings, name) for name in Settings.__slots__}
        return {**shown, "refreshed": self.version(now)[0], "requests_answered": self._calls.total()}

    def _built(self, at: float, now: float) -> Table:
        began = self._began if self._began is not None else now
        incidents = tuple(self._incidents())
        ground = Ground(
            start=midnight(earliest(at)),
            end=int(at) // DAY * DAY + DAY,
            history=self._history(now),
            incidents=incidents,
            began=began,
            launched={one.detail["instance"]: one.start for one in incidents if "instance" in one.detail},
            moved=midnight(months_from(moment(began).date(), -_MOVED_MONTHS)),
            calls=dict(self._calls),
        )
        return build(ground, at, self._rates, self.settings.lag)
