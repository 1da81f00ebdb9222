"""Spoils an answer on purpose: partial results, NaN values, missing keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import numpy as np

from service.demo.faults import FaultRule


def spoil(result: Mapping[str, Any], rule: FaultRule, chance: Random) -> dict[str, Any]:
    """The answer as a fault of kind partial, nan or missing leaves it. Partial and nan draw their chance per series."""
    if rule.kind == "missing":
        return dict(_without(result, frozenset(rule.option("keys"))))
    series = result.get("MetricDataResults")
    if series is None:
        return dict(result)
    change = _partial if rule.kind == "partial" else _nan
    return dict(result) | {
        "MetricDataResults": [change(one, chance) if chance.random() < rule.rate else one for one in series]
    }


def _without(value: Any, keys: frozenset[str]) -> Any:  # noqa: ANN401 - any answer
    """The value without these keys, at any depth."""
    if isinstance(value, Mapping):
        return {key: _without(item, keys) for key, item in value.items() if key not in keys}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_without(item, keys) for item in value]
    return value


def _partial(series: Mapping[str, Any], chance: Random) -> dict[str, Any]:
    """Half of the points at most, and PartialData without a token, as CloudWatch answers when a part of it is ill."""
    kept = chance.randrange(len(series["Values"]) // 2 + 1)
    message = {"Code": "InternalError", "Value": "The result is incomplete; please retry the request."}
    return dict(series) | {
        "StatusCode": "PartialData",
        "Timestamps": series["Timestamps"][:kept],
        "Values": series["Values"][:kept],
        "Messages": [message],
    }


def _nan(series: Mapping[str, Any], chance: Random) -> dict[str, Any]:
    """One value in four is not a number."""
    values = np.array(series["Values"], dtype=np.float64)
    values[[chance.random() < 0.25 for _ in range(len(values))]] = np.nan  # noqa: PLR2004 - as said above
    return dict(series) | {"Values": values}
