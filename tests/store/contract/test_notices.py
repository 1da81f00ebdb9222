from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from store import Store, open_store
from store.alerting import (
    Decision,
    DeliveryState,
    Episode,
    Flush,
    Group,
    Member,
    NoticeKind,
    Obligation,
    Severity,
    Told,
    group_id,
)
from store.messages import Message, to_json
from tests.store.contract.alerting_values import (
    GROUP,
    LABELS,
    MINUTE,
    NOW,
    RECEIVER,
    ROUTE,
    episode,
    firing_round,
    placed,
    resolved,
    telling,
)

HOUR = timedelta(hours=1)


def fired(store: Store, *some: Episode) -> None:
    store.alerts.commit_round(**firing_round(*some))


def told(store: Store) -> list[tuple[str, str]]:
    return [(one.episode.id, one.told.value) for one in store.notices.members(GROUP)]


def test_a_group_is_due_at_the_earliest_moment_it_was_placed_for(store: Store) -> None:
    one, two = episode(1), episode(2)
    store.alerts.commit_round(**firing_round(one, due=NOW + MINUTE))
    assert store.notices.due(NOW) == []
    assert store.notices.group(GROUP) == Group(GROUP, RECEIVER, ROUTE, LABELS, NOW, NOW + MINUTE)
    store.alerts.commit_round(**firing_round(two, due=NOW + HOUR))
    assert store.notices.next_due() == NOW + MINUTE
    store.alerts.commit_round(placements=[placed(two, due=NOW + timedelta(seconds=1))])
    assert store.notices.due(NOW + MINUTE) == [GROUP]
    assert store.notices.group("unknown") is None


def test_a_flush_writes_what_it_decides_at_once(store: Store) -> None:
    one, two = episode(1), episode(2)
    fired(store, one, two)
    decision = store.notices.flush(GROUP, NOW, telling(NOW, NOW + HOUR))
    assert decision is not None
    group = store.notices.group(GROUP)
    assert group is not None
    assert group.notice == decision.notice
    assert (group.sequence, group.last_sent_at, group.next_flush) == (1, NOW, NOW + HOUR)
    [delivery] = store.outbox.deliveries(notice=group.notice)
    assert (delivery.state, delivery.draft.kind, delivery.draft.group) == (
        DeliveryState.QUEUED,
        NoticeKind.FIRING,
        GROUP,
    )
    [first, _] = store.notices.members(GROUP)
    assert (first.told, first.told_severity, first.told_acknowledged) == (Told.FIRING, Severity.WARNING, False)
    assert store.notices.members_of_notice(decision.notice or "") == store.notices.members(GROUP)
    assert store.notices.told(one.id) == [(group, next(m for m in store.notices.members(GROUP) if m.episode == one))]
    assert store.notices.flush(GROUP, NOW, telling(NOW)) is None, "it is not due any more"


def test_a_flush_that_fails_leaves_nothing(store: Store) -> None:
    fired(store, episode())

    def fails(group: Group, members: Sequence[Member]) -> Flush:
        raise RuntimeError(f"{group.id} with {len(members)}")

    with pytest.raises(RuntimeError, match="with 1"):
        store.notices.flush(GROUP, NOW, fails)
    assert store.notices.due(NOW) == [GROUP]
    assert store.outbox.deliveries() == []


def test_nobody_counts_as_told_without_a_row_that_tells(store: Store) -> None:
    fired(store, episode())
    lies = Flush(Decision(NOW, GROUP, RECEIVER, sent=False, code="x", reason=""), told={episode().id: Told.FIRING})
    with pytest.raises(ValueError, match="nothing was queued"):
        store.notices.flush(GROUP, NOW, lambda _group, _members: lies)
    assert told(store) == [(episode().id, "")]


def test_a_group_is_looked_at_again_when_an_episode_of_it_changes(store: Store) -> None:
    one = episode()
    fired(store, one)
    store.notices.flush(GROUP, NOW, telling(NOW, NOW + HOUR))
    later = NOW + MINUTE
    store.alerts.commit_round(episodes=[resolved(one, later)])
    assert store.notices.due(later) == [GROUP]
    decision = store.notices.flush(GROUP, later, telling(later))
    assert decision is not None
    assert decision.code == "resolved"
    assert store.notices.members(GROUP) == []
    assert store.notices.groups() == []
    assert [one.id for one in store.notices.groups(open_only=False)] == [GROUP]
    [(_, member)] = store.notices.told(one.id)
    assert member.told is Told.RESOLVED
    assert [one.draft.kind for one in store.outbox.deliveries(episode=one.id)] == ["resolved", "firing"]
    assert len(store.notices.members_of_notice(decision.notice or "")) == 1


