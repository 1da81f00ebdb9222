"""What people ask of alerts: acknowledge, silence and their ends; nothing that they send is trusted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.intents import ACKNOWLEDGE, EXPIRE, KINDS, SILENCE, UNACKNOWLEDGE, carry_out
from alerts.routing.config import RoutingConfig
from alerts.routing.dispatcher import Dispatcher
from alerts.routing.matching import holds_all
from alerts.routing.router import Router
from store import Store
from store.alerting import Episode
from store.stack import Stack
from store.vocabulary import Event, Intent
from tests.alerts.routing.group_log import START, an_episode, over

NOW = START + timedelta(minutes=5)
ROUTER = Router(RoutingConfig(), Stack(), ["ops"])


def commit(store: Store, *episodes: Episode) -> None:
    placements = [place for episode in episodes if episode.is_open for place in ROUTER.place(episode, START)]
    store.alerts.commit_round(episodes=episodes, placements=placements)


def ask(store: Store, kind: str, payload: Any, actor: str = "minji", name: str = "i1") -> tuple[str, str]:  # noqa: ANN401  whatever people send
    state, result = carry_out(store, Intent(name, kind, actor, NOW, payload), NOW)
    return state, str(result)


def events(store: Store) -> list[Event]:
    found = store.events.between(START, NOW + timedelta(days=1))
    return [event for event in found if event.kind.startswith(("alert.ack", "alert.unack", "silence."))]


def test_an_acknowledgement_is_kept_with_its_actor_and_in_the_audit(store: Store) -> None:
    commit(store, an_episode("a"), an_episode("b"))
    assert ask(store, ACKNOWLEDGE, {"episodes": ["e-a", "e-b"]}) == ("done", "2 alerts acknowledged")
    kept = store.alerts.episode("e-a")
    assert kept is not None
    assert (kept.acknowledged_by, kept.acknowledged_at) == ("minji", NOW)
    [event] = events(store)
    assert (event.kind, event.actor, event.title) == ("alert.acknowledged", "minji", "Acknowledged: cpu-high")
    assert (event.environment, event.component) == ("prod", "backend")


def test_the_same_click_twice_changes_nothing_and_another_person_hears_who_was_first(store: Store) -> None:
    commit(store, an_episode("a"))
    payload = {"episode": "e-a"}
    assert ask(store, ACKNOWLEDGE, payload) == ("done", "1 alert acknowledged")
    assert ask(store, ACKNOWLEDGE, payload) == ("done", "You had acknowledged it already")
    assert ask(store, ACKNOWLEDGE, payload, "jun", "i2") == ("done", "minji had acknowledged it already")
    assert len(events(store)) == 1


def test_an_acknowledgement_is_taken_back_once(store: Store) -> None:
    commit(store, an_episode("a"))
    ask(store, ACKNOWLEDGE, {"episode": "e-a"})
    assert ask(store, UNACKNOWLEDGE, {"episode": "e-a"}, "jun", "i2") == ("done", "The acknowledgement was taken back")
    assert ask(store, UNACKNOWLEDGE, {"episode": "e-a"}, "jun", "i2") == ("done", "It was not acknowledged")
    assert sorted(event.kind for event in events(store)) == ["alert.acknowledged", "alert.unacknowledged"]


def test_a_notice_is_acknowledged_as_a_whole(store: Store) -> None:
    commit(store, an_episode("a"), an_episode("b"))
    Dispatcher(store, ROUTER).flush_due(NOW)
    [row] = store.outbox.deliveries()
    commit(store, over(an_episode("b"), NOW))
    assert ask(store, ACKNOWLEDGE, {"notice": row.draft.notice}) == ("done", "1 alert acknowledged")
    kept = store.alerts.episode("e-b")
    assert kept is not None
    assert kept.acknowledged_at is None


def test_what_is_over_is_not_acknowledged(store: Store) -> None:
    commit(store, over(an_episode("a"), NOW))
    assert ask(store, ACKNOWLEDGE, {"episode": "e-a"})[0] == "refused"


def test_a_silence_of_an_alert_fits_it_and_its_next_firing_and_no_other(store: Store) -> None:
    commit(store, an_episode("a"))
    assert ask(store, SILENCE, {"episode": "e-a", "seconds": 3600, "comment": " deploy "}) == (
        "done",
        "Silenced for 1h",
    )
    assert ask(store, SILENCE, {"episode": "e-a", "seconds": 3600})[0] == "done", "the same click again"
    [silence] = store.silences.active(NOW)
    assert (silence.created_by, silence.comment, silence.ends_at) == ("minji", "deploy", NOW + timedelta(hours=1))
    assert {(each.label, each.op, each.value) for each in silence.matchers} == {
        ("rule", "=", "cpu-high"),
        ("name", "=", "a"),
        ("environment", "=", "prod"),
        ("component", "=", "backend"),
    }


def test_a_silence_of_a_budgets_forecast_lets_its_end_and_the_next_period_through(store: Store) -> None:
    def labels(period: str = "2026-11-01", basis: str = "forecast", rule: str = "budget-forecast") -> dict[str, str]:
        return {"budget": "prod", "basis": basis, "period": period, "threshold": "100", "rule": rule, "name": "b"}

    place = {"environment": "prod", "component": "backend"}
    commit(
        store,
        an_episode("b", rule="budget-forecast", budget="prod", basis="forecast", period="2026-11-01", threshold="100"),
    )
    assert ask(store, SILENCE, {"episode": "e-b", "seconds": 30 * 86400})[0] == "done"
    [silence] = store.silences.active(NOW)
    quiet = holds_all(silence.matchers)
    assert quiet(labels() | place)
    assert not quiet(labels(basis="actual", rule="budget-actual") | place)
    assert not quiet(labels("2026-12-01") | place)


def test_a_silence_of_a_notice_fits_what_its_alerts_share(store: Store) -> None:
    commit(store, an_episode("a"), an_episode("b", rule="memory.high"))
    Dispatcher(store, ROUTER).flush_due(NOW)
    [row] = store.outbox.deliveries()
    ask(store, SILENCE, {"notice": row.draft.notice, "seconds": 600})
    [silence] = store.silences.active(NOW)
    assert {(each.label, each.op, each.value) for each in silence.matchers} == {
        ("environment", "=", "prod"),
        ("component", "=", "backend"),
        ("rule", "=~", r"cpu\-high|memory\.high"),
    }


def test_a_silence_ends_once_and_says_who_ended_it(store: Store) -> None:
    ask(store, SILENCE, {"matchers": ["component=db", {"label": "rule", "op": "=~", "value": "x|y"}], "seconds": 600})
    [silence] = store.silences.active(NOW)
    assert ask(store, EXPIRE, {"id": silence.id}, "jun", "i2") == ("done", "The silence ended")
    assert ask(store, EXPIRE, {"id": silence.id}, "minji", "i3") == ("done", "jun had ended this silence already")
    assert store.silences.active(NOW + timedelta(seconds=1)) == []


@pytest.mark.parametrize(
    ("kind", "payload", "said"),
    [
        (ACKNOWLEDGE, {}, "names nothing"),
        (ACKNOWLEDGE, {"episode": "e-none"}, "no such alert"),
        (ACKNOWLEDGE, {"episode": ["e-a"]}, "names nothing"),
        (ACKNOWLEDGE, {"episode": "'; drop table episodes"}, "names nothing"),
        (ACKNOWLEDGE, {"episodes": "e-a"}, "between 1 and"),
        (ACKNOWLEDGE, {"episodes": []}, "between 1 and"),
        (ACKNOWLEDGE, {"episodes": ["e-a"] * 1001}, "between 1 and"),
        (ACKNOWLEDGE, {"notice": "n-none"}, "no such notice"),
        (SILENCE, {"episode": "e-a"}, "30 days"),
        (SILENCE, {"episode": "e-a", "seconds": True}, "30 days"),
        (SILENCE, {"episode": "e-a", "seconds": "3600"}, "30 days"),
        (SILENCE, {"episode": "e-a", "seconds": 30 * 86_400 + 1}, "30 days"),
        (SILENCE, {"episode": "e-a", "seconds": -1}, "30 days"),
        (SILENCE, {"episode": "e-a", "seconds": 600, "comment": "x" * 501}, "at most 500"),
        (SILENCE, {"episode": "e-a", "seconds": 600, "comment": 5}, "at most 500"),
        (SILENCE, {"matchers": [], "seconds": 600}, "between 1 and 20"),
        (SILENCE, {"matchers": ["a=~.*"], "seconds": 600}, "everything"),
        (SILENCE, {"matchers": ["a=~(x+)+"], "seconds": 600}, "for ever"),
        (SILENCE, {"matchers": [{"label": "a"}], "seconds": 600}, "Write a matcher"),
        (SILENCE, {"matchers": [["a", "~", "b"]], "seconds": 600}, "compares nothing"),
        (SILENCE, {"matchers": [["", "=", "b"]], "seconds": 600}, "no label's name"),
        (EXPIRE, {"id": "s-none"}, "no such silence"),
        (EXPIRE, {}, "names nothing"),
        ("alert.explode", {}, "cannot do"),
    ],
)
def test_refuses_what_it_cannot_do_and_says_why(
    sqlite_store: Store, kind: str, payload: dict[str, Any], said: str
) -> None:
    commit(sqlite_store, an_episode("a"))
    state, result = ask(sqlite_store, kind, payload)
    assert state == "refused"
    assert said in result
    assert events(sqlite_store) == []


def test_refuses_an_actor_that_nobody_knows(sqlite_store: Store) -> None:
    assert ask(sqlite_store, ACKNOWLEDGE, {"episode": "e-a"}, " ")[0] == "refused"


class Nothing:
    """A store in which nothing is found: what is refused never writes to it."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  any part of a store
        return self

    def __call__(self, *_: object, **__: object) -> None:
        return None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["episode", "episodes", "matchers", "seconds", "comment", "id"])


@given(st.sampled_from(KINDS), st.dictionaries(names, json_values, max_size=4))
def test_never_raises_whatever_is_sent(kind: str, payload: dict[str, Any]) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    state, result = carry_out(Nothing(), Intent("i", kind, "minji", moment, payload), moment)  # type: ignore[arg-type]
    assert state in ("done", "refused")
    assert result
