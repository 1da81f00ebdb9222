"""The route tree, its configuration and everything that can be wrong with it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from alerts.routing.config import RoutingConfig, faults
from alerts.routing.matching import format_matcher, holds_all, parse_matcher
from alerts.routing.router import Router
from store.alerting import Group, Matcher, Placement, Severity
from store.stack import Stack
from tests.alerts.routing.group_log import START, an_episode

STACK = Stack.model_validate({"environments": {"prod": {}, "dev": {}}, "components": {"backend": {}, "db": {}}})
TREE = """
route:
  receiver: ops
  group_by: [environment, component]
  quiet_hours: nights
  escalate: [{after: 15m, receiver: boss}]
  routes:
    - {name: audit, match: ["kind=budget"], receiver: money, continue: true, quiet_hours: "", group_by: ["..."]}
    - match: [severity=page, 'environment=~"prod|live"']
      receiver: pager
      group_wait: 0s
      routes:
        - {match: [component=db], receiver: dba, escalate: [], reminders: 3}
    - {match: [environment!=prod], receiver: dev, reminders: false, group_by: []}
quiet_hours:
  nights: {from: 22:00, to: "07:00", timezone: Asia/Seoul}
"""
RECEIVERS = ("ops", "money", "pager", "dba", "dev", "boss")


def a_router(text: str = TREE, receivers: tuple[str, ...] = RECEIVERS) -> Router:
    config = RoutingConfig.model_validate(yaml.safe_load(text) or {})
    assert faults(config, receivers, STACK) == []
    return Router(config, STACK, receivers, {"spend": "budget"})


def places(router: Router, **episode: Any) -> list[tuple[str, str]]:  # noqa: ANN401  what an episode is made of
    return [(each.receiver, each.route) for each in router.place(an_episode(**episode), START)]


def a_group(place: Placement) -> Group:
    return Group(place.group, place.receiver, place.route, place.labels, START, place.due)


def test_the_first_route_that_matches_is_taken_and_the_root_takes_the_rest() -> None:
    router = a_router()
    assert places(router) == [("ops", "route")]
    assert places(router, severity=Severity.PAGE) == [("pager", "routes[1]")]
    assert places(router, severity=Severity.PAGE, component="db") == [("dba", "routes[1].routes[0]")]
    assert places(router, severity=Severity.PAGE, environment="dev") == [("dev", "routes[2]")]
    assert places(router, environment=None) == [("dev", "routes[2]")]


def test_continue_goes_on_to_the_routes_after() -> None:
    assert places(a_router(), rule="spend") == [("money", "audit")], "one that matched keeps it from the root"
    assert places(a_router(), rule="spend", environment="dev") == [("money", "audit"), ("dev", "routes[2]")]


def test_what_a_route_does_not_set_it_has_from_above() -> None:
    router = a_router()
    [place] = router.place(an_episode(severity=Severity.PAGE, component="db"), START)
    timing = router.timing(a_group(place))
    assert (timing.group_wait, timing.reminders, timing.escalate) == (timedelta(0), 3, ())
    assert timing.quiet is not None
    [money, _] = router.place(an_episode(rule="spend", environment="dev"), START)
    assert router.timing(a_group(money)).quiet is None


def test_alerts_are_grouped_by_the_labels_of_the_route() -> None:
    router = a_router()
    first, second, third = (
        router.place(an_episode(name, component=component), START)[0]
        for name, component in (("a", "db"), ("b", "db"), ("c", None))
    )
    assert first.group == second.group
    assert first.labels == {"environment": "prod", "component": "db"}
    assert third.labels == {"environment": "prod"}
    [dev] = router.place(an_episode(environment="dev"), START)
    assert dev.labels == {}


def test_the_group_wait_counts_from_the_firing() -> None:
    router = a_router("route: {group_wait: 2m}")
    due = [router.place(an_episode(at=START - timedelta(seconds=ago)), START)[0].due - START for ago in (0, 90, 600)]
    assert due == [timedelta(seconds=120), timedelta(seconds=30), timedelta(0)]


def test_with_nothing_configured_the_first_receiver_is_told() -> None:
    assert places(a_router("")) == [("ops", "route")]
    assert a_router("").problem == ""


def test_without_receivers_nobody_is_told_and_that_is_said() -> None:
    router = Router(RoutingConfig(), STACK)
    assert places(router) == []
    assert "No receiver is configured" in router.problem


def test_a_group_of_escalation_has_the_options_of_its_route_and_goes_no_further() -> None:
    router = a_router()
    place = Placement("boss", "route/escalate0", {}, "e", START)
    timing = router.timing(a_group(place))
    assert (timing.receiver, timing.handed, timing.stale, timing.escalate) == ("boss", True, False, ())
    for path, receiver in (("route/escalate7", "boss"), ("route/escalatex", "boss"), ("route/escalate0", "other")):
        assert router.timing(a_group(Placement(receiver, path, {}, "e", START))).stale


def test_a_group_whose_route_or_receiver_is_gone_is_stale() -> None:
    [place] = a_router().place(an_episode(severity=Severity.PAGE), START)
    assert not a_router().timing(a_group(place)).stale
    assert a_router("").timing(a_group(place)).stale
    assert Router(RoutingConfig(), STACK).timing(a_group(place)).receiver == "pager"


@pytest.mark.parametrize(
    ("text", "matcher"),
    [
        ("a=b", Matcher("a", "=", "b")),
        (' team =~ "web|api" ', Matcher("team", "=~", "web|api")),
        ("a!='x y'", Matcher("a", "!=", "x y")),
        (r'a!~"say \"hi\" \\d"', Matcher("a", "!~", r'say "hi" \d')),
        ("a=", Matcher("a", "=", "")),
        ("a=인스턴스", Matcher("a", "=", "인스턴스")),
    ],
)
def test_reads_matchers(text: str, matcher: Matcher) -> None:
    assert parse_matcher(text) == matcher
    assert parse_matcher(format_matcher(matcher)) == matcher


@pytest.mark.parametrize("text", ["", "a", "=b", "a==b", "a=~[", 'a="b', 'a="b"c"', "a=~(x+)+", "a=~(a|aa)*", "9a=b"])
def test_refuses_what_is_no_matcher(text: str) -> None:
    with pytest.raises(ValueError, match=r"no matcher|too many|no regular|not closed|for ever"):
        parse_matcher(text)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a*)*b",
        "(a|a)*",
        "((a+)b?)+",
        "(?:a+)+$",
        ".*.*.*.*.*=",
        r"(a)\1",
        "(a{1,})*",
        "(x(y(z|w)))+",
        "x" * 1001,
    ],
)
def test_refuses_expressions_that_may_take_for_ever(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"for ever|at most"):
        parse_matcher(f'a=~"{pattern.replace(chr(92), chr(92) * 2)}"')


def test_an_expression_that_is_taken_answers_soon() -> None:
    holds = holds_all([parse_matcher("a=~.*(x|y).*[z+]+.*=")])
    began = time.process_time()
    assert not holds({"a": "xyz" * 100})
    assert time.process_time() - began < 2


def test_a_label_that_is_missing_is_empty() -> None:
    labels = {"a": "b"}
    for text, expected in (
        ("c=", True),
        ("c!=x", True),
        ("c=~x*", True),
        ("c=~x", False),
        ("a!~x.*", True),
        ("a=~.", True),
    ):
        assert holds_all([parse_matcher(text)])(labels) is expected, text


def test_every_fault_between_parts_is_told_with_its_place_and_a_remedy() -> None:
    config = RoutingConfig.model_validate(
        {
            "route": {
                "receiver": "op",
                "match": ["a=b"],
                "quiet_hours": "night",
                "escalate": [{"after": "1h", "receiver": "bos"}, {"after": "5m", "receiver": "boss"}],
                "routes": [
                    {"name": "x"},
                    {"name": "x", "match": ["environment=prdo", "severity=pag"], "group_by": ["...", "a"]},
                ],
            },
            "quiet_hours": {"nights": {"from": "22:00", "to": "07:00"}},
            "inhibit": [{"source": ["component=dbb"], "target": ["environment=nowhere"]}],
        }
    )
    found = {path: (wrong, remedy) for path, wrong, remedy in faults(config, ["ops", "boss"], STACK)}
    assert found == {
        "route.match": (
            "the first route takes everything, so it cannot have conditions",
            "put them on a route under `routes`",
        ),
        "route.receiver": ("there is no receiver 'op'", "did you mean 'ops'?"),
        "route.quiet_hours": ("there are no quiet hours 'night'", "did you mean 'nights'?"),
        "route.escalate": ("the steps are not in the order of their times", "put the shortest `after` first"),
        "route.escalate.0.receiver": ("there is no receiver 'bos'", "did you mean 'boss'?"),
        "route.routes.0.match": (
            "it has no conditions and takes everything, so that the routes after it are never reached",
            "put it last, add conditions, or write `continue: true`",
        ),
        "route.routes.1.name": ("two routes are called 'x'", "give each a name of its own"),
        "route.routes.1.group_by": ("`...` means all labels and stands alone", 'write ["..."] or names of labels'),
        "route.routes.1.match.0": ("there is no environment 'prdo'", "did you mean 'prod'?"),
        "route.routes.1.match.1": ("there is no severity 'pag'", "did you mean 'page'?"),
        "inhibit.0.source.0": ("there is no component 'dbb'", "did you mean 'db'?"),
        "inhibit.0.target.0": ("there is no environment 'nowhere'", "known: prod, dev"),
    }


@pytest.mark.parametrize(
    ("config", "place", "said"),
    [
        ({"route": {"match": ["a=~["]}}, ("route", "match", 0), "no regular expression"),
        ({"route": {"group_interval": "-5m"}}, ("route", "group_interval"), "not a duration"),
        ({"route": {"group_interval": timedelta(-1)}}, ("route", "group_interval"), "between 0s and 31d"),
        ({"route": {"repeat_interval": "5s"}}, ("route", "repeat_interval"), "reminders: false"),
        ({"route": {"escalate": [{"after": "0s", "receiver": "x"}]}}, ("route", "escalate", 0, "after"), "at once"),
        ({"quiet_hours": {"n": {"from": "1", "to": "2"}}}, ("quiet_hours", "n", "from"), "no time of day"),
        (
            {"quiet_hours": {"n": {"from": "1:00", "to": "2:00", "timezone": "Mars"}}},
            ("quiet_hours", "n", "timezone"),
            "Asia/Seoul",
        ),
        ({"maintenance": [{"name": "x", "from": "tomorrow", "to": "3:00"}]}, ("maintenance", 0, "from"), "no instant"),
        (
            {"maintenance": [{"name": "x", "from": "2026-01-02T00:00", "to": "3:00"}]},
            ("maintenance", 0),
            "both be instants",
        ),
        ({"inhibit": [{"source": [], "target": ["a=b"]}]}, ("inhibit", 0, "source"), "at least 1"),
        ({"route": {"receivr": "x"}}, ("route", "receivr"), "not permitted"),
    ],
)
def test_a_fault_of_one_setting_names_it(config: dict[str, Any], place: tuple[str | int, ...], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        RoutingConfig.model_validate(config)
    found = [(error["loc"], error["msg"]) for error in caught.value.errors()]
    assert any(loc[: len(place)] == place and said in message for loc, message in found), found


def test_a_configuration_survives_being_written_out() -> None:
    config = RoutingConfig.model_validate(yaml.safe_load(TREE))
    assert RoutingConfig.model_validate(config.model_dump(mode="json", by_alias=True)) == config
    assert "quiet_hours" in RoutingConfig.model_json_schema()["properties"]
