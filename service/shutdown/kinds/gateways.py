"""NAT gateways, where that is asked for: deleted to sleep, made again in the same place and the routes put back.

Their addresses are kept: they cost the same on a gateway and off it, and what they are let into stays open to them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from collectors.answers import Item, items, tags, text
from collectors.caller import Caller
from collectors.inventory.ec2 import read_nat_gateways
from service.shutdown.kinds.base import DATABASE, Act, Kind, Seen
from store.messages import Message, Sentence
from store.power import Condition, Power
from store.vocabulary import Resource

RESTORES = "lamplighter:restores"
"""The tag of a gateway that was made in place of a deleted one: the id of that one."""
BY_AWS = "aws:"
"""Tags that begin so are AWS's own, and cannot be given."""
STACK_TAG = "aws:cloudformation:stack-id"
OWNED = Message("its CloudFormation stack owns it, and would miss it")
_CONDITIONS = {
    "pending": Condition.STARTING,
    "available": Condition.RUNNING,
    "deleting": Condition.STOPPING,
    "failed": Condition.STOPPED,
}
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_Route = Mapping[str, str]
"""`table`, `kind` of destination as the API calls it, `to`, and `through`: what it leads to."""


def _look(caller: Caller, _known: Sequence[Resource]) -> list[Seen]:
    gateways = caller.listed("ec2", "describe_nat_gateways", "NatGateways")
    tables = caller.listed("ec2", "describe_route_tables", "RouteTables") if gateways else []
    said = {text(one, "NatGatewayId"): one for one in gateways}
    every = list(_routes(tables))
    return [
        _seen(one, said[one.attributes["nat_gateway_id"]], every, tables)
        for one in read_nat_gateways(gateways, caller.scope)
    ]


def _routes(tables: Iterable[Item]) -> Iterator[_Route]:
    for table in tables:
        for route in items(table, "Routes"):
            kind = next((key for key in _DESTINATIONS if text(route, key)), "")
            if kind:
                through = next((route[key] for key in _TARGETS if text(route, key)), "")
                yield {"table": text(table, "RouteTableId"), "kind": kind, "to": text(route, kind), "through": through}


_TARGETS = (
    "NatGatewayId",
    "GatewayId",
    "TransitGatewayId",
    "NetworkInterfaceId",
    "InstanceId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
)


def _seen(resource: Resource, said: Item, routes: Sequence[_Route], tables: Sequence[Item]) -> Seen:
    key = resource.attributes["nat_gateway_id"]
    mine = [one for one in routes if one["through"] == key]
    facts = {
        "gateway": key,
        "create": _create(said, resource),
        "routes": [{name: one[name] for name in ("table", "kind", "to")} for one in mine],
        "others": [one for one in routes if one["through"] != key and text(said, "VpcId") in _vpcs(one, tables)],
    }
    problem: Sentence = ""
    if resource.state == "failed":
        problem = Message(
            "AWS says %(code)s: %(reason)s",
            code=text(said, "FailureCode") or "failed",
            reason=text(said, "FailureMessage") or "-",
        )
    serves = [tags(table) for table in tables if text(table, "RouteTableId") in {one["table"] for one in mine}]
    condition = _CONDITIONS.get(resource.state, Condition.UNKNOWN)
    return Seen(resource, condition, facts, _refused(resource, said), problem, serves=serves)


def _vpcs(route: _Route, tables: Sequence[Item]) -> set[str]:
    return {text(table, "VpcId") for table in tables if text(table, "RouteTableId") == route["table"]}


def _refused(resource: Resource, said: Item) -> Sentence:
    if text(said, "AvailabilityMode") == "regional":
        return Message("a regional NAT gateway: which addresses it gets again is not known")
    if STACK_TAG in resource.tags:
        return OWNED
    return ""


