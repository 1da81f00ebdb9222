"""Backtest: what a rule would have done over the stored past, with the judge and the step of production."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from alerts.engine.episodes import Book
from alerts.engine.findings import Findings
from alerts.engine.flap import Flapping
from alerts.engine.judging import Judge
from alerts.engine.slots import Due
from alerts.engine.timing import timing_of
from alerts.engine.watching import Instance, Watch
from alerts.proving.doubling import Double, Place, count_messages, find_doubles, joined
from alerts.proving.hearing import Heard
from alerts.proving.history import Past, past_of
from alerts.rules.base import BaseRule, Need, Outcome
from alerts.rules.ruleset import RuleSet
from store import Store
from store.alerting import Episode
from store.messages import Message, PluralMessage, Sentence
from store.stack import Stack

STRETCH = timedelta(hours=6)
"""How much of the past is in memory at a time."""
WEEK = timedelta(days=7)

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a rule would have done in [`start`, `end`).

    `messages` are new messages in a channel, `edits` what would have changed them in place. `coverage` is the part of
    the judgements that had data, 0 to 1; `instances` how many things it watched. `notes` say what limits the answer.
    """

    rule_id: str
    start: datetime
    end: datetime
    episodes: Sequence[Episode] = ()
    evaluations: int = 0
    instances: int = 0
    coverage: float = 0.0
    messages: int = 0
    edits: int = 0
    doubles: Sequence[Double] = ()
    notes: Sequence[Sentence] = ()

    @property
    def fires(self) -> int:
        """How often it would have fired."""
        return len(self.episodes)

    @property
    def per_week(self) -> float:
        """Firings a week."""
        return self.fires / ((self.end - self.start) / WEEK) if self.end > self.start else 0.0

    @property
    def minutes_firing(self) -> float:
        """Minutes in which at least one alert of the rule would have fired."""
        spans = joined((one.fired_at, one.resolved_at or self.end) for one in self.episodes)
        return sum(((until - since) / timedelta(minutes=1) for since, until in spans), 0.0)


@dataclass(slots=True)
class _Run:
    """A replay on its way."""

    past: Past
    ruleset: RuleSet
    watches: dict[str, Watch]
    heard: Heard
    rule_id: str
    book: Book
    step: int
    ours: dict[str, Episode] = field(default_factory=dict)
    evaluations: int = 0
    faults: dict[str, Sentence] = field(default_factory=dict)