def test_an_episode_that_resumes_joins_again_untold(store: Store) -> None:
    one = episode()
    fired(store, one)
    store.notices.flush(GROUP, NOW, telling(NOW))
    store.alerts.commit_round(episodes=[resolved(one)])
    store.notices.flush(GROUP, NOW + MINUTE, telling(NOW + MINUTE))
    store.alerts.commit_round(placements=[placed(one)])
    assert told(store) == [], "it is over: the same round once more brings nobody back"
    store.alerts.commit_round(**firing_round(replace(one, flaps=1)))
    assert told(store) == [(one.id, "")]
    decision = store.notices.flush(GROUP, NOW + MINUTE, telling(NOW + MINUTE))
    assert decision is not None
    assert decision.code == "firing"


def test_one_that_left_while_told_as_firing_is_still_told_when_it_comes_back(store: Store) -> None:
    one = episode()
    fired(store, one)
    store.notices.flush(GROUP, NOW, telling(NOW))
    store.notices.touch([GROUP], NOW)
    quiet = Decision(NOW, GROUP, RECEIVER, sent=False, code="moved", reason="")
    store.notices.flush(GROUP, NOW, lambda _group, _members: Flush(quiet, leave=(one.id,)))
    assert told(store) == []
    store.alerts.commit_round(placements=[placed(one)])
    assert told(store) == [(one.id, "firing")]


def test_the_unmet_obligations_are_those_that_nobody_will_meet(store: Store) -> None:
    one = episode()
    soon, owed = NOW + MINUTE, Obligation(RECEIVER, GROUP, one.id, NOW + MINUTE)
    fired(store, one)
    assert store.notices.obligations(NOW) == [], "nothing was told"
    store.notices.flush(GROUP, NOW, telling(NOW))
    assert store.notices.obligations(NOW) == [], "it still fires"
    store.alerts.commit_round(episodes=[resolved(one)])
    assert store.notices.obligations(soon) == [], "somebody is about to look"
    assert store.notices.obligations(soon + 2 * MINUTE) == [owed], "nobody looked"
    forgets = Decision(soon, GROUP, RECEIVER, sent=False, code="forgets", reason="")
    store.notices.flush(GROUP, soon, lambda _group, _members: Flush(forgets))
    assert store.notices.obligations(soon) == [owed], "nobody will look"
    store.notices.touch([GROUP], soon)
    store.notices.flush(GROUP, soon, lambda _group, _members: Flush(forgets, leave=(one.id,)))
    assert store.notices.obligations(soon) == [owed], "it left without a word"


def test_an_obligation_is_met_by_the_row_that_says_it(store: Store) -> None:
    one = episode()
    fired(store, one)
    store.notices.flush(GROUP, NOW, telling(NOW))
    store.alerts.commit_round(episodes=[resolved(one)])
    store.notices.flush(GROUP, NOW + MINUTE, telling(NOW + MINUTE))
    assert store.notices.obligations(NOW + HOUR) == []


def test_an_episode_that_was_never_announced_owes_nothing(store: Store) -> None:
    one = resolved(episode())
    fired(store, one)
    store.notices.flush(GROUP, NOW, telling(NOW))
    assert (store.outbox.deliveries(), told(store), store.notices.obligations(NOW + HOUR)) == ([], [], [])


def test_a_decision_that_repeats_itself_is_one_row(store: Store) -> None:
    fired(store, episode())
    reason = Message("muted by %(who)s", who="bo")

    def quiet(minute: int, code: str = "muted") -> None:
        at = NOW + minute * MINUTE
        store.notices.touch([GROUP], at)
        said = Decision(at, GROUP, RECEIVER, sent=False, code=code, reason=reason, muted={"e1": to_json(reason)})
        assert store.notices.flush(GROUP, at, lambda _group, _members: Flush(said)) is not None

    for minute in range(3):
        quiet(minute)
    [one] = store.notices.decisions(group=GROUP)
    assert (one.since, one.at, to_json(one.reason)) == (NOW, NOW + 2 * MINUTE, to_json(reason))
    assert one.muted == {"e1": to_json(reason)}
    quiet(3, "other")
    store.notices.touch([GROUP], NOW)
    store.notices.flush(GROUP, NOW + 4 * MINUTE, telling(NOW + 4 * MINUTE))
    quiet(5, "other")
    assert [each.code for each in store.notices.decisions(episode=episode().id)] == [
        "other",
        "firing",
        "other",
        "muted",
    ]
    assert len(store.notices.decisions(limit=2)) == 2
    assert store.notices.decisions(episode="unknown") == []


