"""What a model yields: a metric and the name that CloudWatch knows it by."""

from __future__ import annotations

from service.demo.world.scene import Metric

Described = tuple[str, str, tuple[tuple[str, str], ...], Metric]
"""Namespace, name, dimensions and the metric itself."""


def dimensions(**values: str) -> tuple[tuple[str, str], ...]:
    """Dimensions as sorted pairs."""
    return tuple(sorted(values.items()))
