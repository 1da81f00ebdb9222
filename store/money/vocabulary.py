"""The words of money: what a cost observation is, and what is worked out from many of them.

Amounts are `Decimal` in the currency that stands beside them and are never summed across currencies. Days are UTC days,
ends are exclusive, as Cost Explorer has them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from store.messages import Sentence


class Basis(StrEnum):
    """By which rule a cost is told. `BILLED` is what an imported bill (FOCUS, CUR) says was invoiced."""

    BILLED = "billed"
    UNBLENDED = "unblended"
    AMORTIZED = "amortized"
    NET = "net"


class View(StrEnum):
    """How a reading of Cost Explorer is grouped; the value names its keys in order. A tag's own view is `tag_view`."""

    TOTAL = ""
    USAGE = "service,usage_type"
    COMPONENT = "component,service"
    ENVIRONMENT = "environment,service"
    PLACE = "component,environment"
    CHARGE = "account,charge_category"

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The names of the keys."""
        return tuple(self.value.split(",")) if self.value else ()


def tag_view(tag: str) -> str:
    """The view of a cost allocation tag of one's own: `tag:Team,service`."""
    return f"tag:{tag},service"


UNTAGGED = ""
"""The key of a tag where a cost carries none."""


@dataclass(frozen=True, slots=True)
class CostObservation:
    """What Cost Explorer said of one UTC day and one group when it was asked. Never changed, only followed by another.

    `account` is the configured name of the account that was asked. `keys` follow the view's dimensions. `estimated` is
    AWS's flag: the day may still change. `usage` is in `unit` (empty where AWS sums several units).
    """

    account: str
    view: str
    day: date
    keys: tuple[str, ...]
    currency: str
    unblended: Decimal
    amortized: Decimal
    net: Decimal
    observed_at: datetime
    estimated: bool = False
    usage: Decimal = Decimal(0)
    unit: str = ""

    def amount(self, basis: Basis) -> Decimal:
        """The cost by this basis. Raises ValueError for `BILLED`, which only an imported bill has."""
        if basis is Basis.BILLED:
            raise ValueError("Cost Explorer has no billed cost: import a FOCUS or CUR file for it")
        return {Basis.UNBLENDED: self.unblended, Basis.AMORTIZED: self.amortized, Basis.NET: self.net}[basis]


@dataclass(frozen=True, slots=True)
class DayCost:
    """The latest that is known of one UTC day and one group, by one basis. `estimated`: it may still change."""

    day: date
    keys: tuple[str, ...]
    currency: str
    amount: Decimal
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class CostRead:
    """One whole reading of a view over the days [`start`, `end`), and how it ties out with the ungrouped total.

    `residuals` are (currency, basis, total less sum of groups); `tied` says that none is beyond a cent. A read of the
    total view itself has none.
    """

    account: str
    view: str
    start: date
    end: date
    read_at: datetime
    pages: int
    residuals: Sequence[tuple[str, str, Decimal]] = ()
    tied: bool = True


@dataclass(frozen=True, slots=True)
class Restatement:
    """A day's group that AWS told differently later. `before` None: it was not there. By unblended cost."""

    account: str
    view: str
    day: date
    keys: tuple[str, ...]
    currency: str
    before: Decimal | None
    after: Decimal
    before_at: datetime | None
    after_at: datetime


@dataclass(frozen=True, slots=True)
class RolledUp:
    """A day of an imported bill, rolled up for pages: `dimensions` as (name, value) pairs, sorted by name.

    The names are provider, account, service, region, component, environment, charge_category. `amounts` are by Basis.
    """

    source: str
    period: str
    day: date
    currency: str
    dimensions: tuple[tuple[str, str], ...]
    amounts: Sequence[tuple[Basis, Decimal]]


