"""Machines and databases that do nothing, are larger than they need be, or would cost less on another processor."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from finops.savings.facts import HOURS, Facts, found, hourly_note
from store.messages import Message
from store.money import Saving
from store.vocabulary import Resource

EC2 = "Amazon Elastic Compute Cloud - Compute"
RDS = "Amazon Relational Database Service"
IDLE_CPU = 5.0
"""Per cent that the busiest of the usual hours stay below, on a machine that does nothing but run itself."""
IDLE_BYTES = 14 * 24 * 5e6
"""Bytes out in two weeks: 5 MB an hour are monitoring and updates. Both limits are those of AWS Trusted Advisor, made
stricter (there: CPU at most 10 % and network at most 5 MB a day on 4 of 14 days)."""
SMALL_CPU = 35.0
"""Per cent: at half the size the usual busy hour stays below 70 %."""
SIZES = ("nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge")
ARM = {"t3": "t4g", "m5": "m6g", "db.t3": "db.t4g", "db.m5": "db.m6g", "cache.t3": "cache.t4g"}
"""The family on AWS's own processor (Graviton) that stands for each, with as much memory and as many processors."""


def machines(facts: Facts) -> Iterator[Saving]:
    """One recommendation at most for each running instance: idle, else too large. Groups decide of their members."""
    for one in facts.of("ec2:instance"):
        kind = str(one.attributes.get("instance_type", ""))
        price = facts.price(one.region, f"BoxUsage:{kind}")
        cpu = facts.use.get((one.id, "CPUUtilization", "Average"))
        if one.state != "running" or one.attributes.get("asg") or price is None or cpu is None:
            continue
        sent = facts.use.get((one.id, "NetworkOut", "Sum"))
        if cpu.usual_peak < IDLE_CPU and sent is not None and sent.total < IDLE_BYTES:
            yield _idle(facts, one, kind, price, (cpu.usual_peak, sent.total))
        elif cpu.usual_peak < SMALL_CPU:
            yield from _smaller(facts, one, kind, price, cpu.usual_peak)


def _idle(facts: Facts, one: Resource, kind: str, price: Decimal, used: tuple[float, float]) -> Saving:
    return found(
        facts,
        "idle-instance",
        one,
        facts.capped(one.region, f"BoxUsage:{kind}", price * HOURS),
        title=Message("%(name)s does nothing", name=one.name),
        evidence=(
            Message("its processor stays below %(cpu)s %% in 95 %% of the hours of 14 days", cpu=f"{used[0]:.1f}"),
            Message("it sent %(megabytes)s MB in them", megabytes=f"{used[1] / 1e6:,.0f}"),
        ),
        how=hourly_note(price),
        remedy=Message(
            "aws ec2 stop-instances --instance-ids %(id)s; its volumes cost on until they are deleted",
            id=str(one.attributes.get("instance_id", one.name)),
        ),
        risk="medium",
        service=EC2,
    )


def _smaller(facts: Facts, one: Resource, kind: str, price: Decimal, used: float) -> Iterator[Saving]:
    family, _, size = kind.partition(".")
    if size not in SIZES[1:]:
        return
    other = f"{family}.{SIZES[SIZES.index(size) - 1]}"
    less = facts.price(one.region, f"BoxUsage:{other}")
    if less is None or less >= price:
        return
    yield found(
        facts,
        "oversized-instance",
        one,
        facts.capped(one.region, f"BoxUsage:{kind}", (price - less) * HOURS),
        title=Message("%(name)s could be a %(kind)s", name=one.name, kind=other),
        evidence=(
            Message("its processor stays below %(cpu)s %% in 95 %% of the hours of 14 days", cpu=f"{used:.1f}"),
            Message("it is a %(kind)s; its memory was not looked at", kind=kind),
        ),
        how=Message(
            "%(price)s in place of %(before)s an hour, 730 hours a month", price=f"${less:f}", before=f"${price:f}"
        ),
        remedy=Message(
            "stop it, then aws ec2 modify-instance-attribute --instance-id %(id)s --instance-type %(kind)s",
            id=str(one.attributes.get("instance_id", one.name)),
            kind=other,
        ),
        effort="medium",
        risk="medium",
        service=EC2,
    )


def databases(facts: Facts) -> Iterator[Saving]:
    """Databases that nobody connected to."""
    for one in facts.of("rds:db"):
        usage_type = _database(one)
        price = facts.price(one.region, usage_type)
        used = facts.use.get((one.id, "DatabaseConnections", "Maximum"))
        if (
            one.state != "available"
            or price is None
            or used is None
            or used.peak > 0
            or one.attributes.get("replica_of")
        ):
            continue
        yield found(
            facts,
            "idle-database",
            one,
            facts.capped(one.region, usage_type, price * HOURS),
            title=Message("nobody uses the database %(name)s", name=one.name),
            evidence=(Message("no connection in 14 days"),),
            how=hourly_note(price),
            remedy=Message(
                "aws rds delete-db-instance --db-instance-identifier %(id)s --final-db-snapshot-identifier %(id)s-last",
                id=one.name,
            ),
            effort="medium",
            risk="medium",
            service=RDS,
        )


def graviton(facts: Facts) -> Iterator[Saving]:
    """Databases and caches whose class has a cheaper one on Graviton: nothing is compiled for them but by AWS."""
    for one in facts.of("rds:db", "elasticache:cluster"):
        kind = str(one.attributes.get("class") or one.attributes.get("node_type") or "")
        family, _, size = kind.rpartition(".")
        if family not in ARM or one.state != "available":
            continue
        other, usage_type = f"{ARM[family]}.{size}", _database(one) if one.type == "rds:db" else f"NodeUsage:{kind}"
        price, less = facts.price(one.region, usage_type), facts.price(one.region, usage_type.replace(kind, other))
        if price is None or less is None or less >= price:
            continue
        nodes = one.attributes.get("nodes")
        count = len(nodes) if isinstance(nodes, list) and nodes else 1
        yield found(
            facts,
            "graviton",
            one,
            facts.capped(one.region, usage_type, (price - less) * count * HOURS),
            title=Message("%(name)s could be a %(kind)s", name=one.name, kind=other),
            evidence=(Message("it is a %(kind)s, and %(other)s is as large on Graviton", kind=kind, other=other),),
            how=Message(
                "%(price)s in place of %(before)s an hour, 730 hours a month", price=f"${less:f}", before=f"${price:f}"
            ),
            remedy=Message("change its class in the maintenance window; it is away for some minutes"),
            effort="medium",
            service=RDS if one.type == "rds:db" else "Amazon ElastiCache",
        )


def _database(one: Resource) -> str:
    return f"{'Multi-AZUsage' if one.attributes.get('multi_az') else 'InstanceUsage'}:{one.attributes.get('class')}"
