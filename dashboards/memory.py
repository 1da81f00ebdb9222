"""What was last known, kept beside the store for the moments in which the store is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app

from dashboards.site import Site
from dashboards.verdict import Verdict, judge
from store.messages import Sentence

EXTENSION = "lamplighter.last_known"


@dataclass(frozen=True, slots=True)
class LastKnown:
    """The verdict's sentence as it was when the store last answered."""

    sentence: Sentence
    at: datetime


def read_verdict(site: Site, now: datetime) -> Verdict:
    """Judge the stack from what the store holds now, and remember the sentence.

    Raises:
        StoreError: the store does not answer.
    """
    store = site.store
    resources = store.resources.find(include_closed=True)
    verdict = judge(site.stack, store.health.states(), store.jobs.all(), resources, now, asleep=store.power.asleep(now))
    remember(verdict, now)
    return verdict


def remember(verdict: Verdict, now: datetime) -> None:
    """Keep what a verdict says, for the moments in which the store is away."""
    current_app.extensions[EXTENSION] = LastKnown(verdict.sentence, now)


def last_known(app: Flask) -> LastKnown | None:
    """What the verdict said when the store last answered; None where it never did since the start."""
    known: LastKnown | None = app.extensions.get(EXTENSION)
    return known
