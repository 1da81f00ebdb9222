"""The fixtures of the embedded AWS, for the tests of the embedded AWS itself (see tests/plugins/aws.py)."""

from __future__ import annotations

from tests.demo.world_aws import cloudmart_aws, cloudmart_child
from tests.plugins.aws import embedded_aws, embedded_aws_child, synthetic_aws, synthetic_aws_child

__all__ = [
    "cloudmart_aws",
    "cloudmart_child",
    "embedded_aws",
    "embedded_aws_child",
    "synthetic_aws",
    "synthetic_aws_child",
]
