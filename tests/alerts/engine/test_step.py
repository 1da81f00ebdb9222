from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.engine.flap import Flapping
from alerts.engine.step import letter, resolve, shift, step
from alerts.engine.timing import Timing
from alerts.rules.base import Outcome, Subject, Verdict
from store.alerting import Alert, AlertState, Evaluation, Severity, episode_id, fingerprint

T0 = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SUBJECT = Subject({"InstanceId": "i-1", "environment": "prod"}, "prod")
PLAIN = Flapping(holds=False)
VERDICTS = {
    "1": Outcome.BREACH,
    "0": Outcome.CLEAR,
    "_": Outcome.NO_DATA,
    "k": Outcome.KEEP,
    "e": Outcome.ERROR,
}


def timing(hold: int = 0, keep: int = 0, **changes: object) -> Timing:
    made = Timing("cpu", "v1", Severity.PAGE, hold * MINUTE, keep * MINUTE, flapping=PLAIN)
    return replace(made, **changes)  # type: ignore[arg-type]


def said(letter_: str) -> Verdict:
    return Verdict(VERDICTS[letter_], "the judge's words", 80.0, 50.0)


def walk(verdicts: str, terms: Timing, before: Alert | None = None, first: int = 0) -> tuple[str, list[Alert]]:
    states, alerts = "", []
    for turn, each in enumerate(verdicts, start=first):
        if each == " ":
            continue  # nobody evaluates this slot
        at = T0 + turn * MINUTE
        before = step(terms, before, said(each), SUBJECT, at, at + MINUTE).alert
        states += letter(before)
        alerts.append(before)
    return states, alerts


@pytest.mark.parametrize(
    ("verdicts", "hold", "keep", "states"),
    [
        ("010", 0, 0, "-F-"),
        ("0111100", 2, 0, "-PPFF--"),
        ("0110110", 2, 0, "-PP-PP-"),
        ("1100000", 1, 1, "PFR----"),
        ("11001100", 1, 3, "PFRRFFRR"),
        ("1__", 0, 0, "FNN"),
        ("1__", 1, 0, "PNN"),
        ("1___", 0, 2, "FRRN"),
        ("1kk0", 0, 0, "FFF-"),
        ("1kk1", 3, 0, "PPPF"),
        ("1ee0e", 0, 0, "FFF-E"),
        ("_k0", 0, 0, "NN-"),
    ],
)
def test_goes_through_the_states_that_prometheus_and_cloudwatch_have(
    verdicts: str, hold: int, keep: int, states: str
) -> None:
    assert walk(verdicts, timing(hold, keep))[0] == states


def test_silence_ends_no_alert_of_a_rule_that_has_no_policy_for_it() -> None:
    states, alerts = walk("1__0", timing(no_data_ends=False))

    assert states == "FFF-"
    assert alerts[1].health is Evaluation.NO_DATA


@pytest.mark.parametrize("resolution", [1, 7])
def test_a_slot_twice_or_out_of_order_changes_nothing(resolution: int) -> None:
    _, alerts = walk("0011", timing(1))
    again = step(timing(1), alerts[-1], said("0"), SUBJECT, T0 + timedelta(seconds=resolution), T0)

    assert again.alert == alerts[-1]
    assert again.transition is None


def test_slots_that_nobody_evaluated_do_not_count_towards_the_hold() -> None:
    assert walk("1     111", timing(3))[0] == "PPPF"
    assert walk("1     111", timing(3))[1][-1].missed == 5


def test_slots_that_nobody_evaluated_do_not_count_towards_recovery() -> None:
    assert walk("10     00", timing(0, 2))[0] == "FRR-"


def test_a_longer_hold_takes_a_firing_alert_back_to_pending() -> None:
    _, alerts = walk("111", timing(1))
    raised = step(timing(10), alerts[-1], said("1"), SUBJECT, T0 + 3 * MINUTE, T0 + 3 * MINUTE)

    assert raised.alert.state is AlertState.PENDING
    assert raised.alert.active_at == T0
    assert raised.transition is not None
    assert raised.transition.episode == alerts[-1].episode


def test_what_fires_again_soon_is_the_same_episode() -> None:
    _, alerts = walk("1000001", timing())

    assert alerts[-1].episode == alerts[0].episode == episode_id(fingerprint("cpu", SUBJECT.labels), T0)
    assert (alerts[-1].flaps, alerts[-1].fired_at) == (1, T0)


def test_what_fires_again_late_is_another_episode() -> None:
    _, alerts = walk("1" + "0" * 12 + "1", timing())

    assert alerts[-1].episode != alerts[0].episode
    assert alerts[-1].flaps == 0