def test_escalation_hands_members_to_another_group(store: Store) -> None:
    one = episode()
    fired(store, one)
    boss = placed(one, "boss", NOW + MINUTE)
    quiet = Decision(NOW, GROUP, RECEIVER, sent=False, code="escalated", reason="")
    for _ in range(2):
        store.notices.touch([GROUP], NOW)
        store.notices.flush(
            GROUP, NOW, lambda group, _: Flush(quiet, group=replace(group, escalations=1), placements=(boss,))
        )
    group = store.notices.group(GROUP)
    assert group is not None
    assert group.escalations == 1
    assert store.notices.due(NOW + MINUTE) == [boss.group]
    assert [member.episode for member in store.notices.members(boss.group)] == [one]


def test_touching_all_wakes_open_groups_only(store: Store) -> None:
    one, two = episode(1), episode(2)
    fired(store, one)
    store.notices.flush(GROUP, NOW, telling(NOW))
    store.alerts.commit_round(episodes=[resolved(two)], placements=[placed(two, "boss")])
    boss = group_id("boss", ROUTE, LABELS)
    store.notices.flush(boss, NOW + MINUTE, telling(NOW))
    assert store.notices.due(NOW + HOUR) == []
    store.notices.touch_all(NOW)
    assert store.notices.due(NOW) == [GROUP]


def test_two_replicas_flush_a_group_once(store_url: str) -> None:
    with open_store(store_url) as first, open_store(store_url) as second:
        for number in range(8):
            one = episode(number)
            first.alerts.commit_round(**firing_round(one))
            start = threading.Barrier(2)
            outcomes: list[Decision | None] = []

            def flush(
                store: Store, start: threading.Barrier = start, outcomes: list[Decision | None] = outcomes
            ) -> None:
                start.wait()
                outcomes.append(store.notices.flush(GROUP, NOW, telling(NOW)))

            threads = [threading.Thread(target=flush, args=(each,)) for each in (first, second)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(each is None for each in outcomes) == [False, True]
            assert len(first.outbox.deliveries()) == number + 1


def test_a_thousand_members_are_told_together(store: Store) -> None:
    some = [episode(number) for number in range(1000)]
    fired(store, *some)
    store.notices.flush(GROUP, NOW, telling(NOW))
    assert {one.told for one in store.notices.members(GROUP)} == {Told.FIRING}
    [delivery] = store.outbox.deliveries(episode=some[500].id)
    assert len(delivery.draft.episodes) == 1000


def test_many_groups_are_decided_in_one_transaction_or_not_at_all(store: Store) -> None:
    one, two, three = (episode(number) for number in range(3))
    fired(store, one)
    places = [placed(two, "boss"), placed(three, "later", NOW + HOUR)]
    store.alerts.commit_round(episodes=[two, three], placements=places)
    names = [GROUP, *(place.group for place in places), "unknown"]

    def fails(group: Group, members: Sequence[Member]) -> Flush:
        if group.receiver == "ops":
            raise RuntimeError("a defect")
        return telling(NOW)(group, members)

    with pytest.raises(RuntimeError, match="a defect"):
        store.notices.flush_all(names, NOW, fails)
    assert store.outbox.is_idle()
    decided = store.notices.flush_all(names, NOW, telling(NOW))
    assert sorted(each.receiver for each in decided) == ["boss", "ops"]
    assert {each.receiver for each in store.notices.decisions()} == {"boss", "ops"}
    assert sorted(store.outbox.waiting()) == ["boss", "ops"]
    for group, said in ((each.group, each.notice) for each in decided):
        assert said is not None
        assert store.notices.members_of_notice(said) == store.notices.members(group) != []
    assert store.notices.flush_all(names, NOW, telling(NOW)) == []
