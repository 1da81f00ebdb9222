"""One round of reading costs: the total, the groups that are behind it, then what AWS says beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from collectors.caller import HOPELESS, Caller
from collectors.costs.anomalies import read_anomalies
from collectors.costs.answer import Told
from collectors.costs.budgets import read_budgets
from collectors.costs.commitments import read_commitments
from collectors.costs.config import Costs
from collectors.costs.fetch import read_view, too_old, unavailable
from collectors.costs.forecasts import read_forecasts
from collectors.costs.memory import Memory, known_of
from collectors.costs.planner import TOTAL_NAME, Ask, Known, Question, groups_due, question_due, total_due, window_start
from collectors.costs.tags import read_tags
from collectors.costs.ties import Tie, tie
from collectors.costs.views import TOTAL, Grouping, groupings
from collectors.errors import AwsError
from collectors.meter import Meter
from collectors.metrics.fetch import Patience
from store import Store
from store.jobspec import JobContext
from store.money import CostRead

UNAVAILABLE_WAIT = timedelta(days=1)
"""Where Cost Explorer is not switched on, or has nothing yet, it is asked again the next day."""
NO_DATA_CODE = "NoData"
"""In place of AWS's error codes, of which there are several for it."""
FAILED_WAIT = timedelta(hours=1)
"""After another failure."""


@dataclass(frozen=True, slots=True)
class Means:
    """With what a round of one account works. `tags` are the further tags; `aws_budgets` whether to import budgets."""

    caller: Caller
    store: Store
    meter: Meter
    settings: Costs
    component_tag: str
    environment_tag: str
    tags: Sequence[str]
    aws_budgets: bool
    monotonic: Callable[[], float]

    @property
    def account(self) -> str:
        """The account's name in the configuration."""
        return self.caller.scope.account

    @property
    def grouped(self) -> tuple[Grouping, ...]:
        """The views that are read beside the total."""
        return groupings(self.component_tag, self.environment_tag, self.tags)


@dataclass(slots=True)
class Round:
    """A round of one account: with what it works, and what it did.

    `asked` was answered, `rows` were new, `errors` say what failed, `held` waits for the cap.
    """

    means: Means
    memory: Memory
    context: JobContext
    patience: Patience
    asked: list[str] = field(default_factory=list)
    rows: int = 0
    net_missing: bool = False
    errors: dict[str, AwsError] = field(default_factory=dict)
    held: tuple[str, ...] = ()

    @property
    def now(self) -> datetime:
        """The one time of the round."""
        return self.context.now

    @property
    def over(self) -> bool:
        """Whether the round is to end: time, a stop, or an error that every further call would meet too."""
        return self.patience.over or any(isinstance(error, HOPELESS) for error in self.errors.values())

    def known(self) -> Known:
        """What is known by now."""
        means = self.means
        return known_of(means.store, means.meter, means.account, self.memory, self.now)

    def fail(self, name: str, error: AwsError) -> None:
        """Take note that something could not be had; it waits, unless the credentials are at fault."""
        self.errors[name] = error
        if isinstance(error, HOPELESS):
            return  # as soon as they are right, everything is asked again
        if unavailable(error):
            self.memory.fail(name, NO_DATA_CODE, self.now + UNAVAILABLE_WAIT)
        else:
            self.memory.fail(name, error.code, self.now + min(FAILED_WAIT, self.means.settings.every))


@dataclass(frozen=True, slots=True)
class _Made:
    """One whole reading of a view at a time; the total has no tie."""

    grouping: Grouping
    told: Told
    pages: int
    at: datetime
    tie: Tie | None = None


def run_round(done: Round) -> None:
    """Make every reading that is due. Each is committed by itself; what is not made is due again.

    Raises:
        LostClaim: another worker has taken over.
    """
    settings = done.means.settings
    ask = total_due(done.known(), settings, done.now)
    if ask is not None:
        _read(done, ask)
    if TOTAL_NAME in done.memory.waiting(done.now):
        return
    plan = groups_due(done.known(), settings, done.means.grouped, done.now)
    done.held = plan.held
    for one in plan.asks:
        if not done.over:
            _read(done, one)
    for question, ask_it in _questions(done):
        if not done.over and question_due(done.known(), settings, question, done.now):
            _ask(done, question.name, ask_it)


