"""The ledger's entries of accepted savings: what each day was to save, and what the bill bears out of it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from finops.ledger import words
from finops.ledger.baseline import LEAST_BEFORE, Baseline, Observed, fit
from finops.ledger.stops import StoppedDay
from finops.ledger.treated import Billed, Scope, control_keys, narrowest, scopes_for, series
from finops.ledger.verifying import LEAST_DAYS, Outcome, Verdict, blocks, judge
from finops.series import DAY
from store.messages import Sentence
from store.money import LedgerEntry, Saving, SavingState, View

BEFORE = timedelta(days=56)
"""Eight weeks before acceptance that the baseline is learnt from."""
TOGETHER = timedelta(days=LEAST_BEFORE)
"""Savings of one scope that were accepted so near each other cannot be told apart: they share by what is expected."""
KIND = "saving"
SCHEDULE = "no-schedule"
"""The rule whose savings are shutdowns, which have entries of their own."""
_MONTH_HOURS = Decimal(730)
_EXACT = Decimal("0.0000000001")
IN_FORCE = (SavingState.ACCEPTED, SavingState.VERIFIED)


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known in one currency: costs by view, and what stops were to save."""

    views: Mapping[View, Billed] = field(default_factory=dict)
    stopped: Sequence[StoppedDay] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one accepted saving. `verified` is None while nothing was judged; `verified_to` is exclusive."""

    saving: Saving
    entries: Sequence[LedgerEntry]
    state: SavingState = SavingState.ACCEPTED
    verified: Decimal | None = None
    verified_to: date | None = None


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Savings of one scope that are judged together; [`since`, `until`) are the days before them."""

    scope: Scope
    savings: Sequence[Saving]
    since: date
    until: date


def accepted_on(saving: Saving) -> date:
    """The day of the decision. It is a part of a day, so the next one is the first that counts."""
    return (saving.decided_at or saving.found_at).date()


def a_day(saving: Saving) -> Decimal:
    """What it is to save a day."""
    return (saving.monthly * 24 / _MONTH_HOURS).quantize(_EXACT)


def work_out(savings: Iterable[Saving], grounds: Mapping[str, Ground], now: datetime) -> list[Result]:
    """The results of all savings that are in force."""
    results: list[Result] = []
    by_currency: dict[str, list[Saving]] = defaultdict(list)
    for one in savings:
        if one.state in IN_FORCE and accepted_on(one) < now.date():
            by_currency[one.currency].append(one)
    for currency, some in sorted(by_currency.items()):
        results += _of_currency(some, grounds.get(currency, Ground()), now)
    return results


def by_shutdowns(saving: Saving, shutdowns: Iterable[LedgerEntry]) -> Result:
    """A schedule that was accepted: what the shutdowns of its environment saved since. It has no entries of its own."""
    since = [
        one
        for one in shutdowns
        if (one.environment, one.currency) == (saving.environment, saving.currency)
        and one.day > accepted_on(saving)
        and one.billed is not None
    ]
    if len(since) < LEAST_DAYS:
        return Result(saving, ())
    saved = sum((one.billed or Decimal(0) for one in since), Decimal(0))
    enough = saved > 0 and saved >= sum((one.expected for one in since), Decimal(0)) / 2
    state = SavingState.VERIFIED if enough else SavingState.ACCEPTED
    return Result(saving, (), state, saved, max(one.day for one in since) + DAY)


def _of_currency(savings: Sequence[Saving], ground: Ground, now: datetime) -> Iterator[Result]:
    by_scope: dict[Scope, list[Saving]] = defaultdict(list)
    for one in sorted(savings, key=lambda each: (accepted_on(each), each.id)):
        scope = narrowest(one, ground.views, _days(ground, one, now))
        if scope is None:
            yield Result(one, _entries(one, {}, {}, words.no_scope(one.currency), now))
        else:
            by_scope[scope].append(one)
    clusters = [cluster for scope, some in by_scope.items() for cluster in _clusters(scope, some)]
    credited: list[tuple[Saving, Mapping[date, Decimal]]] = []
    # The latest first: what it saved is not also what an earlier one saved.
    for cluster in sorted(clusters, key=lambda each: (each.until, each.scope.keys[0] or ""), reverse=True):
        for result in _of_cluster(cluster, ground, clusters, credited, now):
            credited.append((result.saving, {one.day: one.billed or Decimal(0) for one in result.entries}))
            yield result


def _days(ground: Ground, one: Saving, now: datetime) -> list[date]:
    """The final days before its acceptance, of any of its views."""
    end = min(accepted_on(one), now.date())
    every = {day for scope in scopes_for(one) for day in ground.views.get(scope.view, Billed()).final}
    return sorted(day for day in every if end - BEFORE <= day < end)


