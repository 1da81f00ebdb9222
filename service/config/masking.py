"""Showing a configuration without its secrets."""

from __future__ import annotations

import re
from typing import Any

MASK = "********"

_SECRET_NAME = re.compile(
    r"(?i)(password|passwd|secret|token|api[_-]?key|private[_-]?key|credential|external_id|authorization|cookie"
    r"|(^|\.)headers\.)"
)
# Up to the last @: a password may hold one, whatever the rules of URLs say. What a remedy tells to write stays.
_USERINFO = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)(?!user:password@)(?P<user>[^/\s:@]*):[^/\s]*@", re.IGNORECASE)
_SECRET_QUERY = re.compile(
    r"(?i)(?P<name>[?&](?:[\w.-]*(?:password|passwd|secret|token|key|signature)[\w.-]*)=)[^&#\s]*"
)


def looks_secret(path: str) -> bool:
    """Whether a setting's name or path says that its value is a secret."""
    return _SECRET_NAME.search(path) is not None


def masked_text(text: str) -> str:
    """The text with the passwords of URLs, and query values with a secret-looking name, replaced."""
    return _SECRET_QUERY.sub(rf"\g<name>{MASK}", _USERINFO.sub(rf"\g<scheme>\g<user>:{MASK}@", text))


def masked(values: Any, raw: Any = None, name: str = "") -> Any:  # noqa: ANN401  plain YAML values
    """Plain values with every secret masked.

    A value with a secret-looking name becomes asterisks. A value that the file (`raw`, before expansion) takes from the
    environment is shown as the file has it, `${NAME}`.
    """
    if isinstance(values, dict):
        below = raw if isinstance(raw, dict) else {}
        # What a probe sends in its headers is a secret more often than not, whatever the header's name.
        within = "headers." if name == "headers" else ""
        return {key: masked(value, below.get(key), f"{within}{key}") for key, value in values.items()}
    if isinstance(values, list):
        below_list = raw if isinstance(raw, list) and len(raw) == len(values) else [None] * len(values)
        return [masked(item, before, name) for item, before in zip(values, below_list, strict=True)]
    if isinstance(raw, str) and "${" in raw:
        return raw
    if values not in ("", None) and looks_secret(name):
        return MASK
    return masked_text(values) if isinstance(values, str) else values