def test_what_flaps_is_held_until_it_is_quiet() -> None:
    states, alerts = walk("10101010" + "0" * 12, timing(flapping=Flapping()))

    assert states == "F-F-F-F" + "R" * 10 + "---"
    assert alerts[-1].episode == alerts[0].episode
    assert "came back 3 times" in str(alerts[7].reason)


def test_a_severity_follows_the_verdict_and_is_capped_by_the_environment() -> None:
    graver = replace(said("1"), severity=Severity.PAGE)
    warning = timing(severity=Severity.WARNING)
    assert step(warning, None, graver, SUBJECT, T0, T0).alert.severity is Severity.PAGE
    capped = replace(warning, at_most={"prod": Severity.INFO})
    assert step(capped, None, graver, SUBJECT, T0, T0).alert.severity is Severity.INFO


def test_an_alert_that_cannot_be_judged_any_more_is_resolved_and_says_why() -> None:
    _, alerts = walk("11", timing(1))
    ended = resolve(alerts[-1], "gone", T0 + 5 * MINUTE, T0 + 5 * MINUTE)

    assert ended.transition is not None
    assert (ended.transition.after, ended.transition.reason) == (AlertState.INACTIVE, "gone")
    assert ended.alert.resolved_at == T0 + 5 * MINUTE


def test_a_clock_that_is_set_back_takes_the_timers_with_it() -> None:
    _, alerts = walk("11", timing(3))
    back = shift(alerts[-1], timedelta(hours=-1))
    _, after = walk("11", timing(3), back, first=-58)

    assert letter(after[0]) == "P"
    assert letter(after[1]) == "F"


# Prometheus' own way, written down independently: rules/alerting.go, Eval, for one series and an interval of a minute.
def prometheus(verdicts: str, hold: int, keep: int) -> str:
    states, active, firing, since = "", None, False, None
    for at, each in enumerate(verdicts):
        if each == "1":
            since = None
            active = at if active is None else active
        elif firing and keep:
            since = at if since is None else since
            if at - since >= keep:
                active, firing, since = None, False, None
        else:
            active, firing = None, False
        if active is not None and not firing and at - active >= hold:
            firing = True
        states += "-" if active is None else "P" if not firing else "F" if since is None else "R"
    return states


@given(st.text("01", max_size=60), st.integers(0, 4), st.integers(0, 4))
def test_states_are_those_of_prometheus(verdicts: str, hold: int, keep: int) -> None:
    assert walk(verdicts, timing(hold, keep))[0] == prometheus(verdicts, hold, keep)


@given(st.text("01_ke ", max_size=60), st.integers(1, 4), st.integers(0, 4), st.booleans())
def test_nothing_new_fires_before_it_was_breaching_for_so_long(
    verdicts: str,
    hold: int,
    keep: int,
    holds: bool,  # noqa: FBT001  hypothesis gives it
) -> None:
    _, alerts = walk(verdicts, timing(hold, keep, flapping=Flapping(holds=holds)))
    for before, after in zip([None, *alerts], alerts, strict=False):
        if letter(after) == "F" and (before is None or not before.state.is_firing):
            assert before is not None
            assert after.active_at is not None
            assert after.slot is not None
            assert after.slot - after.active_at >= hold * MINUTE


@given(st.text("01_ke ", max_size=40), st.integers(0, 3), st.integers(0, 3))
def test_the_same_story_has_the_same_end_and_replaying_its_slots_changes_nothing(
    verdicts: str, hold: int, keep: int
) -> None:
    terms = timing(hold, keep, flapping=Flapping())
    _, alerts = walk(verdicts, terms)
    assert walk(verdicts, terms)[1] == alerts
    if alerts:
        assert all(one == alerts[-1] for one in walk(verdicts, terms, alerts[-1])[1])
        assert {one.fingerprint for one in alerts} == {fingerprint("cpu", SUBJECT.labels)}


@given(st.text("01_ke", max_size=60), st.integers(0, 3), st.integers(0, 3))
def test_each_change_of_state_is_a_transition_and_nothing_else_is(verdicts: str, hold: int, keep: int) -> None:
    before: Alert | None = None
    for turn, each in enumerate(verdicts):
        at = T0 + turn * MINUTE
        stepped = step(timing(hold, keep), before, said(each), SUBJECT, at, at)
        was = AlertState.INACTIVE if before is None else before.state
        assert (stepped.transition is not None) == (stepped.alert.state is not was)
        if stepped.transition is not None:
            assert (stepped.transition.before, stepped.transition.after) == (was, stepped.alert.state)
            assert stepped.transition.reason
        before = stepped.alert
