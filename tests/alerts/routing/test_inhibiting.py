"""Which alerts explain which others, and silences and maintenance as they are held against labels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.routing.config import RoutingConfig
from alerts.routing.mute import Mute
from alerts.routing.overlays import Overlays
from alerts.routing.router import Router
from alerts.routing.timing import Timing
from store.alerting import Episode, Matcher, Severity, Silence
from store.stack import Stack
from tests.alerts.routing.group_log import START, an_episode, over

STACK = Stack.model_validate(
    {
        "timezone": "Asia/Seoul",
        "components": {
            "frontend": {"depends_on": ["backend"]},
            "backend": {"depends_on": ["db", "cache"]},
            "worker": {"depends_on": ["queue"]},
            "queue": {"depends_on": ["worker"]},
            "db": {},
            "cache": {},
        },
    }
)
KINDS = {"down": "health", "spend": "budget"}


def a_router(**config: Any) -> Router:  # noqa: ANN401  configuration is any value
    return Router(RoutingConfig.model_validate(config), STACK, ["ops"], KINDS)


def muted(
    episode: Episode,
    firing: Sequence[Episode] = (),
    router: Router | None = None,
    **overlays: Any,  # noqa: ANN401  any overlay
) -> Mute | None:
    router = router or a_router()
    return Overlays(router, START, firing=[episode, *firing], **overlays).mute(episode, Timing("ops"))


def down(component: str, environment: str | None = "prod", **more: Any) -> Episode:  # noqa: ANN401  labels
    severity = more.pop("severity", Severity.PAGE)
    name = f"down-{component}-{environment}"
    return an_episode(name, rule="down", severity=severity, component=component, environment=environment, **more)


def test_a_component_that_is_down_explains_what_depends_on_it_also_through_others() -> None:
    for component in ("backend", "frontend"):
        mute = muted(an_episode(component=component), [down("db")])
        assert mute is not None
        assert (mute.code, mute.reason) == ("inhibited", f"db is down, and {component} depends on it")
        assert mute.next_look(START) == START + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("target", "source"),
    [
        (an_episode(component="cache"), down("db")),
        (an_episode(component="db"), down("backend")),
        (an_episode(component="backend"), down("db", "dev")),
        (an_episode(component="backend"), down("db", severity=Severity.WARNING)),
        (an_episode(component="backend"), over(down("db"), START)),
        (an_episode(component="backend"), down("db", InstanceId="i-1")),
        (an_episode(component=None), down("db")),
        (an_episode(component="backend", rule="spend"), down("db")),
        (an_episode(component="worker"), down("queue")),
        (down("queue"), down("worker")),
    ],
    ids=[
        "beside it",
        "below it",
        "elsewhere",
        "a warning",
        "over",
        "one instance",
        "no place",
        "money",
        "circle",
        "both",
    ],
)
def test_what_is_no_failure_of_what_it_needs_explains_nothing(target: Episode, source: Episode) -> None:
    assert muted(target, [source]) is None


def test_a_page_is_no_failure_unless_health_says_so() -> None:
    page = an_episode("page", rule="latency", severity=Severity.PAGE, component="db")
    assert muted(an_episode(component="backend"), [page]) is None
    assert muted(an_episode(component="backend"), [page], critical={("prod", "db")}) is not None


def test_a_whole_that_failed_explains_its_parts_but_not_itself() -> None:
    whole = down("backend")
    mute = muted(an_episode(component="backend", InstanceId="i-1"), [whole])
    assert mute is not None
    assert mute.reason == "backend is down as a whole, which explains its parts"
    assert muted(an_episode(component="backend"), [whole]) is None
    assert muted(whole) is None


def test_the_default_can_be_switched_off() -> None:
    router = a_router(inhibit_dependents=False)
    assert muted(an_episode(component="backend"), [down("db")], router) is None


def inhibited(target: dict[str, str], source: dict[str, str], equal: Sequence[str] = ()) -> bool:
    rule = {"source": ["side=~source|both"], "target": ["side=~target|both"], "equal": list(equal)}
    one = an_episode("t", rule="t", environment=None, component=None, **target)
    other = an_episode("s", rule="s", environment=None, component=None, **source)
    return muted(one, [other], a_router(inhibit=[rule])) is not None


def test_inhibition_asks_for_equal_labels_and_two_that_are_missing_are_equal() -> None:
    assert inhibited({"side": "target", "zone": "a"}, {"side": "source", "zone": "a"}, ["zone"])
    assert not inhibited({"side": "target", "zone": "a"}, {"side": "source", "zone": "b"}, ["zone"])
    assert not inhibited({"side": "target"}, {"side": "source", "zone": "b"}, ["zone"])
    assert inhibited({"side": "target"}, {"side": "source"}, ["zone"])


def test_what_matches_both_sides_inhibits_only_what_matches_the_target_alone() -> None:
    assert inhibited({"side": "target"}, {"side": "both"})
    assert inhibited({"side": "both"}, {"side": "source"})
    assert not inhibited({"side": "both"}, {"side": "both"})
    assert not inhibited({"side": "source"}, {"side": "both"})


values = st.fixed_dictionaries({}, optional={name: st.sampled_from("ab") for name in ("s", "t", "x", "y")})


@given(values, values)
def test_inhibits_exactly_as_alertmanagers_rule_reads(target: dict[str, str], source: dict[str, str]) -> None:
    rule = {"source": ["s=a"], "target": ["t=a"], "equal": ["x", "y"]}
    one = an_episode("one", environment=None, component=None, **target)
    other = an_episode("other", environment=None, component=None, **source)
    found = muted(one, [other], a_router(inhibit=[rule])) is not None

    def both(labels: dict[str, str]) -> bool:
        return labels.get("s") == "a" and labels.get("t") == "a"

    equal = all(target.get(name, "") == source.get(name, "") for name in ("x", "y"))
    expected = target.get("t") == "a" and source.get("s") == "a" and equal and not (both(target) and both(source))
    assert found == expected


def a_silence(*matchers: Matcher, hours: int = 1, name: str = "s1", **more: Any) -> Silence:  # noqa: ANN401  a silence's
    return Silence(name, matchers, START, START + timedelta(hours=hours), "minji", **more)


def test_a_silence_asks_for_all_of_its_matchers_and_the_longest_counts() -> None:
    here = Matcher("environment", "=", "prod")
    mute = muted(an_episode(), silences=[a_silence(here), a_silence(here, hours=3, name="s2")])
    assert mute is not None
    assert mute.until == START + timedelta(hours=3)
    assert mute.reason == "Silenced by minji until 2026-11-24 00:00 KST"
    assert muted(an_episode(), silences=[a_silence(here, Matcher("severity", "=", "page"))]) is None
    assert muted(an_episode(), silences=[a_silence(here, expired_by="jun")]) is None
    assert muted(an_episode("x"), silences=[a_silence(Matcher("episode", "=", "e-x"))]) is not None


@pytest.mark.parametrize(
    ("window", "until"),
    [
        ({"from": "2026-11-23T11:00+00:00", "to": "2026-11-23T13:00+00:00"}, "2026-11-23T13:00+00:00"),
        ({"from": "2026-11-23T20:00", "to": "2026-11-23T22:00"}, "2026-11-23T13:00+00:00"),
        ({"from": "11:30", "to": "12:30", "timezone": "UTC", "days": ["mon"]}, "2026-11-23T12:30+00:00"),
        ({"from": "2026-11-23T13:00+00:00", "to": "2026-11-23T14:00+00:00"}, None),
        ({"from": "11:30", "to": "12:30", "timezone": "UTC", "days": ["tue"]}, None),
        ({"from": "11:30", "to": "12:30", "timezone": "UTC", "match": ["component=db"]}, None),
    ],
)
def test_maintenance_holds_within_its_window(window: dict[str, Any], until: str | None) -> None:
    mute = muted(an_episode(), router=a_router(maintenance=[{"name": "upgrade", **window}]))
    assert (mute and mute.until) == (until and datetime.fromisoformat(until))


def test_quiet_hours_hold_back_what_is_less_than_allowed_until_they_end() -> None:
    router = a_router(
        route={"quiet_hours": "nights"}, quiet_hours={"nights": {"from": "20:00", "to": "07:00", "allow": "page"}}
    )
    for severity, held in ((Severity.INFO, True), (Severity.WARNING, True), (Severity.PAGE, False)):
        episode = an_episode(severity=severity)
        [place] = router.place(episode, START)
        timing = router._timings[place.route]
        mute = Overlays(router, START).mute(episode, timing)
        assert (mute is not None) is held
        if mute is not None:
            assert (mute.code, mute.until) == ("quiet_hours", datetime.fromisoformat("2026-11-24T07:00+09:00"))
