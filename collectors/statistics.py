"""Which statistics make sense for which kind of metric."""

from __future__ import annotations

import re

_STATISTIC = re.compile(r"SampleCount|Average|Sum|Minimum|Maximum|IQM|p\d{1,2}(\.\d{1,10})?|p100|(tm|wm|tc|ts|pr)\(?.+")

_SENSELESS: dict[str, tuple[str, str]] = {
    "counter": (
        r"Average|Minimum|Maximum|IQM|p\d.*|tm.*|wm.*",
        "each event is counted as 1, so this is always 1: use Sum",
    ),
    "gauge": (r"Sum|ts.*", "it adds up readings of a level, which depends on how often it was read: use Average"),
    "volume": (r"IQM|p\d.*|tm.*|wm.*", "it has one reading a period, so a percentile says nothing: use Sum or Average"),
}


def statistic_fault(namespace: str, metric: str, stat: str, kind: str) -> str | None:
    """Why a statistic makes no sense for a metric of this kind, with the one to use; None when it does."""
    if not _STATISTIC.fullmatch(stat):
        return f"{stat!r} is no CloudWatch statistic: write Average, Sum, Minimum, Maximum, SampleCount or p95"
    pattern, reason = _SENSELESS.get(kind, ("", ""))
    if pattern and re.fullmatch(pattern, stat):
        return f"{stat} of {namespace} {metric} makes no sense: {reason}"
    return None
