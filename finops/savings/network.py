"""Addresses, load balancers and gateways that nothing uses, and traffic that takes the dear way."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from finops.savings.facts import HOURS, Facts, dollars, found, hourly_note
from store.messages import Message
from store.money import Saving

VPC, OTHER, BALANCING = "Amazon Virtual Private Cloud", "EC2 - Other", "Amazon Elastic Load Balancing"
FREE_TIER = Decimal(1024)
"""GB that CloudFront sends to the internet each month for nothing, in every account (CloudFront pricing)."""
CLOUDFRONT_GB = Decimal("0.120")
"""US dollars a GB from CloudFront's edges in Korea to the internet, first 10 TB (CloudFront pricing, 2025)."""
_TO_AWS = Decimal("0.5")
"""The part of NAT's traffic that is taken to go to S3: half of it, for only flow logs know."""


def addresses(facts: Facts) -> Iterator[Saving]:
    """Addresses that nothing is reached by."""
    for one in facts.of("ec2:address"):
        price = facts.price(one.region, "PublicIPv4:IdleAddress")
        if price is None or one.state != "idle":
            continue
        yield found(
            facts,
            "unused-address",
            one,
            facts.capped(one.region, "PublicIPv4:IdleAddress", price * HOURS),
            title=Message("the address %(name)s leads to nothing", name=one.name),
            evidence=(Message("it is associated with no instance, gateway or load balancer"),),
            how=hourly_note(price),
            remedy=Message(
                "aws ec2 release-address --allocation-id %(id)s; the number is gone for good",
                id=str(one.attributes.get("allocation_id", one.name)),
            ),
            service=VPC,
        )


def balancers(facts: Facts) -> Iterator[Saving]:
    """Load balancers that nobody asks."""
    for one in facts.of("elbv2:loadbalancer"):
        used = facts.use.get((one.id, "RequestCount", "Sum"))
        price = facts.price(one.region, "LoadBalancerUsage")
        if used is None or price is None or used.total > 0 or one.attributes.get("type") != "application":
            continue
        yield found(
            facts,
            "unused-load-balancer",
            one,
            facts.capped(one.region, "LoadBalancerUsage", price * HOURS),
            title=Message("the load balancer %(name)s serves nobody", name=one.name),
            evidence=(Message("no request in 14 days"),),
            how=hourly_note(price),
            remedy=Message("aws elbv2 delete-load-balancer --load-balancer-arn %(id)s", id=one.id),
            risk="medium",
            service=BALANCING,
        )


def gateways(facts: Facts) -> Iterator[Saving]:
    """NAT gateways that nothing passes; for the others, the way to S3 that costs nothing."""
    for one in facts.of("ec2:natgateway"):
        used = facts.use.get((one.id, "BytesOutToDestination", "Sum"))
        price = facts.price(one.region, "NatGateway-Hours")
        if used is None or price is None or one.state != "available":
            continue
        if used.total == 0:
            yield found(
                facts,
                "unused-nat-gateway",
                one,
                facts.capped(one.region, "NatGateway-Hours", price * HOURS),
                title=Message("nothing passes the NAT gateway %(name)s", name=one.name),
                evidence=(Message("no byte in 14 days"),),
                how=hourly_note(price),
                remedy=Message(
                    "aws ec2 delete-nat-gateway --nat-gateway-id %(id)s, and its routes",
                    id=str(one.attributes.get("nat_gateway_id", one.name)),
                ),
                risk="medium",
                service=OTHER,
            )


def endpoints(facts: Facts) -> Iterator[Saving]:
    """What passes NAT on its way to S3 or DynamoDB could take a gateway endpoint, which costs nothing."""
    for region in sorted({one.region for one in facts.of("ec2:natgateway")}):
        usage_type = facts.book.written(region, "NatGateway-Bytes")
        used = facts.billed.get(usage_type)
        if used is None or used.cost <= 0:
            continue
        yield found(
            facts,
            "nat-to-endpoint",
            f"{region}",
            used.cost * _TO_AWS,
            title=Message("traffic to S3 and DynamoDB need not pass NAT in %(region)s", region=region),
            evidence=(
                Message(
                    "%(size)s GB a month pass NAT for %(cost)s", size=f"{used.quantity:,.0f}", cost=dollars(used.cost)
                ),
            ),
            how=Message("if half of it goes there: gateway endpoints cost nothing, neither by the hour nor by the GB"),
            remedy=Message(
                "aws ec2 create-vpc-endpoint --vpc-id V --route-table-ids R --service-name com.amazonaws.%(region)s.s3",
                region=region,
            ),
            service=OTHER,
        )


def edge(facts: Facts) -> Iterator[Saving]:
    """What load balancers send to the internet could leave by CloudFront, whose first TB a month costs nothing."""
    for region in sorted({one.region for one in facts.of("elbv2:loadbalancer")}):
        used = facts.billed.get(facts.book.written(region, "DataTransfer-Out-Bytes"))
        if used is None or used.quantity <= 0:
            continue
        sent = sum(
            (one.quantity for name, one in facts.billed.items() if name.endswith("-DataTransfer-Out-Bytes")), Decimal(0)
        )
        free = max(Decimal(0), FREE_TIER - (sent - used.quantity))
        saved = used.cost - max(Decimal(0), used.quantity - free) * CLOUDFRONT_GB
        if saved <= 0:
            continue
        yield found(
            facts,
            "cloudfront-first",
            f"edge:{region}",
            saved,
            title=Message("CloudFront before the load balancers in %(region)s", region=region),
            evidence=(
                Message(
                    "%(size)s GB a month leave for the internet for %(cost)s",
                    size=f"{used.quantity:,.0f}",
                    cost=dollars(used.cost),
                ),
            ),
            how=Message("CloudFront's first 1,024 GB a month cost nothing, then $0.120 a GB; from AWS to it nothing"),
            remedy=Message("a distribution with the load balancer as its origin, and no caching for what is personal"),
            effort="high",
            risk="medium",
            service=OTHER,
        )
