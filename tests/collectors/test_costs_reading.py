"""One reading of Cost Explorer over real HTTP: pages, answers that change, pages that are none, and the tie-out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Event as Flag
from time import monotonic

import pytest

from collectors.aws import Aws, Scope
from collectors.caller import Caller
from collectors.config import Account
from collectors.costs import fetch
from collectors.costs.answer import Nonsense, understood
from collectors.costs.fetch import read_view, unavailable
from collectors.costs.ties import tie
from collectors.costs.views import TOTAL, groupings
from collectors.errors import AwsError, CallFailed, MalformedAnswer, Throttled
from collectors.metrics.fetch import Patience
from store.money import Basis, CostObservation, View
from tests.collectors.conftest import Calls
from tests.collectors.explorer import Explorer, Refusal, fail_once, served

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAYS = date(2026, 11, 20), date(2026, 11, 25)
GROUPED = {one.view: one for one in groupings("Component", "Environment", ["Team"])}


@pytest.fixture
def explorer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Explorer]:
    """Four days of two components; the fifth has no cost yet."""
    with served(Explorer(page_size=3)) as served_one:
        for number in range(4):
            day = date(2026, 11, 20 + number)
            served_one.cost(day, "0.408")
            served_one.cost(day, "1.000000001", service="EC2 - Other", component="", usage_type="APN2-NatGateway-Hours")
        served_one.cost(DAYS[0], "-0.75", service="Tax", component="", usage_type="")
        for name, value in {
            "AWS_ENDPOINT_URL": served_one.url,
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            monkeypatch.setenv(name, value)
        yield served_one


@pytest.fixture
def caller(explorer: Explorer, calls: Calls) -> Iterator[Caller]:
    assert explorer.url
    aws = Aws([Account(regions=["ap-northeast-2"])], calls)
    yield Caller(aws, Scope("main", "us-east-1"), "costs:main")
    aws.close()


def patience(seconds: float = 60) -> Patience:
    return Patience(Flag(), monotonic() + seconds, monotonic)


def test_every_page_is_read_and_every_group_comes_once(caller: Caller, explorer: Explorer, calls: Calls) -> None:
    told, pages = read_view(caller, GROUPED[View.COMPONENT], DAYS, NOW, patience())
    assert (told.start, told.end) == DAYS
    assert pages == len(calls.attempts) == 4
    assert {one.keys for one in told.observations} == {
        ("redis", "Amazon ElastiCache"), ("", "EC2 - Other"), ("", "Tax"),
    }  # fmt: skip
    assert len(told.observations) == 9, "what cost nothing is left out"
    assert all(one.usage == 0 and one.unit == "" for one in told.observations), "N/A sums several units"
    asked = explorer.asked()[0]
    assert asked["Metrics"] == ["UnblendedCost", "AmortizedCost", "NetUnblendedCost", "UsageQuantity"]
    assert asked["TimePeriod"] == {"Start": "2026-11-20", "End": "2026-11-25"}


@pytest.mark.parametrize("view", list(GROUPED))
def test_every_view_ties_out_with_the_total(view: str, caller: Caller) -> None:
    total, _ = read_view(caller, TOTAL, DAYS, NOW, patience())
    told, _ = read_view(caller, GROUPED[view], DAYS, NOW, patience())
    made = tie(total.observations, told.observations)
    assert made.tied
    assert {abs(residual) for _, _, residual in made.residuals} == {Decimal(0)}


def test_a_residual_beyond_a_cent_is_found_on_the_day_and_in_the_sum(caller: Caller, explorer: Explorer) -> None:
    total, _ = read_view(caller, TOTAL, DAYS, NOW, patience())
    explorer.skim = Decimal("0.011")
    told, _ = read_view(caller, GROUPED[View.USAGE], DAYS, NOW, patience())
    made = tie(total.observations, told.observations)
    assert not made.tied
    assert ("USD", "unblended", Decimal("0.044")) in made.residuals


def _seen(amount: str, currency: str = "USD", day: int = 20) -> CostObservation:
    one = Decimal(amount)
    return CostObservation("main", "", date(2026, 11, day), (), currency, one, one, one, NOW)


def test_days_that_make_up_for_each_other_do_not_tie_out() -> None:
    made = tie([_seen("1"), _seen("1", day=21)], [_seen("2"), _seen("0", day=21)])
    assert {residual for _, _, residual in made.residuals} == {Decimal(0)}
    assert not made.tied


def test_currencies_are_never_added_up() -> None:
    made = tie([_seen("1"), _seen("7", "CNY")], [_seen("8")])
    assert not made.tied
    assert {currency for currency, _, _ in made.residuals} == {"USD", "CNY"}


def test_a_negative_total_ties_out_as_any_other() -> None:
    assert tie([_seen("-3.5")], [_seen("-4"), _seen("0.5")]).tied
    assert _seen("-3.5").amount(Basis.NET) == Decimal("-3.5")


def test_a_reading_starts_over_when_the_data_change_between_its_pages(
    caller: Caller, explorer: Explorer, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_backoff", lambda _: 0.0)
    explorer.faults.append(fail_once("RequestChangedException", lambda arguments: "NextPageToken" in arguments))
    told, pages = read_view(caller, GROUPED[View.USAGE], DAYS, NOW, patience())
    assert len(told.observations) == 9
    assert pages == len(calls.attempts) == 6, "the pages that were thrown away count as well"


def test_starting_over_is_bounded(caller: Caller, explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_backoff", lambda _: 0.0)
    explorer.faults.append(fail_once("RequestChangedException", times=99))
    with pytest.raises(CallFailed, match="RequestChangedException"):
        read_view(caller, TOTAL, DAYS, NOW, patience())
    assert len(explorer.calls) == 1 + fetch.RESTARTS


def test_a_limit_is_waited_out_only_as_long_as_there_is_time(caller: Caller, explorer: Explorer) -> None:
    explorer.faults.append(fail_once("LimitExceededException", times=99))
    with pytest.raises(Throttled):
        read_view(caller, TOTAL, DAYS, NOW, patience(0))


def test_a_page_that_is_cut_or_html_is_a_failed_call(caller: Caller, explorer: Explorer) -> None:
    bodies = [b'{"ResultsByTime": [{"TimePer', b"<html>log in</html>", b"[]", b"{}"]
    for body in bodies:
        explorer.faults[:] = [lambda _name, _arguments, body=body: Refusal(body=body, status=200)]
        with pytest.raises(MalformedAnswer):
            read_view(caller, TOTAL, DAYS, NOW, patience(0))


def test_the_same_page_again_is_no_answer(caller: Caller, explorer: Explorer) -> None:
    explorer.page_size = 0  # a mark that leads to itself
    with pytest.raises(MalformedAnswer, match="twice"):
        read_view(caller, TOTAL, DAYS, NOW, patience(0))


def test_net_that_aws_does_not_tell_stands_for_unblended(caller: Caller, explorer: Explorer) -> None:
    explorer.net = False
    told, _ = read_view(caller, TOTAL, DAYS, NOW, patience())
    assert told.net_missing
    assert all(one.net == one.unblended for one in told.observations)


def test_an_account_with_three_days_of_history_tells_of_those(caller: Caller, explorer: Explorer) -> None:
    explorer.first_day = date(2026, 11, 22)
    told, _ = read_view(caller, TOTAL, (date(2025, 11, 1), DAYS[1]), NOW, patience())
    assert (told.start, told.end) == (date(2026, 11, 22), DAYS[1])


def test_a_cost_explorer_that_is_not_enabled_is_told_from_a_missing_permission(
    caller: Caller, explorer: Explorer
) -> None:
    words = "User not enabled for cost explorer access"
    found: list[AwsError] = []
    for refusal in (Refusal("DataUnavailableException"), Refusal("AccessDeniedException", words)):
        explorer.faults[:] = [lambda _name, _arguments, refusal=refusal: refusal]
        with pytest.raises(AwsError) as caught:
            read_view(caller, TOTAL, DAYS, NOW, patience(0))
        found.append(caught.value)
    explorer.faults[:] = [lambda _name, _arguments: Refusal("AccessDeniedException", "not authorized to perform: ce:x")]
    with pytest.raises(AwsError) as caught:
        read_view(caller, TOTAL, DAYS, NOW, patience(0))
    assert [unavailable(error) for error in [*found, caught.value]] == [True, True, False]


def _result(day: str, amount: object, **also: object) -> dict[str, object]:
    money = {"Amount": amount, "Unit": "USD"}
    metrics = {"UnblendedCost": money, "AmortizedCost": money, "NetUnblendedCost": money}
    return {"TimePeriod": {"Start": day}, "Total": metrics, "Estimated": False} | also


BAD: dict[str, Callable[[], list[dict[str, object]]]] = {
    "lacks 2026-11-21": lambda: [_result("2026-11-20", "1"), _result("2026-11-22", "1")],
    "was not asked for": lambda: [_result("2026-12-20", "1")],
    "twice": lambda: [_result("2026-11-20", "1"), _result("2026-11-20", "1")],
    "no UnblendedCost": lambda: [_result("2026-11-20", "NULL")],
    "no TimePeriod": lambda: [_result("yesterday", "1")],
    "no days": list,
    "in no currency": lambda: [_result("2026-11-20", "1", Total=_money(""))],
    "one cost in": lambda: [_result("2026-11-20", "1", Total=_money("USD") | {"AmortizedCost": _one("CNY")})],
}


def _one(unit: str) -> dict[str, str]:
    return {"Amount": "1", "Unit": unit}


def _money(unit: str) -> dict[str, dict[str, str]]:
    return {"UnblendedCost": _one(unit), "AmortizedCost": _one(unit)}


@pytest.mark.parametrize("fault", list(BAD))
def test_an_answer_that_makes_no_sense_is_refused_as_a_whole(fault: str) -> None:
    with pytest.raises(Nonsense, match=fault.replace("in no currency", "no currency")):
        understood([{"ResultsByTime": BAD[fault]()}], TOTAL, DAYS, "main", NOW)


@pytest.mark.parametrize("amount", ["NaN", "Infinity", True, None, {}, "1,5"])
def test_what_is_no_amount_is_refused(amount: object) -> None:
    with pytest.raises(Nonsense, match="no UnblendedCost"):
        understood([{"ResultsByTime": [_result("2026-11-20", amount)]}], TOTAL, DAYS, "main", NOW)
