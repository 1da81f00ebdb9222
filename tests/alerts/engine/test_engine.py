from __future__ import annotations

from datetime import timedelta
from threading import Event as Flag

import pytest

from alerts.engine.engine import Engine, may_page
from alerts.engine.findings import Round
from alerts.engine.flap import Flapping
from alerts.engine.timing import timing_of
from alerts.engine.watching import Watch
from alerts.proving.hearing import Heard
from alerts.rules.base import BaseRule, Kind, Verdict
from alerts.rules.ruleset import RuleSet
from store import Store
from store.alerting import AlertState, Evaluation
from store.errors import LostClaim
from store.vocabulary import Claim, Event, HealthObservation, Status
from tests.alerts.engine.cpu_world import CPU, World, minute, rules

HELD = CPU | {"for": "2m"}
SITE = {"id": "site-down", "kind": "health", "severity": "page"}


def test_what_crosses_its_limit_fires_as_soon_as_it_is_collected(store: Store) -> None:
    world = World(store)
    quiet, loud = world.go(0, [10, 80])

    assert (list(quiet.fired), len(loud.fired)) == ([], 1)
    episode = store.alerts.episode(loud.fired[0])
    assert episode is not None
    assert (episode.fired_at, episode.noticed_at) == (minute(1), minute(2.5))
    assert episode.alert.summary["en"]
    assert [one.episode for one in store.alerts.transitions()] == [episode.id]
    assert store.notices.due(minute(3))


def test_nothing_is_written_while_nothing_happens(store: Store) -> None:
    world = World(store)
    world.go(0, [10, 12, 11])

    assert store.alerts.current() == []
    assert store.alerts.rule_states()["cpu-high"].evaluated_to == minute(2)


def test_an_end_is_an_end_of_the_same_episode_and_stands_on_the_timeline(store: Store) -> None:
    world = World(store)
    rounds = world.go(0, [80, 90, 10])

    (episode,) = store.alerts.episodes()
    assert list(rounds[-1].resolved) == [episode.id]
    assert (episode.resolved_at, episode.worst) == (minute(2), 90)
    kinds = [one.kind for one in store.events.between(minute(-1), minute(9))]
    assert kinds == ["alert.resolved", "alert.fired"]


def test_a_second_look_at_the_same_minute_changes_nothing(store: Store) -> None:
    world = World(store)
    world.go(0, [80])
    before = store.alerts.current(), store.alerts.transitions(), store.alerts.episodes()

    assert world.look(1.6).evaluations == 0
    assert (store.alerts.current(), store.alerts.transitions(), store.alerts.episodes()) == before


def test_a_new_start_goes_on_where_the_last_one_was(store: Store) -> None:
    world = World(store, rules(HELD))
    world.go(0, [10, 80, 80])
    world.restarted()
    (last,) = world.go(3, [80])

    assert len(last.fired) == 1
    assert store.alerts.episodes()[0].fired_at == minute(3)


def test_minutes_that_were_collected_while_it_was_down_are_judged_when_it_is_back(store: Store) -> None:
    world = World(store, rules(HELD))
    world.go(0, [10])
    world.collect(1, [10, 80, 80, 80, 80])
    world.restarted()
    world.look(6.5)

    (episode,) = store.alerts.episodes()
    assert (episode.fired_at, episode.noticed_at) == (minute(4), minute(6.5))


def test_what_began_and_ended_while_it_was_down_is_history_and_told_to_nobody(store: Store) -> None:
    world = World(store)
    world.go(0, [10])
    world.collect(1, [80, 80, 10, 10])
    world.restarted()
    seen = world.look(5.5)

    (episode,) = store.alerts.episodes()
    assert (list(seen.fired), world.placed) == ([], [])
    assert episode.resolved_at == minute(3)
    assert "nobody was told" in str(episode.alert.reason)


def test_of_a_long_absence_the_missed_minutes_are_counted(store: Store) -> None:
    world = World(store)
    world.go(0, [10])
    world.collect(1, [10] * 200)
    world.restarted()
    seen = world.look(201.5)

    assert (seen.evaluations, seen.missed) == (65, 135)
    assert store.alerts.rule_states()["cpu-high"].missed == 135