def _clusters(scope: Scope, savings: Sequence[Saving]) -> Iterator[_Cluster]:
    groups: list[list[Saving]] = []
    for one in savings:
        if groups and accepted_on(one) - accepted_on(groups[-1][0]) < TOGETHER:
            groups[-1].append(one)
        else:
            groups.append([one])
    last: date | None = None
    for some in groups:
        until = accepted_on(some[0])
        yield _Cluster(scope, some, max(until - BEFORE, last + DAY) if last else until - BEFORE, until)
        last = accepted_on(some[-1])


def _of_cluster(
    cluster: _Cluster,
    ground: Ground,
    clusters: Sequence[_Cluster],
    credited: Sequence[tuple[Saving, Mapping[date, Decimal]]],
    now: datetime,
) -> Iterator[Result]:
    known, scope = ground.views[cluster.scope.view], cluster.scope
    others = [each.scope for each in clusters if each.until >= cluster.since and each is not cluster]
    control = control_keys(scope, known, others)
    added = _added(scope, ground.stopped, credited)
    before = [day for day in sorted(known.final) if cluster.since <= day < cluster.until]
    after = [day for day in sorted(known.final) if cluster.until < day < now.date()]
    every = series(scope, known, control, added)
    model = fit([every[day] for day in before])
    verdicts: dict[date, Verdict] = {}
    done, left = blocks(after)
    if model is None:
        note: Sentence = words.nothing_before(len(before))
    else:
        note = words.waiting(len(left)) if not done else words.not_final()
        for days in done:
            verdict = _judged(model, cluster, [every[day] for day in days])
            verdicts |= dict.fromkeys(days, verdict)
    for one in cluster.savings:
        yield _result(one, cluster, verdicts, note, now)


def _judged(model: Baseline, cluster: _Cluster, observed: Sequence[Observed]) -> Verdict:
    days = [one.day for one in observed]
    expected = sum(float(a_day(one)) * sum(day > accepted_on(one) for day in days) for one in cluster.savings)
    return judge(model, observed, expected / len(days))


def _added(
    scope: Scope, stopped: Iterable[StoppedDay], credited: Iterable[tuple[Saving, Mapping[date, Decimal]]]
) -> dict[date, Decimal]:
    """What stops and later savings took off a scope on each day: that is not what this one saved."""
    added: dict[date, Decimal] = defaultdict(Decimal)
    for one in stopped:
        if _within(scope, one.environment, one.component, one.service):
            added[one.day] += one.expected
    for saving, days in credited:
        if _within(scope, saving.environment, saving.component, saving.service):
            for day, amount in days.items():
                added[day] += amount
    return added


def _within(scope: Scope, environment: str | None, component: str | None, service: str | None) -> bool:
    names = {"environment": environment, "component": component, "service": service}
    keys = [names.get(name) or "" for name in scope.view.dimensions]
    return scope.holds(keys)


def _result(
    saving: Saving, cluster: _Cluster, verdicts: Mapping[date, Verdict], note: Sentence, now: datetime
) -> Result:
    billed: dict[date, Decimal] = {}
    notes: dict[date, Sentence] = {}
    for day, verdict in verdicts.items():
        if day > accepted_on(saving):
            billed[day] = _share(saving, cluster, day, verdict)
            notes[day] = words.told(verdict, cluster.scope.text(), saving.currency)
    entries = _entries(saving, billed, notes, note, now)
    if not billed:
        return Result(saving, entries)
    last = verdicts[max(billed)]
    holds = last.outcome is Outcome.VERIFIED and not last.ended
    state = SavingState.VERIFIED if holds else SavingState.ACCEPTED
    return Result(saving, entries, state, sum(billed.values(), Decimal(0)), max(billed) + DAY)


def _share(saving: Saving, cluster: _Cluster, day: date, verdict: Verdict) -> Decimal:
    """A saving's part of what its scope cost less on a day, by what is expected of those in force by then."""
    if not verdict.outcome.counts:
        return Decimal(0)
    together = sum((a_day(one) for one in cluster.savings if day > accepted_on(one)), Decimal(0))
    part = a_day(saving) / together if together else Decimal(0)
    return (Decimal(repr(verdict.days[day])) * part).quantize(_EXACT)


def _entries(
    saving: Saving, billed: Mapping[date, Decimal], notes: Mapping[date, Sentence], note: Sentence, now: datetime
) -> list[LedgerEntry]:
    first = accepted_on(saving) + DAY
    days = (first + number * DAY for number in range((now.date() - first).days))
    return [
        LedgerEntry(
            id=f"{KIND}:{saving.id}:{day}",
            day=day,
            kind=KIND,
            subject=(saving.resource_id or saving.id).rpartition("/")[2],
            currency=saving.currency,
            expected=a_day(saving),
            recorded_at=now,
            billed=billed.get(day),
            environment=saving.environment,
            component=saving.component,
            basis_note=notes.get(day, note),
            detail=(("saving", saving.id), ("rule", saving.rule)),
        )
        for day in days
    ]
