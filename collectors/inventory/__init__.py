"""What there is in AWS: one file per service, and the job that keeps the list of resources true.

Adding a service is one file with its READERS, one line here, one row per call in `collectors/permissions.py`, and
one test.
"""

from __future__ import annotations

from collectors.inventory import autoscaling, cloudfront, ec2, ecs, eks, elasticache, elbv2, network, rds, s3
from collectors.inventory.reader import Reader

READERS: tuple[Reader, ...] = (
    *network.READERS,
    *ec2.READERS,
    *autoscaling.READERS,
    *elbv2.READERS,
    *rds.READERS,
    *elasticache.READERS,
    *ecs.READERS,
    *eks.READERS,
    *s3.READERS,
    *cloudfront.READERS,
)
