"""A rule kind that remembers what it said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from alerts.rules.base import BaseRule, Kind, Need, Outcome, Readings, Subject, Verdict
from store.alerting import Alert
from store.messages import Sentence
from store.stack import Stack


class Heard:
    """A kind that keeps its last verdict about each subject, and counts how they came out."""

    def __init__(self, kind: Kind[Any]) -> None:
        self.kind, self.name, self.model, self.continuous = kind, kind.name, kind.model, kind.continuous
        self.verdicts: dict[tuple[tuple[str, str], ...], Verdict] = {}
        self.outcomes: Counter[Outcome] = Counter()

    def reason(self, subject: Subject) -> Sentence:
        """Why the last verdict about a subject is as it is."""
        verdict = self.verdicts.get(tuple(sorted(subject.labels.items())))
        return "" if verdict is None else verdict.reason

    def subjects(self, rule: BaseRule, readings: Readings, /) -> Sequence[Subject]:
        """As the kind has it."""
        return list(self.kind.subjects(rule, readings))

    def needs(self, rule: BaseRule, subject: Subject, first: int, last: int, /) -> Sequence[Need]:
        """As the kind has it."""
        return list(self.kind.needs(rule, subject, first, last))

    def judge(
        self, rule: BaseRule, subject: Subject, slot: int, readings: Readings, before: Alert | None, /
    ) -> Verdict:
        """As the kind has it; what it says is kept."""
        verdict = self.kind.judge(rule, subject, slot, readings, before)
        self.verdicts[tuple(sorted(subject.labels.items()))] = verdict
        self.outcomes[verdict.outcome] += 1
        return verdict

    def faults(self, rule: BaseRule, stack: Stack, /) -> Sequence[tuple[str, str, str]]:
        """As the kind has it."""
        return list(self.kind.faults(rule, stack))
