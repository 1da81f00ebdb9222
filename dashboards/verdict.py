"""The verdict: from what the checks and jobs last said, how each component is, and one sentence for the banner.

Pure. What is not known is never called fine: an observation that is too old counts as unknown, a component whose
resources all vanished is unknown, and while a job that observes is late the whole is unknown. A component that no check
covers is shown as unknown and named in a note, but does not hide the state of what is covered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.jobs import job_titles
from store.messages import Message, PluralMessage, Sentence, joined
from store.stack import Stack
from store.vocabulary import HealthState, Job, Resource, Status

Place = tuple[str, str]
"""An (environment, component); an empty word where an observation names none."""

OBSERVERS = ("health", "probes", "metrics", "inventory")
"""Kinds of jobs without which the verdict knows less than it says. Backfill and maintenance are not among them."""
MISSED_RUNS = 3
"""Intervals after which what was observed counts as old: one run may fail and be repeated without alarm."""
LEAST_PATIENCE = timedelta(minutes=3)
PATIENCE_WITHOUT_JOB = timedelta(minutes=5)
GONE_FOR = timedelta(days=7)
"""How long a component whose resources all vanished is missed before it counts as retired."""
NAMED = 3
"""Components named in a sentence before the others are counted."""
_PROBED = ("http", "tcp", "tls")


@dataclass(frozen=True, slots=True)
class CheckVerdict:
    """One check, with the status that can be said of it now: unknown where its observation is too old."""

    state: HealthState
    status: Status
    stale: bool


@dataclass(frozen=True, slots=True)
class ComponentVerdict:
    """How one component of one environment is.

    `checks` are its checks, worst first. `covered` is False where nothing checks it: such a component is unknown but
    does not count for the whole. `since` is the time from which the deciding check has had its status; `checked_at`
    the newest observation.
    """

    environment: str
    component: str
    status: Status
    reason: Sentence
    checks: tuple[CheckVerdict, ...] = ()
    covered: bool = True
    since: datetime | None = None
    checked_at: datetime | None = None

    @property
    def place(self) -> Place:
        """Its (environment, component)."""
        return self.environment, self.component


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the whole stack is. `components` are worst first, those that nothing checks at the end.

    `notes` say what the sentence leaves out; `late` are the observing jobs that are overdue; `absent` the places of the
    stack where nothing was ever found.
    """

    status: Status
    sentence: Sentence
    notes: tuple[Sentence, ...]
    components: tuple[ComponentVerdict, ...]
    checked_at: datetime | None
    late: tuple[Job, ...]
    absent: tuple[Place, ...]


def judge(  # noqa: PLR0913  each is one kind of fact
    stack: Stack,
    states: Iterable[HealthState],
    jobs: Sequence[Job],
    resources: Iterable[Resource],
    now: datetime,
    *,
    asleep: frozenset[str] = frozenset(),
) -> Verdict:
    """Judge the stack as of `now`. `resources` include closed ones; `asleep` are environments put to sleep."""
    checks: defaultdict[Place, list[CheckVerdict]] = defaultdict(list)
    for state in states:
        latest = state.latest
        checks[latest.environment or "", latest.component or ""].append(judge_check(state, jobs, now))
    found: defaultdict[Place, list[Resource]] = defaultdict(list)
    for resource in resources:
        if resource.environment and resource.component:
            found[resource.environment, resource.component].append(resource)
    declared = [(environment, component) for environment in stack.environments for component in stack.components]
    order = {place: index for index, place in enumerate([*declared, *sorted({*checks, *found} - {*declared})])}
    judged = [
        verdict
        for place in order
        if (verdict := _judge_component(place, checks[place], found[place], now, asleep=place[0] in asleep))
    ]
    judged.sort(key=lambda verdict: (not verdict.covered, -verdict.status.rank, order[verdict.place]))
    late = tuple(job for job in jobs if is_late(job, now))
    known = {verdict.place for verdict in judged}
    status = _whole(judged, late)
    return Verdict(
        status=status,
        sentence=_sentence(stack, status, judged, late, jobs),
        notes=tuple(_notes(stack, status, judged, late)),
        components=tuple(judged),
        checked_at=max((verdict.checked_at for verdict in judged if verdict.checked_at), default=None),
        late=late,
        absent=tuple(place for place in declared if place not in known),
    )


def is_late(job: Job, now: datetime) -> bool:
    """Whether an observing job has not answered for so long that what it observes is no longer known."""
    if job.name.partition(":")[0] not in OBSERVERS:
        return False
    answered = answered_at(job)
    return answered is None or abs(now - answered) > _patience(job)


def answered_at(job: Job) -> datetime | None:
    """When a job last brought something home: its last success, or a later run that was answered in part."""
    times = [job.last_success, job.last_finished if job.outcome == "partial" else None]
    return max((time for time in times if time), default=None)


def _patience(job: Job) -> timedelta:
    return max(MISSED_RUNS * timedelta(seconds=job.every), LEAST_PATIENCE)


def judge_check(state: HealthState, jobs: Sequence[Job], now: datetime) -> CheckVerdict:
    """Judge one check as of `now`: it is unknown when the jobs that look at it should have looked again by now."""
    observer = "probes" if state.latest.kind in _PROBED else "health"
    allowed = [_patience(job) for job in jobs if job.name.partition(":")[0] == observer]
    # An observation from the future is no fresher than one from the past: some clock is wrong.
    stale = abs(now - state.latest.observed_at) > max(allowed, default=PATIENCE_WITHOUT_JOB)
    return CheckVerdict(state, Status.UNKNOWN if stale else state.latest.status, stale)


