"""What a newcomer sees while there is nothing to show yet: which steps are done, and what happens next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.pages.gather import Facts
from store.messages import Message, Sentence
from store.vocabulary import Job


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the first start: `state` is done, running, waiting or failed; `message` is the job's own word."""

    title: Message
    explanation: Message
    state: str
    message: Sentence = ""
    progress: float | None = None


FirstSteps = tuple[Step, ...]

_STEPS = (
    (
        ("inventory",),
        Message("Find the resources"),
        Message("Describe calls in every account and region of the configuration; they are free."),
    ),
    (
        ("health", "probes"),
        Message("Check their health"),
        Message("Targets, groups, databases, caches, and the addresses that are probed."),
    ),
    (
        ("metrics",),
        Message("Bring the last 24 hours of metrics"),
        Message("From then on every five minutes, at one-minute resolution."),
    ),
    (
        ("backfill",),
        Message("Bring 15 days of history"),
        Message("In the background; what it costs stands under Collectors."),
    ),
)


def first_steps(facts: Facts) -> FirstSteps:
    """The four steps of a first start, each with where its jobs stand."""
    return tuple(
        _step(title, explanation, [job for job in facts.jobs if job.name.partition(":")[0] in kinds])
        for kinds, title, explanation in _STEPS
    )


def _step(title: Message, explanation: Message, jobs: Sequence[Job]) -> Step:
    failed = next((job for job in jobs if job.outcome == "failed"), None)
    if failed:
        return Step(title, explanation, "failed", failed.message)
    progress = history_progress(jobs)
    if jobs and all(job.last_success for job in jobs) and progress is None:
        return Step(title, explanation, "done")
    running = any(job.running for job in jobs) or progress is not None
    return Step(title, explanation, "running" if running else "waiting", progress=progress)


def history_progress(jobs: Sequence[Job]) -> float | None:
    """How far the backfill is over all accounts, 0 to 1; None when it is complete or there is none."""
    parts = [job.progress for job in jobs if job.name.startswith("backfill:") and job.progress is not None]
    if not parts or min(parts) >= 1:
        return None
    return sum(parts) / len(parts)
