"""What lies about in a real account: things nobody tagged, and things nobody uses."""

from __future__ import annotations

from service.demo.world.clients import ClientFor
from service.demo.world.plan import PROD, REGION, ZONES
from service.demo.world.seeding.tagging import pairs

ALERTS_TOPIC = "cloudmart-prod-alerts"
FORGOTTEN_BUCKET = "company-exports-2024"


def make_leftovers(client_for: ClientFor) -> None:
    """A volume and an address that belong to nothing, a bucket without tags, and a topic for alerts."""
    ec2 = client_for("ec2")
    ec2.create_volume(AvailabilityZone=ZONES[1], Size=200, VolumeType="gp2")
    ec2.allocate_address(Domain="vpc")
    client_for("s3").create_bucket(Bucket=FORGOTTEN_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    client_for("sns").create_topic(Name=ALERTS_TOPIC, Tags=pairs(PROD.tags("network", ALERTS_TOPIC)))
