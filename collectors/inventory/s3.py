"""S3 buckets, each in the region where it lies."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.answers import Item, moment, text
from collectors.aws import Scope
from collectors.caller import Caller
from collectors.inventory.elbv2 import Tagged
from collectors.inventory.reader import Found, Reader, named, resource, tags_by_arn
from store.vocabulary import Resource


def read_buckets(buckets: Sequence[Item], tagged: Tagged, scope: Scope) -> list[Resource]:
    """Buckets of the scope's region, from ListBuckets; one that names another region is left to that one's scope."""
    return [
        resource(
            scope,
            "s3:bucket",
            key,
            arn=_arn(key, scope),
            name=key,
            attributes={"bucket": key, "created": moment(bucket, "CreationDate")},
            tagged=tagged.get(_arn(key, scope), {}),
        )
        for key, bucket in named(buckets, "Name")
        if text(bucket, "BucketRegion") in {"", scope.region}
    ]


def _arn(bucket: str, scope: Scope) -> str:
    """Bucket names are unique within a partition, so their ARN holds neither account nor region."""
    partition = {"cn": "aws-cn", "us-gov": "aws-us-gov"}
    prefix = "us-gov" if scope.region.startswith("us-gov") else scope.region.partition("-")[0]
    return f"arn:{partition.get(prefix, 'aws')}:s3:::{bucket}"


def _buckets(caller: Caller) -> Found:
    buckets = caller.listed("s3", "list_buckets", "Buckets", BucketRegion=caller.scope.region)
    tagged, missing = tags_by_arn(caller, "s3") if buckets else ({}, None)
    return Found(read_buckets(buckets, tagged, caller.scope), missing)


READERS = (Reader(("s3:bucket",), _buckets),)
