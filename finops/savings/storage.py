"""Volumes that nothing uses or that are of an old kind, and buckets whose objects nobody reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from finops.savings.facts import Facts, dollars, found
from store.messages import Message
from store.money import Saving
from store.vocabulary import Resource

OTHER = "EC2 - Other"
S3 = "Amazon Simple Storage Service"
BASE_IOPS = 3_000
"""What gp3 has without paying for it; gp2 has 3 for each GiB (EBS User Guide)."""
LARGE = 100.0
"""GB from which a rule for a bucket is worth its while."""
_COLD = Decimal("0.5")
"""The part of a bucket that is taken to be seldom read: half of it, for nobody counts reads by age."""
_GIB = 2**30
OLD_DAYS, ORPHAN_DAYS = 180, 30
"""From when a snapshot is called old: half a year, or a month where its volume is gone."""
_MADE_BY = ("Created by CreateImage", "Copied for DestinationAmi", "This snapshot is created by the AWS Backup service")
_KEPT_BY = ("aws:backup:", "aws:dlm:", "dlm:")


def volumes(facts: Facts) -> Iterator[Saving]:
    """Volumes that are attached to nothing, else gp2 that could be gp3."""
    for one in facts.of("ec2:volume"):
        size, kind = one.attributes.get("size"), str(one.attributes.get("type"))
        price = facts.price(one.region, f"EBS:VolumeUsage.{kind}")
        if not isinstance(size, int) or price is None:
            continue
        if one.state == "available" and not one.attributes.get("attached_to"):
            yield _unattached(facts, one, size, price)
        elif kind == "gp2":
            yield from _newer(facts, one, size, price)


def snapshots(facts: Facts) -> Iterator[Saving]:
    """Old snapshots that no image, backup plan or life cycle keeps, and those of volumes that are gone."""
    volumes_there = {one.attributes.get("volume_id") for one in facts.of("ec2:volume")}
    for one in facts.of("ec2:snapshot"):
        size, age, price = one.attributes.get("size"), _age(one, facts.now), _snapshot_price(facts, one)
        if not isinstance(size, int) or age is None or price is None or one.state != "completed" or _is_kept(one):
            continue
        gone = one.attributes.get("volume") not in volumes_there
        if age >= (ORPHAN_DAYS if gone else OLD_DAYS):
            yield _old_snapshot(facts, one, size, price, age, gone=gone)


def _age(one: Resource, now: datetime) -> int | None:
    started = one.attributes.get("started")
    return (now - datetime.fromisoformat(started)).days if isinstance(started, str) else None


def _snapshot_price(facts: Facts, one: Resource) -> Decimal | None:
    """The standard tier's; what lies in the archive already costs a quarter of it and has no price here."""
    if one.attributes.get("tier") != "standard":
        return None
    return facts.price(one.region, "EBS:SnapshotUsage")


def _is_kept(one: Resource) -> bool:
    """Whether something else needs it or decides on it: an image, AWS Backup, a Data Lifecycle Manager policy."""
    described = str(one.attributes.get("description") or "")
    return described.startswith(_MADE_BY) or any(tag.startswith(_KEPT_BY) for tag in one.tags)


def _old_snapshot(  # noqa: PLR0913  what it is recommended on
    facts: Facts, one: Resource, size: int, price: Decimal, age: int, *, gone: bool
) -> Saving:
    evidence = [Message("made %(days)s days ago", days=age)]
    if gone:
        evidence.append(Message("its volume no longer exists"))
    return found(
        facts,
        "old-snapshot",
        one,
        facts.capped(one.region, "EBS:SnapshotUsage", price * size),
        title=Message("the snapshot %(name)s is old", name=one.name),
        evidence=tuple(evidence),
        how=Message(
            "at most %(price)s for each of %(size)s GiB a month; a later snapshot keeps the blocks that it needs",
            price=f"${price:f}",
            size=size,
        ),
        remedy=Message(
            "aws ec2 delete-snapshot --snapshot-id %(id)s; archived (modify-snapshot-tier) it costs a quarter",
            id=str(one.attributes.get("snapshot_id", one.name)),
        ),
        service=OTHER,
    )


def _unattached(facts: Facts, one: Resource, size: int, price: Decimal) -> Saving:
    return found(
        facts,
        "unattached-volume",
        one,
        facts.capped(one.region, f"EBS:VolumeUsage.{one.attributes.get('type')}", price * size),
        title=Message("the volume %(name)s is attached to nothing", name=one.name),
        evidence=(Message("%(size)s GiB of %(kind)s", size=size, kind=str(one.attributes.get("type"))),),
        how=Message("%(price)s for each GiB a month", price=f"${price:f}"),
        remedy=Message(
            "aws ec2 create-snapshot --volume-id %(id)s, then aws ec2 delete-volume --volume-id %(id)s",
            id=str(one.attributes.get("volume_id", one.name)),
        ),
        service=OTHER,
    )


def _newer(facts: Facts, one: Resource, size: int, price: Decimal) -> Iterator[Saving]:
    newer = facts.price(one.region, "EBS:VolumeUsage.gp3")
    more = facts.price(one.region, "EBS:VolumeP-IOPS.gp3")
    extra = max(0, 3 * size - BASE_IOPS)
    if newer is None or (extra and more is None):
        return
    saved = (price - newer) * size - extra * (more or Decimal(0))
    if saved <= 0:
        return
    yield found(
        facts,
        "gp2-to-gp3",
        one,
        facts.capped(one.region, "EBS:VolumeUsage.gp2", saved),
        title=Message("the volume %(name)s could be gp3", name=one.name),
        evidence=(Message("%(size)s GiB of %(kind)s", size=size, kind="gp2"),),
        how=Message(
            "%(price)s in place of %(before)s for each GiB a month, with as many operations a second",
            price=f"${newer:f}",
            before=f"${price:f}",
        ),
        remedy=Message(
            "aws ec2 modify-volume --volume-id %(id)s --volume-type gp3; it stays attached and in use",
            id=str(one.attributes.get("volume_id", one.name)),
        ),
        service=OTHER,
    )


def buckets(facts: Facts) -> Iterator[Saving]:
    """Large buckets in the standard class."""
    for one in facts.of("s3:bucket"):
        used = facts.use.get((one.id, "BucketSizeBytes", "Average"))
        standard = facts.price(one.region, "TimedStorage-ByteHrs")
        cold = facts.price(one.region, "TimedStorage-GIR-ByteHrs")
        if used is None or standard is None or cold is None or used.peak / _GIB < LARGE:
            continue
        size = Decimal(repr(round(used.peak / _GIB, 3)))
        yield found(
            facts,
            "s3-life-cycle",
            one,
            facts.capped(one.region, "TimedStorage-ByteHrs", size * _COLD * (standard - cold)),
            title=Message("old objects of %(name)s could lie in Glacier Instant Retrieval", name=one.name),
            evidence=(Message("%(size)s GiB in the standard class", size=f"{size:,.0f}"),),
            how=Message(
                "if half of it is seldom read: %(saved)s less for each GiB a month", saved=dollars(standard - cold)
            ),
            remedy=Message("a life-cycle rule that moves objects after 90 days; reading them back costs $0.03 a GB"),
            effort="medium",
            risk="medium",
            service=S3,
        )
