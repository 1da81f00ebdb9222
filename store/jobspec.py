"""The shape of recurring work that a wing hands to the service to run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event as Flag

from store.vocabulary import Claim, JobOutcome


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a run is given: the one `now` of the run, its claim, a flag that asks it to stop, a way to tell progress.

    Long work looks at `stopping` between steps and returns early; what is left is due again. `progress` takes 0 to 1.
    """

    now: datetime
    claim: Claim
    stopping: Flag
    progress: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class JobSpec:
    """One recurring job. `every` is its interval; a run that takes longer than `timeout` is reported as hung.

    A `prompt` job starts at its slot to the second: it calls no AWS, so there is no crowd to keep out of. The jobs
    named in `then` look at what it finds: they are due at once when a run of it has ended.
    """

    name: str
    every: timedelta
    run: Callable[[JobContext], JobOutcome]
    timeout: timedelta = timedelta(minutes=5)
    prompt: bool = False
    then: Sequence[str] = ()
