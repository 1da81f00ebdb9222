"""What the page says where costs are missing or old: why, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboards.pages.cost.reading import Known
from dashboards.site import Site
from store.messages import Message, Sentence


@dataclass(frozen=True, slots=True)
class State:
    """Why there is nothing, or nothing new. `severity` is `error`, `warn` or empty for what will pass by itself."""

    title: Sentence
    told: Sentence
    remedy: Sentence = ""
    severity: str = ""


def state_of(site: Site, known: Known, now: datetime) -> State | None:
    """What is to be said; None where costs are known and fresh."""
    if not known.reads:
        return _nothing(site, known)
    if known.stale(now):
        return _stale(site, known)
    problem = known.problem
    if problem is not None:
        return State(Message("Not everything could be read"), problem.message, severity="warn")
    return None


def _nothing(site: Site, known: Known) -> State:
    reading = [job for job in known.jobs if job.name.partition(":")[0] == "costs"]
    failed = next((job for job in reading if job.outcome == "failed"), None)
    if failed is not None:
        return State(
            Message("Costs could not be read"),
            failed.message,
            Message(
                "Run lamplighter doctor: it names what is missing. Cost Explorer has to be opened once in the "
                "billing console, and has first costs a day later."
            ),
            "error",
        )
    if not site.costs.enabled:
        return State(
            Message("Costs are not read"),
            Message("collect.costs.enabled is false in lamplighter.yaml."),
            Message("Set it to true. A stack of ten services costs less than $3 a month to read."),
        )
    if not reading:
        return State(
            Message("No costs yet"),
            Message("Nothing has asked Cost Explorer so far."),
            Message("Start the worker: lamplighter serve. Imported bills are shown by lamplighter cost total."),
        )
    return State(
        Message("No costs yet"),
        Message("Cost Explorer is being asked for the last 13 months; that takes some minutes."),
        Message("This page shows them when they are there. A new account has its first costs after a day."),
    )


def _stale(site: Site, known: Known) -> State:
    title = Message("Costs are older than they should be")
    problem = known.problem
    if problem is not None:
        return State(title, problem.message, Message("Run lamplighter doctor: it names what is missing."), "warn")
    if not site.costs.enabled:
        told = Message("collect.costs.enabled is false in lamplighter.yaml.")
        return State(title, told, Message("What is shown is what was last read."), "warn")
    told = Message("They are read three times a day; nothing has come for more than a day.")
    return State(title, told, Message("See whether the worker runs: the Collectors page tells."), "warn")