def _judge_component(
    place: Place, checks: list[CheckVerdict], found: list[Resource], now: datetime, *, asleep: bool
) -> ComponentVerdict | None:
    checks = sorted(checks, key=lambda check: (-check.status.rank, check.state.latest.title))
    if not checks:
        return _without_checks(place, found, now, asleep=asleep)
    worst = checks[0]
    status, reason = worst.status, _reason(worst)
    if asleep:
        status, reason = Status.ASLEEP, Message("It was put to sleep.")
    checked_at = max(check.state.latest.observed_at for check in checks)
    return ComponentVerdict(*place, status, reason, tuple(checks), since=worst.state.since, checked_at=checked_at)


def _reason(check: CheckVerdict) -> Sentence:
    if check.stale:
        return Message("No fresh answer: %(title)s.", title=check.state.latest.title)
    return check.state.latest.reason


def _without_checks(place: Place, found: list[Resource], now: datetime, *, asleep: bool) -> ComponentVerdict | None:
    if not found:
        return None
    if asleep:
        return ComponentVerdict(*place, Status.ASLEEP, Message("It was put to sleep."))
    closed = [resource.closed_at for resource in found if resource.closed_at]
    if len(closed) < len(found):
        return ComponentVerdict(*place, Status.UNKNOWN, Message("No health check covers it."), covered=False)
    gone = max(closed)
    if now - gone > GONE_FOR:
        return None
    return ComponentVerdict(*place, Status.UNKNOWN, Message("All its resources are gone from AWS."), since=gone)


def _whole(judged: Sequence[ComponentVerdict], late: Sequence[Job]) -> Status:
    covered = [verdict.status for verdict in judged if verdict.covered]
    if not covered:
        return Status.UNKNOWN
    if all(status is Status.ASLEEP for status in covered):
        return Status.UNKNOWN if late else Status.ASLEEP
    worst = max((status for status in covered if status is not Status.ASLEEP), key=lambda status: status.rank)
    return Status.UNKNOWN if late and worst.rank < Status.UNKNOWN.rank else worst


def _sentence(
    stack: Stack, status: Status, judged: Sequence[ComponentVerdict], late: Sequence[Job], jobs: Sequence[Job]
) -> Sentence:
    which = [verdict for verdict in judged if verdict.status is status and verdict.covered]
    names = _names(stack, which)
    count = len(which)
    match status:
        case Status.CRITICAL:
            return PluralMessage(
                "%(names)s is failing.", "%(num)s components are failing: %(names)s.", count, names=names
            )
        case Status.WARN:
            return PluralMessage(
                "%(names)s needs attention.", "%(num)s components need attention: %(names)s.", count, names=names
            )
        case Status.ASLEEP:
            return Message("Everything is asleep.")
        case Status.OK:
            return Message("Everything that is checked is working.")
        case Status.UNKNOWN:
            return _unknown(count, names, late, jobs)


def _unknown(count: int, names: Sentence, late: Sequence[Job], jobs: Sequence[Job]) -> Sentence:
    if count:
        return PluralMessage(
            "The state of %(names)s is not known.",
            "The state of %(num)s components is not known: %(names)s.",
            count,
            names=names,
        )
    if not any(answered_at(job) for job in jobs):
        return Message("Nothing is known yet: the first checks are under way.")
    return _lateness(late) if late else Message("Nothing is checked: no health check covers this stack.")


def _lateness(late: Sequence[Job]) -> Sentence:
    if all(job.last_finished is None for job in late):
        return Message("Not everything is known yet: first runs are under way.")
    kinds = job_titles(job.name for job in late)
    return PluralMessage(
        "Not everything is known: the job %(names)s is late.",
        "Not everything is known: %(num)s jobs are late: %(names)s.",
        len(kinds),
        names=_listed(kinds),
    )


def _notes(stack: Stack, status: Status, judged: Sequence[ComponentVerdict], late: Sequence[Job]) -> Iterable[Sentence]:
    if late and any(verdict.status is status and verdict.covered for verdict in judged):
        yield _lateness(late)
    asleep = [verdict for verdict in judged if verdict.status is Status.ASLEEP]
    if asleep and status is not Status.ASLEEP:
        names = _names(stack, asleep)
        yield PluralMessage(
            "%(names)s is asleep.", "%(num)s components are asleep: %(names)s.", len(asleep), names=names
        )
    uncovered = [verdict for verdict in judged if not verdict.covered]
    if uncovered:
        yield PluralMessage(
            "No health check covers %(names)s.",
            "No health check covers %(num)s components: %(names)s.",
            len(uncovered),
            names=_names(stack, uncovered),
        )


def _names(stack: Stack, verdicts: Sequence[ComponentVerdict]) -> Sentence:
    return _listed([place_name(stack, verdict.place) for verdict in verdicts])


def _listed(names: Sequence[Sentence]) -> Sentence:
    if len(names) <= NAMED + 1:
        return joined(", ", names)
    return Message("%(names)s and %(num)s more", names=joined(", ", names[:NAMED]), num=len(names) - NAMED)


def place_name(stack: Stack, place: Place) -> str:
    """What people call a component of an environment: the titles of both, or their names.

    What a title says in brackets at its end, such as "Backend (EC2, ALB)", is left out: it explains, it does not name.
    """
    environment, component = place
    titles = (
        stack.environments[environment].title if environment in stack.environments else "",
        split_title(stack.components[component].title)[0] if component in stack.components else "",
    )
    return " ".join(title or name for title, name in zip(titles, place, strict=True) if title or name) or "stack"


def split_title(title: str) -> tuple[str, str]:
    """A title's name and what it says in brackets at its end: `Backend (EC2, ALB)` is Backend, of EC2, ALB."""
    name, bracket, rest = title.partition(" (")
    return (name, rest[:-1]) if bracket and name and rest.endswith(")") else (title, "")
