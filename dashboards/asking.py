"""What people ask for of alerts, on a page or through the API: each is a row that the worker carries out at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import g

from dashboards.site import Site
from store.alerting import Matcher
from store.vocabulary import Intent

ACKNOWLEDGE, UNACKNOWLEDGE = "alert.acknowledge", "alert.unacknowledge"
SILENCE, END_SILENCE = "alert.silence", "silence.expire"
KINDS = (ACKNOWLEDGE, UNACKNOWLEDGE, SILENCE, END_SILENCE)
NOBODY = "page (no login)"
HOUR = 3600
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=30)
"""Of a silence: what must be quiet for longer is a rule to change."""
COMMENT = 500
"""Characters of a comment."""
EPISODE = re.compile(r"e[0-9a-f]{16}")
_MATCHER = re.compile(r'\s*([A-Za-z_][A-Za-z0-9_.-]{0,99})\s*(=~|!~|!=|=)\s*("?)(.*?)\3\s*', re.DOTALL)
_MATCHERS = 20
_VALUE = 500


def ask(site: Site, kind: str, payload: Mapping[str, Any]) -> Intent:
    """Write down what the reader of this request asks for, and wake the worker to carry it out."""
    intent = Intent(uuid4().hex, kind, g.get("login_name") or NOBODY, g.now, dict(payload))
    site.store.intents.add(intent)
    site.wake("intents")
    return intent


def episodes_of(intent: Intent) -> tuple[str, ...]:
    """The firings that an intent is about, in the words of its payload."""
    named = intent.payload.get("episodes") or (intent.payload.get("episode"),)
    return tuple(name for name in named if isinstance(name, str)) if isinstance(named, list | tuple) else ()


def read_matchers(lines: Sequence[str]) -> list[Matcher]:
    """Read conditions such as `environment=prod`, `team=~"web|api"`, `rule!=cpu-high`; empty lines are left out.

    Raises:
        ValueError: a line is none, its expression does not compile, or there are too many; the message shows it.
    """
    written = [line for line in lines if line.strip()]
    if len(written) > _MATCHERS:
        raise ValueError(f"{len(written)} conditions are more than {_MATCHERS}")
    return [_matcher(line) for line in written]


def _matcher(line: str) -> Matcher:
    found = _MATCHER.fullmatch(line)
    if not found or len(found[4]) > _VALUE or not found[4].isprintable():
        raise ValueError(f"{line.strip()[:60]!r} is no condition: write label=value, label!=value or label=~expression")
    label, op, _, value = found.groups()
    if op in {"=~", "!~"}:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"{value[:60]!r} is no regular expression: {error}") from None
    return Matcher(label, op, value)


def as_json(matchers: Sequence[Matcher]) -> list[dict[str, str]]:
    """Conditions as the payload of an intent holds them."""
    return [{"label": each.label, "op": each.op, "value": each.value} for each in matchers]


def written(matcher: Matcher) -> str:
    """A condition as people write it."""
    return f"{matcher.label}{matcher.op}{matcher.value}"
