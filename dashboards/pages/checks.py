"""What people call a check: what it looks at in words, and the resource or the probe that it looks at."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dashboards.verdict import CheckVerdict
from store.messages import Message, Sentence
from store.vocabulary import HealthObservation

_WORDS = {
    "target": Message("Healthy targets"),
    "group": Message("Instances in service"),
    "database": Message("Database"),
    "cache": Message("Cache"),
    "service": Message("Running tasks"),
    "instance": Message("Instance"),
}
_ZONES = Message("Spread over zones")
_TARGET = Message("Target")
_CERTIFICATE = Message("Certificate")


def check_name(latest: HealthObservation) -> tuple[Sentence, Sentence]:
    """What is checked, and of which resource (empty where the title says it all): Healthy targets of some-group."""
    if latest.kind == "tls":
        return _CERTIFICATE, latest.title
    if not latest.resource_id or latest.kind not in _WORDS:
        return latest.title, ""
    if latest.check_id.startswith("zones:"):
        values = latest.title.values if isinstance(latest.title, Message) else {}
        return _ZONES, str(values.get("name", latest.title))
    if is_one_target(latest):
        return _TARGET, latest.title
    if latest.kind == "instance":
        # Instances of a group bear one name: their ids tell them apart.
        return _WORDS["instance"], f"{latest.title} {own_id(latest.resource_id, latest.title)}".rstrip()
    return _WORDS[latest.kind], latest.title


def own_id(resource_id: str, name: str) -> str:
    """The id within an ARN, such as i-0a12; empty where it is part of the name or the name of it."""
    own = re.split(r"[/:]", resource_id)[-1]
    return "" if own in name or name in own else own


def is_one_target(latest: HealthObservation) -> bool:
    """Whether it is about one target of a group rather than about the group."""
    return latest.kind == "target" and bool(latest.resource_id) and latest.check_id != f"target:{latest.resource_id}"


def telling(checks: Iterable[CheckVerdict]) -> list[CheckVerdict]:
    """Without the single targets of a group that is there itself: it counts them and says why they fail."""
    found = list(checks)
    groups = {check.state.latest.check_id for check in found}
    return [
        check
        for check in found
        if not (is_one_target(check.state.latest) and f"target:{check.state.latest.resource_id}" in groups)
    ]


def says(reason: str, value: float | None) -> bool:
    """Whether a reason already names the value as a number of its own: `2 of 3 targets healthy` says 2."""
    return (
        value is not None and value.is_integer() and re.search(rf"(?<![\d.]){value:.0f}(?![\d.])", reason) is not None
    )