def _create(said: Item, resource: Resource) -> dict[str, Any]:
    """What CreateNatGateway is given to make it once more."""
    addresses = items(said, "NatGatewayAddresses")
    first = next((one for one in addresses if one.get("IsPrimary") is True), addresses[0] if addresses else {})
    rest = [one for one in addresses if one is not first]
    wish: dict[str, Any] = {
        "SubnetId": text(said, "SubnetId"),
        "ConnectivityType": text(said, "ConnectivityType") or "public",
    }
    if wish["ConnectivityType"] == "public":
        wish["AllocationId"] = text(first, "AllocationId")
    if text(first, "PrivateIp"):
        wish["PrivateIpAddress"] = text(first, "PrivateIp")
    if rest and wish["ConnectivityType"] == "public":
        wish["SecondaryAllocationIds"] = [text(one, "AllocationId") for one in rest]
    if rest:
        wish["SecondaryPrivateIpAddresses"] = [text(one, "PrivateIp") for one in rest]
    kept = {key: value for key, value in resource.tags.items() if not key.startswith(BY_AWS) and key != RESTORES}
    return wish | {"tags": kept}


def _next_act(seen: Seen, power: Power, was: Mapping[str, Any] | None) -> Act | None:
    if seen.refused:
        return None
    if power is Power.STOPPED:
        return Act("delete") if seen.condition is Condition.RUNNING else None
    if was is None:
        return None
    if seen.condition is Condition.STOPPED:
        return Act("create")
    if seen.condition is Condition.RUNNING and (missing := _missing(seen, was)):
        return Act("route", {"gateway": seen.facts["gateway"], "routes": missing})
    return None


def _missing(seen: Seen, was: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """The routes that led through it and do not now. One that leads elsewhere was turned by somebody: it stays."""
    here = {_key(one) for one in seen.facts["routes"]}
    turned = {_key(one) for one in seen.facts["others"] if one["through"] != was["gateway"]}
    return [one for one in was["routes"] if _key(one) not in here | turned]


def _key(route: Mapping[str, str]) -> tuple[str, str]:
    return route["table"], route["to"]


def _reached(seen: Seen, power: Power, was: Mapping[str, Any] | None) -> bool:
    if power is Power.STOPPED:
        return seen.condition is Condition.STOPPED
    return seen.condition is Condition.RUNNING and (was is None or not _missing(seen, was))


def _stands_for(was: Mapping[str, Any], other: Seen) -> bool:
    """Whether a gateway is there in place of one that was deleted: by us, or by somebody (a run of Terraform)."""
    if other.resource.type != "ec2:natgateway" or "gateway" not in other.facts:
        return False
    mine = other.resource.tags.get(RESTORES) == was["gateway"]
    wish, has = was["create"], other.facts["create"]
    address = wish.get("AllocationId")
    same = address is not None and has.get("AllocationId") == address
    through = {_key(one) for one in other.facts["routes"]} & {_key(one) for one in was["routes"]}
    return mine or same or bool(through)


def _perform(caller: Caller, seen: Seen, act: Act) -> None:
    if act.verb == "delete":
        caller.call("ec2", "delete_nat_gateway", NatGatewayId=seen.facts["gateway"])
    elif act.verb == "create":
        _make(caller, seen.facts, act.key)
    else:
        _put_back(caller, act.detail["gateway"], act.detail["routes"], seen.facts["others"])


def _make(caller: Caller, was: Mapping[str, Any], key: str) -> None:
    """The same token twice makes one gateway (EC2 API reference, Ensuring idempotency)."""
    wish = dict(was["create"])
    token = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
    given = wish.pop("tags") | {RESTORES: was["gateway"]}
    tagged = [{"Key": key, "Value": value} for key, value in given.items()]
    specifications = [{"ResourceType": "natgateway", "Tags": tagged}]
    caller.call("ec2", "create_nat_gateway", ClientToken=token, TagSpecifications=specifications, **wish)


def _put_back(caller: Caller, gateway: str, routes: Sequence[_Route], others: Sequence[_Route]) -> None:
    """Each route by a call of its own: one that is there is turned, one that somebody removed is made."""
    there = {_key(one) for one in others}
    for route in routes:
        operation = "replace_route" if _key(route) in there else "create_route"
        wish = {"RouteTableId": route["table"], route["kind"]: route["to"], "NatGatewayId": gateway}
        caller.call("ec2", operation, **wish)


KIND = Kind(
    "ec2:natgateway",
    DATABASE,
    _look,
    _next_act,
    _reached,
    _perform,
    opt_in="nat-gateways",
    stands_for=_stands_for,
)
