"""Servers of a service that would cost less on another processor, or as containers without servers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from math import ceil

from finops.savings.compute import ARM, EC2
from finops.savings.facts import HOURS, Facts, found
from store.messages import Message
from store.money import Saving
from store.vocabulary import Resource

MACHINES = {
    "t3.micro": (2, 1),
    "t3.small": (2, 2),
    "t3.medium": (2, 4),
    "t3.large": (2, 8),
    "t3.xlarge": (4, 16),
    "t3.2xlarge": (8, 32),
    "m5.large": (2, 8),
    "m5.xlarge": (4, 16),
    "m5.2xlarge": (8, 32),
}
"""Processors and GiB of memory of instance types (EC2 instance types)."""
SIZES = (("0.25", 0.5, 2), ("0.5", 1, 4), ("1", 2, 8), ("2", 4, 16), ("4", 8, 30))
"""Processors of a Fargate task with the least and most GiB that go with them (ECS, task CPU and memory)."""
_SMALLEST = Decimal("0.5")
"""GiB of the smallest task; all others have whole ones."""
_CPU_FULL, _MEMORY_FULL = 0.7, 0.8
"""How far a task may be filled in a usual busy hour."""


def graviton(facts: Facts) -> Iterator[Saving]:
    """Auto Scaling groups whose servers have a cheaper type on Graviton: what runs on them must be built for it."""
    for group in facts.of("autoscaling:group"):
        members = [one for one in facts.of("ec2:instance") if one.attributes.get("asg") == group.name]
        kinds = {str(one.attributes.get("instance_type")) for one in members if one.state == "running"}
        if len(kinds) != 1:
            continue
        kind = kinds.pop()
        family, _, size = kind.partition(".")
        if family not in ARM:
            continue
        other = f"{ARM[family]}.{size}"
        price, less = facts.price(group.region, f"BoxUsage:{kind}"), facts.price(group.region, f"BoxUsage:{other}")
        if price is None or less is None or less >= price:
            continue
        running = sum(one.state == "running" for one in members)
        yield found(
            facts,
            "graviton-group",
            group,
            facts.capped(group.region, f"BoxUsage:{kind}", (price - less) * running * HOURS),
            title=Message("%(name)s could be a %(kind)s", name=group.name, kind=other),
            evidence=(Message("%(number)s servers are a %(kind)s", number=running, kind=kind),),
            how=Message(
                "%(price)s in place of %(before)s an hour, 730 hours a month", price=f"${less:f}", before=f"${price:f}"
            ),
            remedy=Message("an image for arm64 and a launch template with it; then an instance refresh"),
            effort="high",
            risk="medium",
            service=EC2,
        )


def fargate(facts: Facts) -> Iterator[Saving]:
    """Single servers whose processor and memory would fit into a Fargate task that costs less; both must be known."""
    for one in facts.of("ec2:instance"):
        kind = str(one.attributes.get("instance_type"))
        price = facts.price(one.region, f"BoxUsage:{kind}")
        cpu = facts.use.get((one.id, "CPUUtilization", "Average"))
        memory = facts.use.get((one.id, "mem_used_percent", "Average"))
        if one.state != "running" or price is None or cpu is None or memory is None or kind not in MACHINES:
            continue
        processors, gib = MACHINES[kind]
        needed = processors * cpu.usual_peak / 100 / _CPU_FULL, gib * memory.usual_peak / 100 / _MEMORY_FULL
        yield from _as_task(facts, one, (kind, price), needed)


def _as_task(facts: Facts, one: Resource, now: tuple[str, Decimal], needed: tuple[float, float]) -> Iterator[Saving]:
    per_cpu = facts.price(one.region, "Fargate-vCPU-Hours:perCPU")
    per_gib = facts.price(one.region, "Fargate-GB-Hours")
    size = next(((cpu, max(low, needed[1])) for cpu, low, high in SIZES if _fits(cpu, high, needed)), None)
    if per_cpu is None or per_gib is None or size is None:
        return
    gib = _SMALLEST if size[1] <= _SMALLEST else Decimal(ceil(size[1]))
    less = Decimal(size[0]) * per_cpu + gib * per_gib
    if less >= now[1]:
        return
    yield found(
        facts,
        "fargate",
        one,
        facts.capped(one.region, f"BoxUsage:{now[0]}", (now[1] - less) * HOURS),
        title=Message("%(name)s could be a Fargate task", name=one.name),
        evidence=(
            Message(
                "of a %(kind)s it needs %(cpu)s processors and %(memory)s GiB in its busy hours, with room to spare",
                kind=now[0],
                cpu=f"{needed[0]:.2f}",
                memory=f"{needed[1]:.1f}",
            ),
        ),
        how=Message("a task with %(cpu)s vCPU and %(memory)s GiB, 730 hours a month", cpu=size[0], memory=f"{gib:f}"),
        remedy=Message("an ECS service of one task behind the same target group; its disk does not outlive it"),
        effort="high",
        risk="medium",
        service=EC2,
    )


def _fits(cpu: str, most: float, needed: tuple[float, float]) -> bool:
    return needed[0] <= float(cpu) and needed[1] <= most