@dataclass(frozen=True, slots=True)
class BillFile:
    """An entry of the manifest: one imported billing period of one source, as an immutable Parquet file.

    `digest` is of the imported file's content: the same file again changes nothing. `replaces` names the entry that
    this one takes the place of (a later export of the same period).
    """

    id: str
    source: str
    provider: str
    period: str
    path: str
    rows: int
    digest: str
    imported_at: datetime
    replaced_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DayForecast:
    """One expected day with its 80 % interval."""

    day: date
    amount: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a period will have cost at its end, made with what was known of the days before `as_of`.

    `scope` is "" for everything or `dimension:value` (`component:backend`, `environment:dev`, `service:…`,
    `place:backend,dev`). `total` holds what was spent plus what is expected; [`low`, `high`] is the 80 % interval.
    `final_to` is the first day that AWS still calls estimated. `scored_on` is how many past forecasts the interval
    and `error` (their median absolute error, a share of the total) come from. `baseline` is the seasonal naive one,
    `aws` what GetCostForecast says, where there is one.
    """

    scope: str
    basis: Basis
    currency: str
    start: date
    end: date
    as_of: date
    made_at: datetime
    total: Decimal
    low: Decimal
    high: Decimal
    method: str
    spent: Decimal = Decimal(0)
    days: Sequence[DayForecast] = ()
    scored_on: int = 0
    error: Decimal | None = None
    baseline: Decimal | None = None
    aws: Decimal | None = None
    final_to: date | None = None


class Drift(StrEnum):
    """How a cost is unusual."""

    JUMP = "jump"
    DRIFT = "drift"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class CostAnomaly:
    """A cost that is not as expected, over [`start`, `end`) (end: the day after the last unusual one).

    `scope` as in `Forecast`. `impact` is what the days cost beyond what was expected. `cause` is a sentence with the
    likeliest reason; `usage_type` and `event` (the key of an `Event`) name it where it is known. `muted` names the
    planned event that explains it. `source` is `lamplighter` or `aws`. `open` until the cost is as expected again.
    """

    id: str
    scope: str
    kind: Drift
    start: date
    end: date
    currency: str
    actual: Decimal
    expected: Decimal
    low: Decimal
    high: Decimal
    impact: Decimal
    cause: Sentence
    detected_at: datetime
    usage_type: str = ""
    event: str = ""
    muted: str = ""
    source: str = "lamplighter"
    open: bool = True
    environment: str | None = None
    component: str | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A component's plan, budget and actual cost of a period so far, and why they differ.

    `planned` is for the whole period, `planned_to_date` for the days that are known. `price`, `usage` and `scope` add
    up to `actual - planned_to_date`: other prices, more or less of what was planned, what was not planned at all.
    `notes` say what is behind them.
    """

    component: str
    planned: Decimal
    planned_to_date: Decimal
    actual: Decimal
    budget: Decimal | None = None
    forecast: Decimal | None = None
    price: Decimal = Decimal(0)
    usage: Decimal = Decimal(0)
    scope: Decimal = Decimal(0)
    notes: Sequence[Sentence] = ()


@dataclass(frozen=True, slots=True)
class PlanReport:
    """Plan against actual of one period, per component. `prices_of` is the date of the price book."""

    name: str
    start: date
    end: date
    as_of: date
    currency: str
    basis: Basis
    lines: Sequence[PlanLine]
    prices_of: date | None = None
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnitCostDay:
    """A day's cost, what it was spent on, and what one thousand of them cost (None without any)."""

    day: date
    cost: Decimal
    units: Decimal
    per_thousand: Decimal | None