def test_a_point_that_comes_late_counts_in_the_window_of_what_comes_after(store: Store) -> None:
    world = World(store, rules(CPU | {"datapoints": {"m": 3, "n": 3}}))
    world.go(0, [10, None, 80])
    assert store.alerts.episodes() == []
    world.collect(1, [80])
    world.go(3, [80])

    assert [one.fired_at for one in store.alerts.episodes()] == [minute(3)]


def test_an_instance_that_is_gone_is_resolved_for_that_reason(store: Store) -> None:
    world = World(store)
    world.go(0, [80])
    store.series.close([world.series[0].id], minute(2))
    seen = world.look(3)

    (episode,) = store.alerts.episodes()
    assert list(seen.resolved) == [episode.id]
    assert "not there any more" in str(episode.alert.reason)


@pytest.mark.parametrize("meanwhile", ["removed", "disabled"])
def test_a_rule_that_is_gone_ends_what_it_had_open(store: Store, meanwhile: str) -> None:
    world = World(store)
    world.go(0, [80])
    others = [CPU | {"id": "other", "condition": {"op": ">", "threshold": 99}}]
    others += [CPU | {"enabled": False}] if meanwhile == "disabled" else []
    world.restarted(rules(*others))
    world.look(2)

    (episode,) = store.alerts.episodes()
    assert not episode.is_open
    assert "removed or disabled" in str(episode.alert.reason)
    assert set(store.alerts.rule_states()) == {"other"}
    assert store.alerts.current() == []


def test_a_rule_whose_hold_was_raised_goes_back_to_pending(store: Store) -> None:
    world = World(store)
    world.go(0, [80, 80])
    world.restarted(rules(CPU | {"for": "10m"}))
    world.go(2, [80])

    assert world.states() == "p"
    assert not store.alerts.episodes()[0].is_open


def test_a_series_that_is_not_collected_keeps_its_alert_and_says_so(store: Store) -> None:
    world = World(store)
    world.go(0, [80])
    world.look(60)

    (alert,) = store.alerts.current()
    assert (alert.state, alert.health) == (AlertState.FIRING, Evaluation.ERROR)
    state = store.alerts.rule_states()["cpu-high"]
    assert state.health is Evaluation.NO_DATA
    assert "not being collected" in str(state.problem)


def test_a_series_without_a_point_has_no_data_and_the_alert_says_nobody_knows(store: Store) -> None:
    world = World(store)
    world.go(0, [80, None, None, None])

    (alert,) = store.alerts.current()
    assert (alert.state, alert.health) == (AlertState.INACTIVE, Evaluation.NO_DATA)
    assert "nobody knows" in str(store.alerts.episodes()[0].alert.reason)


class _Faulty(Heard):
    """A kind with a defect."""

    def judge(self, *_: object) -> Verdict:
        raise ZeroDivisionError("a defect in this rule")


class _WithDefect(RuleSet):
    """A rule set of which the rule `bad` raises."""

    def kind_of(self, rule: BaseRule) -> Kind[BaseRule]:
        kind = super().kind_of(rule)
        return _Faulty(kind) if rule.id == "bad" else kind


def test_a_rule_that_raises_is_contained_and_keeps_its_alerts(store: Store) -> None:
    both = rules(CPU, CPU | {"id": "bad"})
    world = World(store, both)
    world.go(0, [80])
    world.restarted(_WithDefect(both.rules, both.texts, both.versions, both.zone))
    (seen,) = world.go(1, [10])

    alerts = {one.rule_id: one for one in store.alerts.current()}
    assert [name for name, _ in seen.faults] == ["bad"]
    assert (alerts["bad"].state, alerts["bad"].health) == (AlertState.FIRING, Evaluation.ERROR)
    assert alerts["cpu-high"].state is AlertState.INACTIVE
    assert "a defect in this rule" in str(store.alerts.rule_states()["bad"].problem)


def test_a_lost_claim_keeps_nothing_and_the_next_round_does_it_all(store: Store) -> None:
    world = World(store)
    world.collect(0, [80])
    stale = Claim("alerts", minute(0), "somebody", 1, minute(5))
    with pytest.raises(LostClaim):
        world.engine.round(minute(1.5), stale)
    assert store.alerts.episodes() == []

    assert len(world.look(1.6).fired) == 1


