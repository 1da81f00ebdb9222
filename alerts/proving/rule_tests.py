"""Rule tests: a file with the points of some series and the states that rules must go through, run as in production."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from alerts.engine.episodes import Book
from alerts.engine.findings import Findings
from alerts.engine.flap import Flapping
from alerts.engine.judging import Judge
from alerts.engine.slots import Due
from alerts.engine.step import letter
from alerts.engine.timing import timing_of
from alerts.engine.watching import Watch
from alerts.errors import RuleInvalid
from alerts.proving.form import Expected, Loaded, RuleTest, read_file
from alerts.proving.hearing import Heard
from alerts.proving.memory import Story
from alerts.proving.staging import Stage, set_stage
from alerts.rules.base import BaseRule
from store.durations import format_duration
from store.messages import Message, Sentence
from store.stack import Stack
from store.vocabulary import HealthState


@dataclass(frozen=True, slots=True)
class Difference:
    """Where an alert did not go through the states that were expected. `at` is the first evaluation that differs."""

    test: str
    rule: str
    labels: Mapping[str, str]
    expected: str
    got: str
    at: int
    after: timedelta
    reason: Sentence

    def lines(self) -> list[str]:
        """For people: both lines of states one above the other, and a mark below the first letter that differs."""
        named = ", ".join(f"{name}={value}" for name, value in self.labels.items())
        return [
            f"{self.test}: {self.rule}{f' {{{named}}}' if named else ''}",
            f"    expected  {self.expected}",
            f"    got       {self.got}",
            f"              {' ' * self.at}^ t={format_duration(self.after)}: {self.reason}",
        ]


@dataclass(frozen=True, slots=True)
class FileResult:
    """What came of a file. `expectations` counts the lines of states that were compared."""

    path: Path
    tests: int
    expectations: int
    differences: tuple[Difference, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether everything was as expected."""
        return not self.differences

    def lines(self) -> list[str]:
        """For people: what differs, then one line in all."""
        told = [line for one in self.differences for line in one.lines()]
        failed = len({one.test for one in self.differences})
        held = "all hold" if self.holds else f"{failed} failed"
        tests = f"{self.tests} test{'s' if self.tests != 1 else ''}"
        return [*told, f"{self.path}: {tests}, {self.expectations} lines of states: {held}"]


@dataclass(slots=True)
class _Line:
    """An expectation as the test goes on."""

    expected: Expected
    got: str = ""
    reasons: list[Sentence] = field(default_factory=list)


def run_file(path: Path | str, stack: Stack | None = None) -> FileResult:
    """Run a file of rule tests.

    Raises:
        RuleInvalid: the file is broken; with every fault, its path and a remedy.
    """
    loaded = read_file(Path(path), stack)
    stages = [
        set_stage(
            test, number, loaded.ruleset.rules, test.start or loaded.file.start, test.interval or loaded.file.interval
        )
        for number, test in enumerate(loaded.file.tests)
    ]
    if faults := [fault for stage in stages for fault in stage.faults]:
        raise RuleInvalid(str(path), faults)
    differences: list[Difference] = []
    for number, (test, stage) in enumerate(zip(loaded.file.tests, stages, strict=True)):
        name = test.name or f"tests[{number}]"
        found = (_compare(name, line, stage) for line in _play(loaded, test, stage))
        differences += [one for one in found if one is not None]
    lines = sum(len(test.expect) for test in loaded.file.tests)
    return FileResult(loaded.path, len(loaded.file.tests), lines, tuple(differences))


def _play(loaded: Loaded, test: RuleTest, stage: Stage) -> list[_Line]:
    """Evaluate every rule at every slot, in order."""
    heard = {rule.id: Heard(loaded.ruleset.kind_of(rule)) for rule in loaded.ruleset.rules}
    watches = {rule.id: _watch(loaded, rule, heard[rule.id], stage.step) for rule in loaded.ruleset.rules}
    story = Story(
        loaded.stack,
        stage.start,
        lambda rule_id: list(watches[rule_id].alerts()) if rule_id in watches else [],
        known=list(stage.series.values()),
        samples=stage.samples,
        happened=stage.events,
        budget_readings=stage.budgets,
        cost_anomalies=stage.anomalies,
        query_rows=stage.rows,
    )
    lines = [_Line(one) for one in test.expect]
    book = Book(lambda _name: None, lambda _since: ())
    states: Mapping[str, HealthState] = {}
    for turn in range(stage.length):
        states = stage.health(turn, states)
        story.now, story.states = stage.at(turn), list(states.values())
        slot = int(story.now.timestamp())
        story.reached = slot + stage.step
        findings = Findings(story.now)
        judge = Judge(story, loaded.ruleset.render, book, findings)
        for watch in watches.values():
            watch.take(watch.kind.subjects(watch.rule, story))
            for instance in watch.instances.values():
                instance.due = Due((slot,))
            judge.watch(watch)
        for line in lines:
            _note(line, watches[line.expected.rule], heard[line.expected.rule])
    return lines


def _watch(loaded: Loaded, rule: BaseRule, kind: Heard, step: int) -> Watch:
    flapping = Flapping(holds=loaded.file.flapping)
    timing = timing_of(rule, loaded.ruleset.version_of(rule), flapping)
    return Watch(rule, kind, timing, every=step)


def _note(line: _Line, watch: Watch, heard: Heard) -> None:
    """Add the letter of the alert that is meant."""
    wanted = {**line.expected.dimensions, **line.expected.labels}
    meant = [one for one in watch.instances.values() if wanted.items() <= one.subject.labels.items()]
    if len(meant) > 1:
        line.got += "?"
        line.reasons.append(Message("%(count)s alerts have these labels: name more of them", count=len(meant)))
        return
    if not meant:
        line.got += "-"
        line.reasons.append(Message("the rule watches nothing with these labels"))
        return
    alert = meant[0].alert
    line.got += "-" if alert is None else letter(alert)
    line.reasons.append(alert.reason if alert is not None else heard.reason(meant[0].subject))


def _compare(test: str, line: _Line, stage: Stage) -> Difference | None:
    expected, got = line.expected.states, line.got
    ambiguous = "?" in got
    places: Iterator[int] = (
        place
        for place in range(max(len(expected), len(got)))
        if place >= len(expected) or place >= len(got) or ambiguous or expected[place] not in {"?", got[place]}
    )
    at = next(places, None)
    if at is None:
        return None
    if at >= len(got) or at >= len(expected):
        reason: Sentence = Message(
            "there are %(got)s evaluations and %(expected)s expected states", got=len(got), expected=len(expected)
        )
    else:
        reason = line.reasons[at]
    labels = {**line.expected.dimensions, **line.expected.labels}
    after = timedelta(seconds=stage.step * at)
    return Difference(test, line.expected.rule, labels, expected, got, at, after, reason)
