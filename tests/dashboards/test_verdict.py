"""The verdict, mostly by properties: it may be too careful, never too cheerful."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dashboards.verdict import Verdict, is_late, judge, place_name
from store.messages import Message, PluralMessage
from store.stack import Component, Environment, Stack
from store.vocabulary import HealthObservation, HealthState, Job, Resource, Status

NOW = datetime(2026, 11, 23, 3, 4, tzinfo=UTC)
STACK = Stack(
    name="cloudmart",
    environments={"dev": Environment(), "prod": Environment(title="Production")},
    components={"frontend": Component(), "backend": Component(), "network": Component()},
)


def a_check(  # noqa: PLR0913  a test's vocabulary
    status: Status = Status.OK,
    *,
    age: float = 20,
    environment: str | None = "prod",
    component: str | None = "backend",
    kind: str = "target",
    title: str = "target i-1",
    reason: str = "2 of 3 targets answer",
) -> HealthState:
    observed = NOW - timedelta(seconds=age)
    observation = HealthObservation(
        f"{kind}:{environment}:{component}:{title}", kind, title, status, reason, observed, environment, component
    )
    return HealthState(observation, since=observed - timedelta(minutes=10))


def a_job(
    name: str = "health:main/ap-northeast-2", *, age: float | None = 20, every: int = 60, outcome: str = "ok"
) -> Job:
    last = None if age is None else NOW - timedelta(seconds=age)
    return Job(name, every, NOW, outcome=outcome, last_started=last, last_finished=last, last_success=last)


def a_resource(environment: str = "prod", component: str = "backend", *, closed: datetime | None = None) -> Resource:
    return Resource(
        f"arn:{environment}:{component}",
        "autoscaling:group",
        "x",
        "main",
        "r",
        environment,
        component,
        closed_at=closed,
    )


def a_verdict(
    *states: HealthState, jobs: tuple[Job, ...] = (a_job(),), resources: tuple[Resource, ...] = ()
) -> Verdict:
    return judge(STACK, states, jobs, resources, NOW)


statuses = st.sampled_from(Status)
checks = st.builds(
    a_check,
    statuses,
    age=st.floats(-4000, 4000),
    environment=st.sampled_from(["dev", "prod", "other", None]),
    component=st.sampled_from(["frontend", "backend", None]),
    kind=st.sampled_from(["target", "http", "database"]),
    title=st.text(max_size=5),
)
jobs = st.builds(
    a_job,
    st.sampled_from(["health:a/r", "probes", "metrics:a/r", "backfill:a/r", "maintenance", "inventory:a/r"]),
    age=st.none() | st.floats(-4000, 4000),
    every=st.integers(1, 900),
    outcome=st.sampled_from(["", "ok", "partial", "failed"]),
)


@given(st.lists(checks, max_size=6), st.lists(jobs, max_size=5), st.sets(st.sampled_from(["dev", "prod"])))
def test_is_never_ok_while_something_is_unknown_failing_or_stale(
    states: list[HealthState], all_jobs: list[Job], asleep: set[str]
) -> None:
    verdict = judge(STACK, states, all_jobs, [], NOW, asleep=frozenset(asleep))
    if verdict.status is not Status.OK:
        return
    awake = [state for state in states if state.latest.environment not in asleep]
    assert awake
    assert not any(is_late(job, NOW) for job in all_jobs)
    assert all(state.latest.status in {Status.OK, Status.ASLEEP} for state in awake)
    oldest = max(abs(NOW - state.latest.observed_at) for state in awake)
    assert oldest <= timedelta(seconds=max([300, *(3 * job.every for job in all_jobs)]))


@given(st.lists(checks, max_size=6), st.lists(jobs, max_size=5))
def test_components_stand_worst_first_and_each_place_once(states: list[HealthState], all_jobs: list[Job]) -> None:
    verdict = judge(STACK, states, all_jobs, [], NOW)
    ranks = [component.status.rank for component in verdict.components]
    assert ranks == sorted(ranks, reverse=True)
    places = [component.place for component in verdict.components]
    assert len(places) == len(set(places))


@given(st.lists(checks, min_size=1, max_size=6))
def test_a_worse_check_never_makes_the_verdict_better(states: list[HealthState]) -> None:
    before = judge(STACK, states, [a_job()], [], NOW)
    after = judge(STACK, [*states, a_check(Status.CRITICAL, title="new")], [a_job()], [], NOW)
    assert after.status is Status.CRITICAL
    assert after.status.rank >= before.status.rank


def test_says_everything_works_when_all_is_fresh_and_fine() -> None:
    verdict = a_verdict(a_check(age=9), a_check(component="frontend", age=31))
    assert verdict.status is Status.OK
    assert verdict.sentence == Message("Everything that is checked is working.")
    assert verdict.checked_at == NOW - timedelta(seconds=9)
    assert verdict.notes == ()


def test_names_what_fails_with_its_reason_and_since_when() -> None:
    verdict = a_verdict(a_check(), a_check(Status.CRITICAL, title="b", reason="0 of 3 targets answer"))
    assert isinstance(verdict.sentence, PluralMessage)
    assert verdict.sentence.values == {"names": "Production backend"}
    worst = verdict.components[0]
    assert (worst.status, worst.reason) == (Status.CRITICAL, "0 of 3 targets answer")
    assert worst.since == NOW - timedelta(minutes=10, seconds=20)


def test_an_old_observation_is_unknown_whatever_it_said() -> None:
    verdict = a_verdict(a_check(age=181))
    assert verdict.status is Status.UNKNOWN
    assert verdict.components[0].checks[0].stale
    assert verdict.components[0].reason == Message("No fresh answer: %(title)s.", title="target i-1")


def test_a_late_metrics_job_makes_the_whole_unknown_and_names_itself() -> None:
    verdict = a_verdict(a_check(), jobs=(a_job(), a_job("metrics:main/r", every=300, age=901)))
    assert verdict.status is Status.UNKNOWN
    assert [job.name for job in verdict.late] == ["metrics:main/r"]
    assert isinstance(verdict.sentence, PluralMessage)
    assert "is late" in verdict.sentence.one


def test_a_job_in_its_first_run_is_awaited_and_not_called_late() -> None:
    verdict = a_verdict(a_check(), jobs=(a_job(), a_job("metrics:main/r", every=300, age=None)))
    assert verdict.status is Status.UNKNOWN
    assert verdict.sentence == Message("Not everything is known yet: first runs are under way.")


def test_a_partial_answer_is_an_answer() -> None:
    finished = NOW - timedelta(seconds=20)
    job = Job("metrics:main/r", 60, NOW, outcome="partial", last_finished=finished)
    assert not is_late(job, NOW)


def test_a_late_backfill_leaves_the_verdict_alone() -> None:
    assert a_verdict(a_check(), jobs=(a_job(), a_job("backfill:main/r", age=None))).status is Status.OK


def test_nothing_is_known_before_the_first_run() -> None:
    verdict = a_verdict(jobs=(a_job(age=None),))
    assert verdict.status is Status.UNKNOWN
    assert verdict.sentence == Message("Nothing is known yet: the first checks are under way.")


def test_an_uncovered_component_is_unknown_and_named_but_does_not_hide_the_rest() -> None:
    verdict = a_verdict(a_check(), resources=(a_resource(), a_resource("prod", "network")))
    assert verdict.status is Status.OK
    uncovered = verdict.components[-1]
    assert (uncovered.component, uncovered.status, uncovered.covered) == ("network", Status.UNKNOWN, False)
    assert isinstance(verdict.notes[0], PluralMessage)
    assert verdict.notes[0].values == {"names": "Production network"}


def test_a_component_whose_resources_all_vanished_is_missed_for_a_week() -> None:
    frontend = a_check(component="frontend")
    missed = a_verdict(frontend, resources=(a_resource(closed=NOW - timedelta(days=1)),))
    assert missed.status is Status.UNKNOWN
    assert missed.components[0].reason == Message("All its resources are gone from AWS.")
    retired = a_verdict(frontend, resources=(a_resource(closed=NOW - timedelta(days=8)),))
    assert retired.status is Status.OK


def test_a_sleeping_environment_is_asleep_and_not_red() -> None:
    states = [a_check(Status.CRITICAL, environment="dev"), a_check()]
    verdict = judge(STACK, states, [a_job()], [], NOW, asleep=frozenset({"dev"}))
    assert verdict.status is Status.OK
    assert [component.status for component in verdict.components] == [Status.ASLEEP, Status.OK]
    alone = judge(STACK, states[:1], [a_job()], [], NOW, asleep=frozenset({"dev"}))
    assert (alone.status, alone.sentence) == (Status.ASLEEP, Message("Everything is asleep."))


def test_tells_where_nothing_was_ever_found() -> None:
    assert ("dev", "network") in a_verdict(a_check()).absent
    assert ("prod", "backend") not in a_verdict(a_check()).absent


def test_a_place_is_called_by_its_titles() -> None:
    assert place_name(STACK, ("prod", "backend")) == "Production backend"
    assert place_name(STACK, ("", "")) == "stack"
