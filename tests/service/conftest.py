"""The fixtures of the embedded AWS, for the tests of the service (see tests/plugins/aws.py)."""

from __future__ import annotations

from tests.plugins.aws import embedded_aws, embedded_aws_child, synthetic_aws, synthetic_aws_child

__all__ = ["embedded_aws", "embedded_aws_child", "synthetic_aws", "synthetic_aws_child"]
