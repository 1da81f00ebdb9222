"""A resource has its own place in the stack, else that of the thing it belongs to."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from collectors.inventory.placing import KEYS, OWNERS, place
from store.stack import Stack
from store.vocabulary import Resource


def _made(kind: str, called: str, tags: Mapping[str, str] | None = None, **attributes: object) -> Resource:
    return Resource(
        id=f"{kind}/{called}",
        type=kind,
        name=called,
        account="main",
        region="r",
        attributes=attributes,
        tags=tags or {},
    )


def _places(found: list[Resource]) -> dict[str, tuple[str | None, str | None]]:
    return {resource.name: (resource.environment, resource.component) for resource in found}


def test_an_instance_inherits_its_group_and_its_volume_inherits_the_instance(stack: Stack) -> None:
    group = _made("autoscaling:group", "cloudmart-prod-backend-asg", name="cloudmart-prod-backend-asg")
    instance = _made("ec2:instance", "i-1", instance_id="i-1", asg="cloudmart-prod-backend-asg")
    volume = _made("ec2:volume", "vol-1", attached_to="i-1")
    places = _places(place([volume, instance, group], stack))
    assert places["i-1"] == places["vol-1"] == ("prod", "backend")


def test_an_untagged_target_group_inherits_its_load_balancer(stack: Stack) -> None:
    tags = {"Environment": "dev", "Component": "backend"}
    balancer = _made("elbv2:loadbalancer", "shop", tags, load_balancer="app/shop/1")
    group = _made("elbv2:targetgroup", "shop-tg", load_balancer="app/shop/1")
    assert _places(place([group, balancer], stack))["shop-tg"] == ("dev", "backend")


def test_its_own_tags_come_before_what_it_belongs_to(stack: Stack) -> None:
    instance = _made("ec2:instance", "cloudmart-prod-backend", instance_id="i-1")
    volume = _made("ec2:volume", "vol-1", {"Component": "storage"}, attached_to="i-1")
    assert _places(place([instance, volume], stack))["vol-1"] == ("prod", "storage")


def test_the_address_of_a_nat_gateway_belongs_to_it(stack: Stack) -> None:
    gateway = _made("ec2:natgateway", "cloudmart-dev-network-nat", nat_gateway_id="nat-1", addresses=["192.0.2.7"])
    address = _made("ec2:address", "192.0.2.7", public_ip="192.0.2.7", attached_to="eni-1")
    assert _places(place([address, gateway], stack))["192.0.2.7"] == ("dev", "network")


def test_an_owner_that_could_not_be_read_this_time_still_gives_its_place(stack: Stack) -> None:
    group = _made("autoscaling:group", "cloudmart-prod-backend-asg", name="cloudmart-prod-backend-asg")
    instance = _made("ec2:instance", "i-1", instance_id="i-1", asg="cloudmart-prod-backend-asg")
    assert _places(place([instance], stack, place([group], stack)))["i-1"] == ("prod", "backend")


def test_the_same_name_in_another_region_owns_nothing_here(stack: Stack) -> None:
    elsewhere = Resource(
        id="vpc", type="ec2:vpc", name="cloudmart-prod-network", account="main", region="else",
        attributes={"vpc_id": "vpc-1"},
    )  # fmt: skip
    subnet = _made("ec2:subnet", "subnet-1", subnet_id="subnet-1", vpc="vpc-1")
    assert _places(place([subnet, elsewhere], stack))["subnet-1"] == (None, None)


def test_replicas_of_each_other_end(stack: Stack) -> None:
    found = [_made("rds:db", "a", id="a", replica_of="b"), _made("rds:db", "b", id="b", replica_of="a")]
    assert _places(place(found, stack)) == {"a": (None, None), "b": (None, None)}


_NAMES = st.sampled_from(["x", "y", "cloudmart-prod-backend", "dev-redis"])
_ANY = st.builds(
    lambda kind, name, pointer: _made(
        kind,
        name,
        **({KEYS[kind]: name} if kind in KEYS else {}),
        **{attribute: pointer for _, attribute in OWNERS.get(kind, ())},
    ),
    st.sampled_from([*KEYS, *OWNERS]),
    _NAMES,
    _NAMES | st.none() | st.integers(),
)


@given(st.lists(_ANY, max_size=8))
def test_placing_loses_nothing_changes_nothing_else_and_is_the_same_again(found: list[Resource]) -> None:
    stack = Stack.model_validate({"environments": {"dev": {}, "prod": {}}, "components": {"backend": {}, "redis": {}}})
    placed = place(found, stack)
    assert [(one.id, one.attributes) for one in placed] == [(one.id, one.attributes) for one in found]
    assert place(placed, stack) == placed
