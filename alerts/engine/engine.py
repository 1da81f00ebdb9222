"""The engine: each round reads what is new, judges it, steps the alerts and keeps everything in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Event as Flag
from time import perf_counter

from alerts.engine.episodes import CHANGES, Book
from alerts.engine.findings import Findings, Round
from alerts.engine.flap import Flapping
from alerts.engine.judging import Judge
from alerts.engine.readings import StoreReadings
from alerts.engine.reporting import fault_of, state_of
from alerts.engine.timing import timing_of
from alerts.engine.watching import Watch
from alerts.rules.ruleset import RuleSet
from store import Store
from store.alerting import Alert, Episode, Placement, RuleState, Severity
from store.errors import StoreError
from store.messages import Message
from store.stack import Stack
from store.vocabulary import Claim

Place = Callable[[Episode, datetime], Sequence[Placement]]
"""Which groups an episode belongs to."""

REMOVED = Message("its rule was removed or disabled")
LOST = Message("nothing is known of this alert any more")
OPEN = 100_000
"""Open episodes that are read at most when the engine begins."""


class Engine:
    """Evaluates the rules. One instance serves one worker, one round at a time; between rounds it remembers.

    What it remembers is let go when a commit fails or another worker had a turn in between, and read again.
    """

    def __init__(
        self, store: Store, ruleset: RuleSet, stack: Stack, place: Place, flapping: Flapping | None = None
    ) -> None:
        self._store, self._ruleset, self._place = store, ruleset, place
        self._flapping = flapping or Flapping()
        self._watches: dict[str, Watch] = {}
        self._states: dict[str, RuleState] = {}
        self._epoch: int | None = None
        self._known = False
        self._readings = StoreReadings(store, stack, self._alerts_of, datetime.fromtimestamp(0, UTC))
        self._book = self._new_book()

    def round(self, now: datetime, claim: Claim | None = None, stopping: Flag | None = None) -> Round:
        """Evaluate everything that is due, and commit it.

        Raises:
            LostClaim: another worker has taken over; nothing was kept.
            StoreError: the store cannot be read or written; nothing was kept, and the next round begins anew.
        """
        begun = perf_counter()
        found = Findings(now)
        try:
            self._remember(found, claim)
            finished = self._evaluate(found, stopping)
            self._place_all(found)
            self._commit(found, claim)
        except BaseException:
            self._known = False
            raise
        self._epoch = None if claim is None else claim.epoch
        return self._told(found, perf_counter() - begun, finished=finished)

    def page_series(self) -> set[str]:
        """The ids of the series that rules of severity page read, as of the last round."""
        pages = {watch.rule.id for watch in self._watches.values() if may_page(watch)}
        for watch in reversed(self._watches.values()):
            if watch.rule.id in pages:
                pages.update(getattr(watch.rule, "members", ()))
        return {
            name
            for watch in self._watches.values()
            if watch.rule.id in pages
            for instance in watch.instances.values()
            if instance.timing.severity_in(instance.subject.environment, Severity.PAGE) is Severity.PAGE
            for name in instance.series
        }

    def _remember(self, found: Findings, claim: Claim | None) -> None:
        self._readings.begin(found.now)
        ours = claim is None or self._epoch is None or claim.epoch == self._epoch + 1
        if not (self._known and ours):
            self._restore(found)
            self._known = True

    def _restore(self, found: Findings) -> None:
        """Begin from what the store has; end what no rule answers for any more."""
        self._book = self._new_book()
        self._states = self._store.alerts.rule_states()
        self._watches = {}
        for rule in self._ruleset.rules:
            state = self._states.get(rule.id)
            timing = timing_of(rule, self._ruleset.version_of(rule), self._flapping)
            to = None if state is None else int(state.evaluated_to.timestamp())
            self._watches[rule.id] = Watch(rule, self._ruleset.kind_of(rule), timing, to)
        firing: dict[str, Alert] = {}
        judge = Judge(self._readings, self._ruleset.render, self._book, found)
        self._book.known = {one.id: one for one in self._store.alerts.episodes(open_only=True, limit=OPEN)}
        for alert in self._store.alerts.current():
            if alert.state.is_firing and alert.episode:
                firing[alert.episode] = alert
            if alert.rule_id in self._watches:
                self._watches[alert.rule_id].kept[alert.fingerprint] = alert
            else:
                judge.end(alert, REMOVED)
                found.drop(alert.fingerprint)
        found.forget_rules.update(self._states.keys() - self._watches.keys())
        for episode in list(self._book.known.values()):
            if episode.is_open and episode.id not in firing:
                judge.end(episode.alert, LOST)
            elif episode.is_open:
                found.to_place.add(episode.id)

    def _evaluate(self, found: Findings, stopping: Flag | None) -> bool:
        """Judge every rule; False when it was asked to stop before the last."""
        judge = Judge(self._readings, self._ruleset.render, self._book, found)
        ready: list[tuple[Watch, float]] = []
        for watch in self._watches.values():
            begun = perf_counter()
            try:
                watch.refresh(self._readings)
                watch.find_due(self._readings)
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001  whatever a rule raises, the others go on
                found.faults[watch.rule.id] = fault_of(watch.rule, error)
            else:
                ready.append((watch, perf_counter() - begun))
        self._readings.preload(need for watch, _ in ready for need in watch.needs())
        for watch, spent in ready:
            if stopping is not None and stopping.is_set():
                return False
            begun = perf_counter()
            try:
                judge.watch(watch)
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001  the same
                found.faults[watch.rule.id] = fault_of(watch.rule, error)
            self._adopt(watch, judge)
            self._note(watch, found, spent + perf_counter() - begun)
        return True

    def _adopt(self, watch: Watch, judge: Judge) -> None:
        """Alerts of the store that nothing watches now have lost what they were about."""
        for name, alert in watch.kept.items():
            judge.let_go(alert)
            judge.found.drop(name)
        watch.kept = {}

    def _note(self, watch: Watch, found: Findings, spent: float) -> None:
        before = self._states.get(watch.rule.id)
        state = state_of(watch, found, before, spent)
        if state is not None:
            self._states[watch.rule.id] = state
            watch.evaluated_to = int(state.evaluated_to.timestamp())
            found.rule_states.append(state)

    def _place_all(self, found: Findings) -> None:
        for name in sorted(found.to_place):
            found.placements += self._place(self._book.known[name], found.now)

    def _commit(self, found: Findings, claim: Claim | None) -> None:
        self._store.alerts.commit_round(
            alerts=list(found.alerts.values()),
            forget=sorted(found.forget),
            transitions=found.transitions,
            episodes=list(found.episodes.values()),
            placements=found.placements,
            rule_states=found.rule_states,
            forget_rules=sorted(found.forget_rules),
            events=found.events,
            claim=claim,
        )
        for name in found.forget_rules:
            self._states.pop(name, None)
        self._book.tidy(found.now)

    def _told(self, found: Findings, seconds: float, *, finished: bool) -> Round:
        return Round(
            now=found.now,
            rules=len(self._watches),
            instances=sum(len(watch.instances) for watch in self._watches.values()),
            evaluations=found.evaluations,
            transitions=len(found.transitions),
            fired=sorted(found.fired),
            resolved=sorted(found.resolved),
            faults=sorted(found.faults.items()),
            promote=sorted(found.promote),
            missed=found.missed,
            seconds=seconds,
            finished=finished,
        )

    def _alerts_of(self, rule_id: str) -> Sequence[Alert]:
        watch = self._watches.get(rule_id)
        return [] if watch is None else list(watch.alerts())

    def _new_book(self) -> Book:
        return Book(self._store.alerts.episode, lambda since: self._readings.events(CHANGES, since))


def may_page(watch: Watch) -> bool:
    """Whether a rule may page: its own severity, or one of its limits' or windows'."""
    limits = getattr(getattr(watch.rule, "condition", None), "limits", ())
    windows = getattr(watch.rule, "windows", ())
    return Severity.PAGE in {watch.rule.severity, *(one for one, _ in limits), *(one.severity for one in windows)}
