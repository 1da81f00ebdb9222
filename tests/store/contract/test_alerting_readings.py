from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from store import Store
from store.alerting import BudgetReading, Matcher, QueryRows, Silence
from tests.store.contract.alerting_values import GROUP, MINUTE, NOW, episode, firing_round, telling

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SILENCE = Silence("s1", (Matcher("team", "=~", "a|b"), Matcher("host", "!=", "")), NOW, NOW + HOUR, "bo", "배포", NOW)


def test_a_silence_holds_from_its_start_until_its_end(store: Store) -> None:
    later = replace(SILENCE, id="s2", starts_at=NOW + MINUTE, ends_at=NOW + 2 * MINUTE)
    assert store.silences.add(SILENCE)
    assert store.silences.add(later)
    assert not store.silences.add(replace(SILENCE, comment="a click sent twice"))
    assert store.silences.active(NOW) == [SILENCE]
    assert store.silences.active(NOW + MINUTE) == [later, SILENCE]
    assert store.silences.active(NOW + HOUR) == []
    assert store.silences.all() == [SILENCE, later]
    assert store.silences.all(1) == [SILENCE]
    assert (store.silences.get("s1"), store.silences.get("s9")) == (SILENCE, None)


def test_a_silence_is_ended_once(store: Store) -> None:
    store.silences.add(SILENCE)
    assert store.silences.expire("s1", "eve", NOW + MINUTE)
    assert not store.silences.expire("s1", "bo", NOW + MINUTE)
    assert not store.silences.expire("s9", "bo", NOW)
    assert store.silences.active(NOW + MINUTE) == []
    assert store.silences.get("s1") == replace(SILENCE, ends_at=NOW + MINUTE, expired_by="eve")


def test_each_change_of_a_silence_is_in_the_audit_and_wakes_open_groups(store: Store) -> None:
    store.alerts.commit_round(**firing_round(episode()))
    store.notices.flush(GROUP, NOW, telling(NOW, NOW + HOUR))
    store.silences.add(SILENCE)
    assert store.notices.due(NOW) == [GROUP]
    store.notices.flush(GROUP, NOW, telling(NOW, NOW + HOUR))
    store.silences.expire("s1", "eve", NOW + MINUTE)
    assert store.notices.due(NOW + MINUTE) == [GROUP]
    ended, began = store.events.between(NOW, NOW + HOUR)
    assert [(one.kind, one.actor, one.at) for one in (began, ended)] == [
        ("silence.added", "bo", NOW),
        ("silence.expired", "eve", NOW + MINUTE),
    ]
    assert began.detail["matchers"] == ["team=~a|b", "host!="]
    assert began.detail["comment"] == "배포"


def reading(**changes: object) -> BudgetReading:
    made = BudgetReading(
        "total",
        "Everything",
        NOW,
        NOW + 30 * DAY,
        Decimal("25000000.10"),
        "KRW",
        Decimal("12345678901.25"),
        NOW,
        NOW,
        forecast=Decimal("0.10"),
        movers=(("AmazonEC2", Decimal("12.5")), ("AmazonRDS", Decimal("-1.50"))),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_budget_readings_come_back_to_the_last_digit(store: Store) -> None:
    store.budgets.record([reading()])
    [read] = store.budgets.newest()
    assert (read, str(read.forecast), read.forecast_low) == (reading(), "0.10", None)
    store.budgets.record([reading(actual=Decimal(1)), reading(actual=Decimal(2))])
    assert [one.actual for one in store.budgets.history("total")] == [Decimal(2)]


def test_the_newest_of_this_period_and_the_last_of_the_one_before(store: Store) -> None:
    old, before = reading(start=NOW - 60 * DAY), reading(start=NOW - 30 * DAY, read_at=NOW - DAY)
    newest, other = reading(read_at=NOW + HOUR), reading(budget="a")
    store.budgets.record([old, replace(before, read_at=NOW - 2 * DAY), before, reading(), newest, other])
    assert store.budgets.newest() == [other, newest, before]
    assert store.budgets.history("total", 2) == [newest, reading()]


def test_the_answers_of_a_query_replace_those_of_the_same_time(store: Store) -> None:
    some = [QueryRows("errors", NOW + place * MINUTE, NOW + HOUR, [{"n": str(place)}], NOW) for place in range(3)]
    store.rows.record(some)
    late = replace(some[1], rows=[{"n": "10"}, {"msg": "오류\x00\ud800"}], complete=False, environment="prod")
    store.rows.record([late])
    store.rows.record([QueryRows("other", NOW, NOW, [], NOW)])
    assert store.rows.newest("errors") == [some[2], late, some[0]]
    assert store.rows.newest("errors", 1) == [some[2]]
    assert store.rows.queries() == ["errors", "other"]
