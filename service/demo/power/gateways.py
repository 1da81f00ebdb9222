"""NAT gateways as they are on AWS: made once for a token, and gone with their hold on an address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from service.demo.power.phases import Key, Phases, key_of
from service.demo.source import AwsRequest, AwsResponse

Client = Callable[[AwsRequest, str], Any]
"""A client of this AWS itself for a service, on behalf of whoever made a request."""
_NO_ADDRESS = "InsufficientFreeAddressesInSubnet"


@dataclass(slots=True)
class Gateways:
    """What moto leaves out. `made` are the answers by token."""

    client: Client
    made: dict[Key, AwsResponse] = field(default_factory=dict)

    def reset(self) -> None:
        """No token is known."""
        self.made.clear()

    def create(self, phases: Phases, request: AwsRequest) -> AwsResponse:
        """CreateNatGateway. In a subnet that is `broken` it is accepted and fails."""
        token = key_of(request, str(request.params.get("ClientToken", "")))
        if token[2] and token in self.made:
            return self.made[token]
        answer = request.forward()
        gateway = answer.result["NatGateway"]
        key = key_of(request, gateway["NatGatewayId"])
        phases.begin(key, "pending", request.now)
        if phases.breaks(key_of(request, gateway["SubnetId"])):
            phases.failed[key] = _NO_ADDRESS
            self._release(request, gateway)
        if token[2]:
            self.made[token] = answer
        return AwsResponse({**answer.result, "NatGateway": {**gateway, "State": "pending"}})

    def delete(self, phases: Phases, request: AwsRequest) -> AwsResponse:
        """DeleteNatGateway."""
        name = str(request.params["NatGatewayId"])
        found = self.client(request, "ec2").describe_nat_gateways(NatGatewayIds=[name])["NatGateways"]
        answer = request.forward()
        for gateway in found:
            self._release(request, gateway)
        phases.begin(key_of(request, name), "deleting", request.now)
        return answer

    def describe(self, phases: Phases, request: AwsRequest) -> AwsResponse:
        """DescribeNatGateways."""
        answer = request.forward()
        for gateway in answer.result.get("NatGateways", ()):
            key = key_of(request, gateway["NatGatewayId"])
            if word := phases.word(key, request.now):
                gateway["State"] = word
            elif key in phases.failed:
                gateway["State"] = "failed"
                gateway["FailureCode"] = phases.failed[key]
                gateway["FailureMessage"] = "The subnet has no free address for the gateway."
        return answer

    def _release(self, request: AwsRequest, gateway: dict[str, Any]) -> None:
        """A gateway that goes lets its addresses go: they are still there, and idle."""
        held = [one["AllocationId"] for one in gateway.get("NatGatewayAddresses", ()) if one.get("AllocationId")]
        ec2 = self.client(request, "ec2")
        for address in ec2.describe_addresses(AllocationIds=held)["Addresses"] if held else ():
            if address.get("AssociationId"):
                ec2.disassociate_address(AssociationId=address["AssociationId"])
