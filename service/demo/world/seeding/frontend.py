"""The frontend of an environment: its files in S3, CloudFront before them."""

from __future__ import annotations

from service.demo.world.clients import ClientFor
from service.demo.world.plan import EDGE_REGION, REGION, EnvironmentPlan
from service.demo.world.seeding.tagging import pairs

_PAGE = b"<!doctype html><title>CloudMart</title><h1>CloudMart</h1>"


def make_frontend(client_for: ClientFor, plan: EnvironmentPlan) -> None:
    """Make the bucket with the shop's page, and the distribution that serves it."""
    name = plan.named("frontend")
    tags = pairs(plan.tags("frontend", name))
    s3 = client_for("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
    s3.put_object(Bucket=name, Key="index.html", Body=_PAGE, ContentType="text/html")
    client_for("cloudfront", EDGE_REGION).create_distribution_with_tags(
        DistributionConfigWithTags={
            "DistributionConfig": {
                "CallerReference": name,
                "Comment": name,
                "Enabled": True,
                "DefaultRootObject": "index.html",
                "Origins": {
                    "Quantity": 1,
                    "Items": [
                        {
                            "Id": "files",
                            "DomainName": f"{name}.s3.{REGION}.amazonaws.com",
                            "S3OriginConfig": {"OriginAccessIdentity": ""},
                        }
                    ],
                },
                "DefaultCacheBehavior": {
                    "TargetOriginId": "files",
                    "ViewerProtocolPolicy": "redirect-to-https",
                    "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
                    "MinTTL": 0,
                },
            },
            "Tags": {"Items": tags},
        }
    )