def _read(done: Round, ask: Ask) -> None:
    """Read one view, tie it out, keep it. A history that AWS refuses is given up for the days that may change."""
    name = ask.grouping.view or TOTAL_NAME
    try:
        try:
            made = _made(done, ask)
        except AwsError as error:
            if not ask.history or not (too_old(error) or unavailable(error)):
                raise
            made = _made(done, replace(ask, start=window_start(done.now.date()), history=False))
    except AwsError as error:
        done.fail(name, error)
        return
    done.rows += _record(done, made)
    done.net_missing = done.net_missing or made.told.net_missing
    done.memory.mended(name)
    done.asked.append(name)


def _made(done: Round, ask: Ask) -> _Made:
    """A reading with its tie. One that does not tie out is made again, once, with a new total: AWS may have refreshed.

    The second try is told a second later, so that both have their place among the observations.
    """
    first = _asked(done, ask, done.now)
    if first.tie is None or first.tie.tied:
        return first
    later = done.now + timedelta(seconds=1)
    _record(done, _asked(done, replace(ask, grouping=TOTAL), later))
    second = _asked(done, ask, later)
    return replace(second, pages=first.pages + second.pages)


def _asked(done: Round, ask: Ask, at: datetime) -> _Made:
    means, days = done.means, (ask.start, ask.end)
    told, pages = read_view(means.caller, ask.grouping, days, at, done.patience)
    if ask.grouping == TOTAL:
        return _Made(TOTAL, told, pages, at)
    total = means.store.costs.lines(*days, view=TOTAL.view, account=means.account)
    return _Made(ask.grouping, told, pages, at, tie(total, told.observations))


def _record(done: Round, made: _Made) -> int:
    read = CostRead(
        account=done.means.account,
        view=made.grouping.view,
        start=made.told.start,
        end=made.told.end,
        read_at=made.at,
        pages=made.pages,
        residuals=made.tie.residuals if made.tie else (),
        tied=made.tie is None or made.tie.tied,
    )
    return done.means.store.costs.record(read, made.told.observations, claim=done.context.claim)


def _questions(done: Round) -> Iterator[tuple[Question, Callable[[], None]]]:
    """What is asked beside the views."""
    settings = done.means.settings
    if done.means.aws_budgets:
        yield Question("budgets", settings.every, pages=0), lambda: _budgets(done)
    yield Question("forecast", settings.forecast_every), lambda: _forecasts(done)
    yield Question("tags", settings.tags_every), lambda: _tags(done)
    yield Question("anomalies", settings.anomalies_every), lambda: _anomalies(done)
    yield Question("commitments", settings.commitments_every, pages=4), lambda: _commitments(done)


def _ask(done: Round, name: str, ask_it: Callable[[], None]) -> None:
    try:
        ask_it()
    except AwsError as error:
        done.fail(name, error)
    else:
        done.memory.answer(name, done.now)
        done.asked.append(name)


def _budgets(done: Round) -> None:
    means = done.means
    tags = {"component_tag": means.component_tag, "environment_tag": means.environment_tag}
    means.store.budgets.record(read_budgets(means.caller, done.now, **tags))


def _forecasts(done: Round) -> None:
    for forecast in read_forecasts(done.means.caller, done.now, done.patience):
        done.means.store.costs.record_aws_forecast(forecast)


def _tags(done: Round) -> None:
    means = done.means
    wanted = list(dict.fromkeys((means.component_tag, means.environment_tag, *means.tags)))
    means.store.costs.record_tags(read_tags(means.caller, wanted, done.now, done.patience))


def _anomalies(done: Round) -> None:
    kept = done.means.store.anomalies
    detected = {one.id: one.detected_at for one in kept.find(limit=1000) if one.source == "aws"}
    found = read_anomalies(done.means.caller, done.now, done.patience, detected)
    if found:
        kept.upsert(found)


def _commitments(done: Round) -> None:
    found = read_commitments(done.means.caller, done.now, done.patience)
    done.means.store.costs.record_commitments(found)
