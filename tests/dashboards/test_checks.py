"""What people call a check, and which checks tell nothing that another does not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboards.pages.checks import check_name, says, telling
from dashboards.verdict import CheckVerdict
from store.messages import Message
from store.vocabulary import HealthObservation, HealthState, Status

NOW = datetime(2026, 11, 23, 18, 4, tzinfo=UTC)
GROUP = "arn:aws:tg/backend"


def seen(check: str, kind: str, title: str, resource: str | None = GROUP) -> HealthObservation:
    return HealthObservation(check, kind, title, Status.WARN, "bad", NOW, "prod", "backend", resource)


@pytest.mark.parametrize(
    ("observation", "name"),
    [
        (seen(f"target:{GROUP}", "target", "backend-tg"), ("Healthy targets", "backend-tg")),
        (seen(f"target:{GROUP}:i-1:80", "target", "backend-tg i-1:80"), ("Target", "backend-tg i-1:80")),
        (seen("group:asg", "group", "backend-asg"), ("Instances in service", "backend-asg")),
        (seen("zones:asg", "group", Message("%(name)s zones", name="asg")), ("Spread over zones", "asg")),
        (seen("probe:prod/home", "http", "Home page", None), ("Home page", "")),
        (seen("probe:prod/home:tls", "tls", "Home page", None), ("Certificate", "Home page")),
    ],
)
def test_a_check_is_called_by_what_it_looks_at(observation: HealthObservation, name: tuple[str, str]) -> None:
    assert check_name(observation) == name


def test_a_target_is_left_out_where_its_group_speaks_for_it() -> None:
    group, target = seen(f"target:{GROUP}", "target", "tg"), seen(f"target:{GROUP}:i-1:80", "target", "tg i-1:80")
    checks = [CheckVerdict(HealthState(each, NOW), Status.WARN, stale=False) for each in (group, target)]
    assert [check.state.latest for check in telling(checks)] == [group]
    assert telling(checks[1:]) == checks[1:]


def test_a_number_is_said_only_where_it_stands_by_itself() -> None:
    assert says("2 of 3 targets healthy", 2.0)
    assert not says("answered 502 in 12 ms", 2.0)
    assert not says("2.5 of 3", 2.0)
