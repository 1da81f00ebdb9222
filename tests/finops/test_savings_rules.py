"""Each rule: where it recommends something and how much, where it does not, and where it does not know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from finops.config import CostSettings, Savings
from finops.prices import load_book
from finops.round import Around
from finops.savings import update
from finops.savings.facts import Facts, Use, Used, gather
from finops.savings.intents import ACCEPT, DISMISS, carry_out
from finops.savings.updating import recommended
from store import Store, open_store
from store.money import CostObservation, CostRead, SavingState, View
from store.stack import Stack
from store.vocabulary import Absent, Cursor, Intent, Resource, Series, SeriesKey

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SEOUL = "ap-northeast-2"
STACK = Stack.model_validate({"environments": {"prod": {}, "dev": {}, "night": {"schedule": "office"}}})
QUIET = Use(1e6, 3.0, 2.0)
HOURS = Decimal(730)


def resource(kind: str, state: str = "", **attributes: object) -> Resource:
    return Resource("r-1", kind, "thing", "main", SEOUL, "dev", "backend", state, attributes)


INSTANCE = resource("ec2:instance", "running", instance_type="t3.large", instance_id="i-1")
DATABASE = resource("rds:db", "available", **{"class": "db.t3.micro", "multi_az": False})
GATEWAY = resource("ec2:natgateway", "available", nat_gateway_id="nat-1")
BALANCER = resource("elbv2:loadbalancer", "active", type="application")


def said(
    one: Resource | None = None,
    use: dict[tuple[str, str], Use] | None = None,
    settings: Savings | None = None,
    **known: object,
) -> dict[str, Decimal]:
    """What is recommended: dollars a month by rule."""
    by_resource = {("r-1", *key): used for key, used in (use or {}).items()}
    facts = Facts(NOW, [one] if one else [], by_resource, {}, {}, {}, load_book(), STACK)
    found = recommended(replace(facts, **known), settings or Savings())  # type: ignore[arg-type]
    for each in found:
        assert each.evidence
        assert each.how
        assert each.remedy
    return {each.rule: each.monthly for each in found}


CPU, SENT = ("CPUUtilization", "Average"), ("NetworkOut", "Sum")


def test_an_idle_instance_is_worth_its_whole_price() -> None:
    assert said(INSTANCE, {CPU: QUIET, SENT: QUIET}) == {"idle-instance": Decimal("75.92")}


def test_one_that_sends_much_is_not_idle_but_may_be_too_large() -> None:
    assert said(INSTANCE, {CPU: QUIET, SENT: Use(9e9, 1, 1)}) == {"oversized-instance": Decimal("37.96")}


@pytest.mark.parametrize(
    ("one", "use"),
    [
        (INSTANCE, {CPU: Use(0, 90, 60), SENT: QUIET}),
        (INSTANCE, {}),
        (replace(INSTANCE, state="stopped"), {CPU: QUIET, SENT: QUIET}),
        (replace(INSTANCE, attributes={**INSTANCE.attributes, "asg": "web"}), {CPU: QUIET, SENT: QUIET}),
        (replace(INSTANCE, attributes={"instance_type": "x9.huge"}), {CPU: QUIET, SENT: QUIET}),
        (replace(INSTANCE, attributes={"instance_type": "t3.nano"}), {CPU: QUIET, SENT: Use(9e9, 1, 1)}),
    ],
    ids=["busy", "not watched long enough", "stopped", "a group's", "no price", "the smallest"],
)
def test_instances_that_are_left_alone(one: Resource, use: dict[tuple[str, str], Use]) -> None:
    assert said(one, use) == {}


def test_no_recommendation_saves_more_than_was_billed() -> None:
    billed = {"APN2-BoxUsage:t3.large": Used(Decimal(20), Decimal(200))}
    assert said(INSTANCE, {CPU: QUIET, SENT: QUIET}, billed=billed) == {"idle-instance": Decimal("20.00")}


def test_a_database_without_connections_and_one_that_could_be_on_graviton() -> None:
    connections = ("DatabaseConnections", "Maximum")
    unused = said(DATABASE, {connections: Use(0, 0, 0)})
    assert unused == {"idle-database": Decimal("20.44"), "graviton": Decimal("2.19")}
    assert said(DATABASE, {connections: Use(9, 2, 1)}) == {"graviton": Decimal("2.19")}
    assert said(replace(DATABASE, state="stopped"), {connections: Use(0, 0, 0)}) == {}


@pytest.mark.parametrize(
    ("attributes", "state", "expected"),
    [
        ({"type": "gp3", "size": 100}, "available", {"unattached-volume": Decimal("9.12")}),
        ({"type": "gp2", "size": 100, "attached_to": "i-1"}, "in-use", {"gp2-to-gp3": Decimal("2.28")}),
        ({"type": "gp3", "size": 100, "attached_to": "i-1"}, "in-use", {}),
        ({"type": "gp2", "size": 1010, "attached_to": "i-1"}, "in-use", {"gp2-to-gp3": Decimal("22.86")}),
        ({"type": "gp2", "size": 10, "attached_to": "i-1"}, "in-use", {}),
        ({"type": "gp2"}, "available", {}),
    ],
)
def test_volumes(attributes: dict[str, object], state: str, expected: dict[str, Decimal]) -> None:
    assert said(resource("ec2:volume", state, **attributes)) == expected


@pytest.mark.parametrize(
    ("days", "changes", "expected"),
    [
        (180, {}, {"old-snapshot": Decimal("5.00")}),
        (29, {}, {}),
        (30, {}, {"old-snapshot": Decimal("5.00")}),
        (400, {"tier": "archive"}, {}),
        (400, {"description": "Created by CreateImage(i-1) for ami-1"}, {}),
        (400, {"size": None}, {}),
        (400, {"started": None}, {}),
    ],
)
def test_snapshots_of_volumes_that_are_gone(
    days: int, changes: dict[str, object], expected: dict[str, Decimal]
) -> None:
    started = (NOW - timedelta(days=days)).isoformat()
    attributes = {"size": 100, "started": started, "tier": "standard", "volume": "vol-1"} | changes
    assert said(resource("ec2:snapshot", "completed", **attributes)) == expected


def test_a_snapshot_of_a_volume_that_is_there_is_old_later_and_one_with_a_life_cycle_never() -> None:
    volume = resource("ec2:volume", "in-use", type="gp3", size=100, attached_to="i-1", volume_id="vol-1")
    started = (NOW - timedelta(days=100)).isoformat()
    kept = resource("ec2:snapshot", "completed", size=100, started=started, tier="standard", volume="vol-1")
    assert said(kept, resources=[volume, kept]) == {}
    managed = replace(kept, tags={"aws:dlm:lifecycle-policy-id": "policy-1"})
    assert said(managed) == {}


def test_addresses_balancers_and_gateways_that_nothing_uses() -> None:
    assert said(resource("ec2:address", "idle")) == {"unused-address": Decimal("3.65")}
    assert said(resource("ec2:address", "associated")) == {}
    requests = ("RequestCount", "Sum")
    assert said(BALANCER, {requests: Use(0, 0, 0)}) == {"unused-load-balancer": Decimal("16.42")}
    assert said(BALANCER, {requests: Use(1, 1, 1)}) == {}
    passed = ("BytesOutToDestination", "Sum")
    assert said(GATEWAY, {passed: Use(0, 0, 0)}) == {"unused-nat-gateway": Decimal("43.07")}
    assert said(GATEWAY, {passed: Use(1, 1, 1)}) == {}
    assert said(GATEWAY) == {}


def test_the_dear_ways_of_traffic() -> None:
    nat = {"APN2-NatGateway-Bytes": Used(Decimal(59), Decimal(1000))}
    assert said(GATEWAY, billed=nat) == {"nat-to-endpoint": Decimal("29.50")}
    out = {"APN2-DataTransfer-Out-Bytes": Used(Decimal(126), Decimal(1000))}
    assert said(BALANCER, billed=out) == {"cloudfront-first": Decimal("126.00")}
    edge = out | {"AP-DataTransfer-Out-Bytes": Used(Decimal(240), Decimal(2000))}
    assert said(BALANCER, billed=edge) == {"cloudfront-first": Decimal("6.00")}


def test_a_group_of_servers_that_could_be_on_graviton() -> None:
    group = replace(resource("autoscaling:group"), id="g", name="web")
    member = replace(INSTANCE, attributes={**INSTANCE.attributes, "asg": "web"})
    both = [group, member, replace(member, id="r-2")]
    assert said(resources=both) == {"graviton-group": Decimal("30.37")}
    assert said(resources=[group, member, replace(member, id="r-2", attributes={"asg": "web"})]) == {}


def test_a_small_service_that_would_cost_less_as_a_task() -> None:
    memory = ("mem_used_percent", "Average")
    busy = {CPU: Use(0, 60, 8.0), SENT: Use(9e9, 1, 1), memory: Use(0, 10, 8.0)}
    found = said(INSTANCE, busy)
    task = Decimal("0.25") * Decimal("0.04656") + Decimal("0.00511")
    assert found["fargate"] == ((Decimal("0.104") - task) * HOURS).quantize(Decimal("0.01"))
    assert "fargate" not in said(INSTANCE, {key: used for key, used in busy.items() if key != memory})
    assert "fargate" not in said(INSTANCE, busy | {memory: Use(0, 90, 85.0), CPU: Use(0, 90, 60.0)})


def test_environments_without_a_schedule_but_never_production() -> None:
    compute = "Amazon Elastic Compute Cloud - Compute"
    costs = {(name, compute): Decimal(100) for name in ("prod", "dev", "night")}
    found = said(environments=costs)
    assert found == {"no-schedule": (Decimal(100) * 113 / 168 * Decimal("0.9")).quantize(Decimal("0.01"))}


def test_a_savings_plan_is_for_what_always_runs() -> None:
    compute = "Amazon Elastic Compute Cloud - Compute"
    expected = (Decimal(10) * HOURS / 24 * Decimal("0.2")).quantize(Decimal("0.01"))
    assert said(floor={compute: Decimal(10)}) == {"savings-plan": expected}


def test_a_large_bucket() -> None:
    size = ("BucketSizeBytes", "Average")
    bucket = resource("s3:bucket")
    assert said(bucket, {size: Use(0, 1000 * 2**30, 0)}) == {"s3-life-cycle": Decimal("10.00")}
    assert said(bucket, {size: Use(0, 9 * 2**30, 0)}) == {}


def test_rules_may_be_skipped_and_little_is_not_worth_a_line() -> None:
    address = resource("ec2:address", "idle")
    assert said(address, settings=Savings(skip=["unused-address"])) == {}
    assert said(address, settings=Savings(minimum=Decimal(4))) == {}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'money.db'}") as one:
        one.migrate()
        yield one


def around(store: Store) -> Around:
    return Around(store, STACK, CostSettings())


ADDRESS = resource("ec2:address", "idle", allocation_id="eipalloc-1")


def listed(store: Store, *some: Resource) -> None:
    store.resources.replace("main", SEOUL, ["ec2:address", "ec2:instance"], some, NOW)


def decided(store: Store, kind: str, name: str = "unused-address:r-1", actor: str = "kim") -> tuple[str, str]:
    intent = Intent(f"{kind}-{actor}", kind, actor, NOW, {"id": name, "comment": " soon "})
    state, sentence = carry_out(store, intent, NOW)
    return state, str(sentence)


def test_what_no_longer_holds_goes_and_a_decision_stays(store: Store) -> None:
    listed(store, ADDRESS)
    update(around(store), NOW)
    [one] = store.savings.all(SavingState.RECOMMENDED)
    listed(store)
    update(around(store), NOW)
    assert store.savings.get(one.id) == replace(one, state=SavingState.GONE)
    listed(store, ADDRESS)
    update(around(store), NOW + timedelta(hours=6))
    assert decided(store, ACCEPT)[0] == "done"
    listed(store)
    update(around(store), NOW + timedelta(hours=12))
    kept = store.savings.get(one.id)
    assert kept is not None
    assert (kept.state, kept.decided_by, kept.comment) == (SavingState.ACCEPTED, "kim", "soon")


def test_decisions_are_made_once_and_audited(store: Store) -> None:
    listed(store, ADDRESS)
    update(around(store), NOW)
    assert decided(store, DISMISS) == (
        "done",
        "the address thing leads to nothing: dismissed; it is not recommended again",
    )
    assert decided(store, DISMISS, actor="lee") == ("done", "it was decided so already, by kim")
    assert decided(store, ACCEPT, "nothing")[0] == "refused"
    assert decided(store, ACCEPT, actor=" ")[0] == "refused"
    [event] = store.events.between(NOW - timedelta(hours=1), NOW + timedelta(hours=1), kinds=("saving.dismissed",))
    assert (event.actor, event.environment, event.detail["comment"]) == ("kim", "dev", "soon")


def test_what_was_accepted_is_held_against_what_its_service_cost_in_its_environment(store: Store) -> None:
    vpc, days = "Amazon Virtual Private Cloud", [date(2026, 10, 1) + timedelta(days=number) for number in range(52)]
    amounts = (("dev", Decimal(2)), ("prod", Decimal(50)))
    lines = [
        CostObservation("main", View.ENVIRONMENT, day, (name, vpc), "USD", cost, cost, cost, NOW)
        for day in days
        for name, cost in amounts
    ]
    store.costs.record(CostRead("main", View.ENVIRONMENT, days[0], days[-1] + timedelta(days=1), NOW, 1), lines)
    listed(store, ADDRESS)
    update(around(store), NOW)
    decided(store, ACCEPT)
    kept = store.savings.get("unused-address:r-1")
    assert kept is not None
    assert kept.baseline == 2


@pytest.mark.parametrize(("days", "known"), [(15, True), (5, False)])
def test_use_is_known_only_of_what_was_watched_for_two_weeks(store: Store, days: int, known: bool) -> None:  # noqa: FBT001  a table
    listed(store, INSTANCE)
    end = int(NOW.timestamp()) // 300 * 300
    start = end - days * 86_400
    key = SeriesKey("main", SEOUL, "AWS/EC2", "CPUUtilization", (("InstanceId", "i-1"),), "Average")
    series = Series(key, 300, Absent.UNKNOWN, resource_id="r-1", environment="dev")
    store.series.upsert([series])
    points = [(at, 2.0) for at in range(start, end, 3600)]
    cursor = Cursor(series.id, collected_from=start, collected_to=end, backfill_to=start, next_due=end)
    store.commit_collection(samples={series.id: points}, cursors=[cursor], gaps={}, claim=None)
    facts = gather(around(store), NOW)
    assert (("r-1", "CPUUtilization", "Average") in facts.use) is known