def test_another_workers_rounds_are_taken_into_account(store: Store) -> None:
    world = World(store)
    store.jobs.declare([("alerts", 60)], minute(0))
    first, second = world.engine, world.restarted()

    def turn(engine: Engine, at: float) -> Round:
        store.jobs.declare([("alerts", 1)], minute(at))
        claim = store.jobs.claim("alerts", minute(at), "x", 1)
        assert claim is not None
        return engine.round(minute(at), claim)

    world.collect(0, [80])
    assert len(turn(first, 1.5).fired) == 1
    world.collect(1, [10])
    assert len(turn(second, 2.5).resolved) == 1
    world.collect(2, [10])
    assert list(turn(first, 3.5).resolved) == []
    (episode,) = store.alerts.episodes()
    assert episode.resolved_at == minute(1)


def test_a_clock_that_was_set_back_neither_fires_again_nor_resolves(store: Store) -> None:
    world = World(store, rules(SITE | {"for": "2m"}))
    seen = HealthObservation("probe:web", "http", "web", Status.CRITICAL, "no answer", minute(0))
    store.health.record([seen])
    for at in (0.5, 1.5, 2.5, -120, -119, -118):
        world.look(at)

    (episode,) = store.alerts.episodes()
    assert (episode.is_open, episode.flaps, episode.fired_at) == (True, 0, minute(2.5))


def test_health_that_nobody_knows_any_more_resolves_nothing(store: Store) -> None:
    world = World(store, rules(SITE))
    store.health.record([HealthObservation("probe:web", "http", "web", Status.CRITICAL, "no answer", minute(0))])
    world.look(0.5)
    world.look(30)

    (alert,) = store.alerts.current()
    assert (alert.state, alert.health) == (AlertState.FIRING, Evaluation.NO_DATA)


def test_the_last_change_before_a_firing_is_told_with_it(store: Store) -> None:
    world = World(store)
    for at, kind, place in (
        (-30, "deploy.finished", "prod"),
        (-5, "deploy.finished", "dev"),
        (-3, "login.failed", None),
    ):
        store.events.add(Event(f"{kind}:{at}", minute(at), kind, kind, environment=place))
    world.go(0, [80])

    assert store.alerts.episodes()[0].last_change == "deploy.finished:-30"


def test_series_near_their_limit_are_to_be_polled_more_often(store: Store) -> None:
    world = World(store)
    far, near, over = world.go(0, [10, 46, 80])

    assert list(far.promote) == []
    assert list(near.promote) == list(over.promote) == [world.series[0].id]


def test_series_that_page_are_known_for_the_cap(store: Store) -> None:
    paging = World(store)
    paging.look(1)
    assert paging.engine.page_series() == {paging.series[0].id}
    paging.restarted(rules(CPU | {"severity": "warning"}))
    paging.look(2)
    assert paging.engine.page_series() == set()


def test_a_burn_rate_pages_by_its_windows() -> None:
    total = {"namespace": "AWS/ApplicationELB", "name": "RequestCount", "stat": "Sum"}
    burning = {
        "id": "budget",
        "kind": "burn_rate",
        "objective": 99,
        "errors": total | {"name": "Errors"},
        "total": total,
    }
    ruleset = rules(burning)
    rule = ruleset.rules[0]
    assert rule.severity.value == "warning"
    assert may_page(Watch(rule, ruleset.kind_of(rule), timing_of(rule, ruleset.version_of(rule), Flapping()), None))


def test_a_thousand_fire_at_once(store: Store) -> None:
    world = World(store, instances=1000)
    world.collect(0, [80])
    seen = world.look(1.5)

    assert (len(seen.fired), len(set(world.placed))) == (1000, 1000)
    assert len(store.alerts.episodes(open_only=True, limit=2000)) == 1000


def test_asked_to_stop_it_stops_and_goes_on_later(store: Store) -> None:
    world = World(store)
    world.collect(0, [80])
    stopping = Flag()
    stopping.set()

    assert not world.engine.round(minute(1.5), None, stopping).finished
    assert len(world.look(1.6).fired) == 1


def test_what_comes_back_soon_goes_on_with_its_episode_and_is_placed_again(store: Store) -> None:
    world = World(store)
    world.go(0, [80, 10, 80])

    (episode,) = store.alerts.episodes()
    assert (episode.flaps, episode.resolved_at, episode.fired_at) == (1, None, minute(0))
    assert world.placed == [episode.id, episode.id]
    assert episode.noticed_at == minute(0) + timedelta(seconds=90)