@dataclass(frozen=True, slots=True)
class UnitCost:
    """The cost of a thousand requests (or orders) of an environment, day by day."""

    name: str
    environment: str | None
    currency: str
    days: Sequence[UnitCostDay]
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A component's own cost, its share of the shared one, and both."""

    component: str
    direct: Decimal
    shared: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Allocation:
    """Who bears the cost of [`start`, `end`): direct, shared by the rule in `rule`, and what cannot be allocated.

    `untagged` carries no tag though it could; `unactivated` are tags that are not switched on for billing, with which
    no cost can be told apart; `tied` that all parts add up to `total`.
    """

    start: date
    end: date
    currency: str
    basis: Basis
    rule: Sentence
    shares: Sequence[Share]
    total: Decimal
    untagged: Decimal
    untaggable: Decimal = Decimal(0)
    unactivated: Sequence[str] = ()
    tied: bool = True
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Commitment:
    """Coverage and utilisation of Reserved Instances or Savings Plans in [`start`, `end`), as shares of 1."""

    account: str
    kind: str
    """`reservations` or `savings_plans`."""
    start: date
    end: date
    coverage: Decimal | None
    utilisation: Decimal | None
    on_demand: Decimal
    unused: Decimal
    currency: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class AwsForecast:
    """What GetCostForecast says of the rest of a period; `problem` says why there is none."""

    account: str
    start: date
    end: date
    read_at: datetime
    mean: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    currency: str = "USD"
    problem: Sentence = ""


@dataclass(frozen=True, slots=True)
class CostTag:
    """A tag key of an account and whether it is activated for billing (`ListCostAllocationTags`)."""

    account: str
    key: str
    active: bool
    read_at: datetime


class SavingState(StrEnum):
    """Where a recommendation stands."""

    RECOMMENDED = "recommended"
    ACCEPTED = "accepted"
    VERIFIED = "verified"
    DISMISSED = "dismissed"
    GONE = "gone"
    """What it was about is no longer so, without anybody having accepted it."""


@dataclass(frozen=True, slots=True)
class Saving:
    """One recommendation, and its way through the ledger.

    `id` is stable for (rule, resource). `monthly` is what it would save a month of 730 h. `evidence` and `how` are
    what it rests on and how it was worked out. `baseline` is what the resource cost a day when it was accepted;
    `verified` what the bill shows as saved since, net of growth; `verified_to` up to which day.
    """

    id: str
    rule: str
    title: Sentence
    monthly: Decimal
    currency: str
    effort: str
    """low, medium or high."""
    risk: str
    """low, medium or high."""
    evidence: Sequence[Sentence]
    how: Sentence
    remedy: Sentence
    found_at: datetime
    seen_at: datetime
    state: SavingState = SavingState.RECOMMENDED
    resource_id: str | None = None
    environment: str | None = None
    component: str | None = None
    service: str | None = None
    decided_by: str = ""
    decided_at: datetime | None = None
    comment: str = ""
    baseline: Decimal | None = None
    verified: Decimal | None = None
    verified_to: date | None = None
    prices_of: date | None = None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """Money that was saved on one day, by a saving or by a shutdown. `basis_note` says how it was worked out.

    `expected` is what was to be saved, `billed` what the bill bears out (None until it is known).
    """

    id: str
    day: date
    kind: str
    """`saving` or `shutdown`."""
    subject: str
    currency: str
    expected: Decimal
    recorded_at: datetime
    billed: Decimal | None = None
    environment: str | None = None
    component: str | None = None
    basis_note: Sentence = ""
    detail: tuple[tuple[str, str], ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class DailyCosts:
    """What the newest days of something cost, for the picture of a message: from `start` on, None where unknown.

    `usual` is what a day may cost by its budget, or what was expected of it. Kept as a report by `key_of`.
    """

    what: str
    currency: str
    start: date
    amounts: tuple[Decimal | None, ...]
    usual: Decimal | None = None

    @staticmethod
    def key_of(*, budget: str = "", anomaly: str = "") -> str:
        """The key of a budget's days, or of an anomaly's."""
        return f"budget:{budget}" if budget else f"anomaly:{anomaly}"


def keys_text(keys: Sequence[str]) -> str:
    """The keys of a group as one text that sorts and compares: a JSON list."""
    return json.dumps(list(keys), ensure_ascii=False, separators=(",", ":"))
