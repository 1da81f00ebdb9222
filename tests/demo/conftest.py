"""A CloudMart that tests may change (see tests/plugins/aws.py for what all tests share)."""

from __future__ import annotations

from tests.demo.world_aws import changing_cloudmart, cloudmart_aws

__all__ = ["changing_cloudmart", "cloudmart_aws"]
