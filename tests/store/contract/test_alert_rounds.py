from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from store import Event, LostClaim, Store
from store.alerting import AlertState, Evaluation, RuleState, Score, Severity, Told
from store.messages import Message, to_json
from tests.store.contract.alerting_values import (
    GROUP,
    MINUTE,
    NOW,
    RECEIVER,
    alert,
    draft,
    episode,
    firing_round,
    placed,
    resolved,
    telling,
    transition,
)

STATE = RuleState("cpu-high", "v1", NOW, NOW, Evaluation.ERROR, Message("no %(what)s", what="data"), 3, 1, 2.5)


def test_what_a_round_found_comes_back_as_it_was(store: Store) -> None:
    one = episode()
    event = Event("rule-1", NOW, "rule.changed", "cpu-high")
    store.alerts.commit_round(**firing_round(one), rule_states=[STATE], events=[event])
    with Store(store.database) as other:  # nothing of it remembered
        [read] = other.alerts.current()
        assert read == one.alert == store.alerts.current()[0]
        assert to_json(read.reason) == to_json(one.alert.reason)
        assert other.alerts.rule_states() == {"cpu-high": STATE}
        assert to_json(other.alerts.rule_states()["cpu-high"].problem) == to_json(STATE.problem)
        assert other.alerts.episode(one.id) == one
        [moved] = other.alerts.transitions(episode=one.id)
        assert (moved, to_json(moved.reason)) == (transition(one), to_json(one.alert.reason))
        assert other.events.between(NOW, NOW + MINUTE) == [event]
        assert [member.episode for member in other.notices.members(GROUP)] == [one]


def test_text_that_no_encoding_can_hold_fails_no_round(store: Store) -> None:
    words = "\ud800 \x00 경보 🔥"
    odd = alert(summary={"en": words}, labels={"name": "x" * 100_000})
    one = replace(episode(), alert=odd)
    moved = transition(one, reason=Message("%(words)s", words=words), why={"words": words})
    store.alerts.commit_round(alerts=[odd], episodes=[one], transitions=[moved])
    assert Store(store.database).alerts.current() == [odd]
    assert store.alerts.transitions() == [moved]


def test_the_same_round_once_more_changes_nothing(store: Store) -> None:
    both = firing_round(episode(1), episode(2))

    def everything() -> object:
        return (
            store.alerts.current(),
            store.alerts.episodes(),
            store.alerts.transitions(),
            store.notices.groups(),
            store.notices.members(GROUP),
            store.outbox.deliveries(),
        )

    store.alerts.commit_round(**both)
    before = everything()
    store.alerts.commit_round(**both)
    assert everything() == before
    store.notices.flush(GROUP, NOW, telling(NOW))
    store.alerts.commit_round(**both)
    assert [one.told for one in store.notices.members(GROUP)] == [Told.FIRING, Told.FIRING]
    store.notices.flush(GROUP, NOW, telling(NOW))
    assert len(store.outbox.deliveries()) == 1


def test_a_round_under_a_lost_claim_writes_nothing(store: Store) -> None:
    store.jobs.declare([("alerts", 60)], NOW)
    stale = store.jobs.claim("alerts", NOW, "one", 10)
    assert stale is not None
    fresh = store.jobs.claim("alerts", NOW + MINUTE, "two", 60)
    with pytest.raises(LostClaim):
        store.alerts.commit_round(**firing_round(episode()), claim=stale)
    assert store.alerts.current() == []
    assert store.alerts.episodes() == store.alerts.transitions() == store.notices.groups() == []
    store.alerts.commit_round(**firing_round(episode()), claim=fresh)
    assert len(store.alerts.current()) == 1


def test_an_alert_changes_is_forgotten_and_goes_with_its_rule(store: Store) -> None:
    one, two, other = alert(1), alert(2), replace(alert(3), fingerprint="a9", rule_id="other")
    store.alerts.commit_round(alerts=[one, two, other], rule_states=[STATE])
    worse = replace(one, value=99.0)
    store.alerts.commit_round(alerts=[worse], forget=[two.fingerprint])
    assert store.alerts.current() == sorted([worse, other], key=lambda each: each.fingerprint)
    store.alerts.commit_round(forget_rules=["cpu-high"])
    assert store.alerts.current() == [other]
    assert store.alerts.rule_states() == {}


def test_what_another_process_wrote_is_seen(store: Store) -> None:
    store.alerts.commit_round(alerts=[alert()])
    assert store.alerts.current() == [alert()]
    Store(store.database).alerts.commit_round(alerts=[alert(value=1.0), alert(2)])
    assert [one.value for one in store.alerts.current() if one.fingerprint == alert().fingerprint] == [1.0]
    Store(store.database).alerts.commit_round(forget=[alert().fingerprint])
    assert store.alerts.current() == [alert(2)]


def test_the_engine_never_takes_back_what_people_did(store: Store) -> None:
    one = episode()
    store.alerts.commit_round(**firing_round(one))
    [acknowledged] = store.alerts.acknowledge([one.id, "unknown"], "bo", NOW)
    assert (acknowledged.acknowledged_by, acknowledged.acknowledged_at) == ("bo", NOW)
    assert acknowledged.acknowledged_severity is Severity.WARNING
    assert store.alerts.opened(one.id, NOW)
    assert not store.alerts.opened(one.id, NOW + MINUTE)
    later = replace(resolved(one), noticed_at=NOW + MINUTE, worst=99.5, flaps=2)
    store.alerts.commit_round(episodes=[later])
    assert store.alerts.episode(one.id) == replace(
        later,
        noticed_at=NOW,
        acknowledged_by="bo",
        acknowledged_at=NOW,
        acknowledged_severity=Severity.WARNING,
        opened_at=NOW,
    )