def backtest(  # noqa: PLR0913  what is asked, and what it is held against
    store: Store,
    ruleset: RuleSet,
    rule: BaseRule,
    start: datetime,
    end: datetime,
    *,
    stack: Stack | None = None,
    place: Place | None = None,
    flapping: Flapping | None = None,
    progress: Progress | None = None,
) -> Backtest:
    """Replay a rule of a rule set (enabled or not) over [start, end).

    Args:
        store: Where the past is.
        ruleset: The rule and what a composite speaks of; see `alerts.rules.loading.load_rules`.
        rule: The rule.
        start: Aware.
        end: Aware, after the start.
        stack: The stack as configured.
        place: The router's `place`: messages are counted by group. Without it each firing has its own message.
        flapping: The engine's terms.
        progress: Told how much is done, 0 to 1.
    """
    if end <= start:
        raise ValueError("the end of a backtest must be after its start")
    run = _prepare(store, ruleset, rule, (start, end), stack or Stack(), flapping or Flapping())
    begin = -(-int(start.timestamp()) // run.step) * run.step
    until = int(end.timestamp())
    stretch = int(STRETCH.total_seconds()) // run.step * run.step or run.step
    for first in range(begin, until, stretch):
        slots = range(first, min(first + stretch, until), run.step)
        _load(run, slots)
        for slot in slots:
            _turn(run, slot)
        if progress is not None:
            progress((slots[-1] + run.step - begin) / (until - begin))
    return _summed_up(store, run, (start, end), place)


def _prepare(  # noqa: PLR0913, PLR0917  the same
    store: Store, ruleset: RuleSet, rule: BaseRule, window: tuple[datetime, datetime], stack: Stack, flapping: Flapping
) -> _Run:
    heard = Heard(ruleset.kind_of(rule))
    watches: dict[str, Watch] = {}
    for one in _with_members(ruleset, rule):
        kind = heard if one.id == rule.id else ruleset.kind_of(one)
        watches[one.id] = Watch(one, kind, timing_of(one, ruleset.version_of(one), flapping))
    queries = {name for one in watches.values() if isinstance(name := getattr(one.rule, "query", None), str)}
    past = past_of(
        store, stack, lambda name: list(watches[name].alerts()) if name in watches else [], *window, sorted(queries)
    )
    step = min(watch.rule.slot_seconds for watch in watches.values())
    book = Book(lambda _name: None, lambda since: past.events(("deploy.*", "config.*"), since))
    return _Run(past, ruleset, watches, heard, rule.id, book, step)


def _with_members(ruleset: RuleSet, rule: BaseRule) -> list[BaseRule]:
    """What a composite speaks of, then the rule itself."""
    known = {one.id: one for one in (*ruleset.rules, *ruleset.disabled)}
    found: dict[str, BaseRule] = {}

    def add(one: BaseRule) -> None:
        for member in getattr(one, "members", ()):
            if member in known and member not in found:
                add(known[member])
        found.setdefault(one.id, one)

    add(rule)
    return list(found.values())


def _load(run: _Run, slots: range) -> None:
    """Read the points that judging these slots needs."""
    run.past.move_to(datetime.fromtimestamp(slots[0], UTC), slots[0] + run.step)
    needs: list[Need] = []
    for watch in run.watches.values():
        watch.take(watch.kind.subjects(watch.rule, run.past))
        for instance in watch.instances.values():
            needs += watch.kind.needs(watch.rule, instance.subject, slots[0], slots[-1])
    run.past.load(needs)


def _turn(run: _Run, slot: int) -> None:
    """Judge everything at one slot."""
    now = datetime.fromtimestamp(slot, UTC)
    run.past.move_to(now, slot + 86_400)
    found = Findings(now)
    judge = Judge(run.past, run.ruleset.render, run.book, found)
    for watch in run.watches.values():
        if not watch.kind.continuous:
            watch.take(watch.kind.subjects(watch.rule, run.past))
        for instance in watch.instances.values():
            instance.due = Due((slot,)) if _is_due(run, watch, instance, slot) else Due()
        judge.watch(watch)
    run.evaluations += found.evaluations
    run.faults.update(found.faults)
    run.ours.update({name: one for name, one in found.episodes.items() if one.alert.rule_id == run.rule_id})


def _is_due(run: _Run, watch: Watch, instance: Instance, slot: int) -> bool:
    if slot % instance.every:
        return False
    if not (watch.kind.continuous and instance.series):
        return True
    return all(slot + instance.width <= run.past.reach.get(name, slot + instance.width) for name in instance.series)


def _summed_up(store: Store, run: _Run, window: tuple[datetime, datetime], place: Place | None) -> Backtest:
    start, end = window
    episodes = sorted(run.ours.values(), key=lambda one: one.fired_at)
    messages, edits = count_messages(episodes, end, place)
    said = run.heard.outcomes
    silent = said[Outcome.NO_DATA] + said[Outcome.ERROR]
    watch = run.watches[run.rule_id]
    return Backtest(
        run.rule_id,
        start,
        end,
        episodes,
        run.evaluations,
        len(watch.instances),
        1 - silent / said.total() if said else 0.0,
        messages,
        edits,
        list(find_doubles(store, run.rule_id, episodes, window)),
        list(_notes(run, watch)),
    )


def _notes(run: _Run, watch: Watch) -> Iterator[Sentence]:
    if not watch.instances:
        yield Message("nothing that this rule watches is in the stored past")
    if fault := run.faults.get(run.rule_id):
        yield fault
    if run.heard.name == "health":
        yield Message(
            "of health checks the changes are stored, not each observation: counts in a row are by the minute"
        )
    if run.heard.name in {"heartbeat", "lifecycle"} and not getattr(watch.rule, "metric", None):
        yield Message("how jobs and resources stood in the past is not stored: only events and series are replayed")
    failed = run.heard.outcomes[Outcome.ERROR]
    if failed:
        yield PluralMessage("%(num)s judgement failed", "%(num)s judgements failed", failed)