def test_an_acknowledgement_counts_once_and_anew_when_it_gets_worse(store: Store) -> None:
    one = episode()
    store.alerts.commit_round(**firing_round(one))
    store.notices.flush(GROUP, NOW, telling(NOW))
    assert len(store.alerts.acknowledge([one.id], "bo", NOW)) == 1
    assert store.notices.due(NOW) == [GROUP], "the message is to show it"
    assert store.alerts.acknowledge([one.id], "eve", NOW + MINUTE) == []
    store.alerts.commit_round(episodes=[replace(one, severity=Severity.PAGE)])
    [again] = store.alerts.acknowledge([one.id], "eve", NOW + MINUTE)
    assert (again.acknowledged_by, again.acknowledged_severity) == ("eve", Severity.PAGE)
    [back] = store.alerts.unacknowledge([one.id], "bo", NOW + MINUTE)
    assert (back.acknowledged_by, back.acknowledged_at, back.acknowledged_severity) == ("", None, None)
    assert store.alerts.unacknowledge([one.id], "bo", NOW + MINUTE) == []
    store.alerts.commit_round(episodes=[resolved(one)])
    assert store.alerts.acknowledge([one.id], "bo", NOW + MINUTE) == [], "it is over"


def test_episodes_are_chosen_by_time_place_and_rule(store: Store) -> None:
    old = resolved(replace(episode(1), fired_at=NOW - timedelta(hours=2)), NOW - timedelta(hours=1))
    now = replace(episode(2), fired_at=NOW)
    elsewhere = episode(3)
    elsewhere = replace(
        elsewhere, fired_at=NOW + MINUTE, alert=replace(elsewhere.alert, environment="dev", rule_id="other")
    )
    store.alerts.commit_round(episodes=[old, now, elsewhere])
    ids = {"old": old.id, "now": now.id, "elsewhere": elsewhere.id}

    def found(**asked: object) -> list[str]:
        by_id = {value: name for name, value in ids.items()}
        return [by_id[one.id] for one in store.alerts.episodes(**asked)]  # type: ignore[arg-type]

    assert found() == ["elsewhere", "now", "old"]
    assert found(limit=1) == ["elsewhere"]
    assert found(open_only=True) == ["elsewhere", "now"]
    assert found(start=NOW - timedelta(minutes=90)) == ["elsewhere", "now", "old"], "it still fired then"
    assert found(start=NOW - timedelta(hours=1)) == ["elsewhere", "now"]
    assert found(end=NOW) == ["old"]
    assert found(environment="prod", component="web") == ["now", "old"]
    assert found(rule_id="other") == found(environment="dev") == ["elsewhere"]


def test_transitions_come_newest_first_also_within_a_slot(store: Store) -> None:
    one = episode()
    first = transition(one, before=AlertState.INACTIVE, after=AlertState.PENDING, episode=None)
    second = transition(one)
    third = transition(one, at=NOW + MINUTE, before=AlertState.FIRING, after=AlertState.RECOVERING)
    store.alerts.commit_round(transitions=[first, second])
    store.alerts.commit_round(transitions=[third, third])
    assert store.alerts.transitions() == [third, second, first]
    assert store.alerts.transitions(episode=one.id, limit=1) == [third]
    assert store.alerts.transitions(fingerprint=one.alert.fingerprint, end=NOW + MINUTE) == [second, first]
    assert store.alerts.transitions(rule_id="cpu-high", start=NOW + MINUTE) == [third]
    assert store.alerts.transitions(rule_id="other") == []


def test_a_rule_is_scored_by_what_became_of_its_episodes(store: Store) -> None:
    hour = timedelta(hours=1)
    quiet, seen, open_one = resolved(replace(episode(1), flaps=2)), episode(2), episode(3)
    before = replace(episode(4), fired_at=NOW - hour)
    store.alerts.commit_round(**firing_round(quiet, seen, open_one, before))
    store.alerts.acknowledge([seen.id], "bo", NOW)
    store.alerts.opened(open_one.id, NOW)
    store.alerts.commit_round(episodes=[resolved(seen, NOW + 2 * MINUTE)])
    both = (quiet.id, seen.id)
    for made in store.outbox.add([draft("n", 1, episodes=both), draft("n", 2, episodes=both)], NOW):
        assert made.draft.episodes == both
    [sending] = store.outbox.claim(RECEIVER, NOW, "me", 60)
    store.outbox.sent(sending, {}, {}, NOW)
    assert store.alerts.scores(NOW, NOW + hour) == [
        Score("cpu-high", 3, acknowledged=1, self_resolved=1, opened=1, flaps=2, firing_seconds=3780, messages=1)
    ]
    assert store.alerts.scores(NOW + MINUTE, NOW + hour) == []


def test_ten_thousand_at_once_and_an_empty_round(store: Store) -> None:
    store.alerts.commit_round()
    some = [episode(number) for number in range(1000)]
    store.alerts.commit_round(**firing_round(*some))
    assert len(store.alerts.current()) == len(store.alerts.episodes(limit=5000)) == 1000
    store.alerts.commit_round(placements=[placed(one, "boss") for one in some])
    assert len(store.notices.groups()) == 2
