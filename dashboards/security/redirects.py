"""Where a form may send its reader next: paths of this site only."""

from __future__ import annotations

from urllib.parse import urlsplit


def local_path(target: str, fallback: str = "/") -> str:
    """A path on this site to go to; whatever could lead elsewhere becomes the fallback.

    Browsers read a backslash as a slash and skip control characters, so neither may stand in it.
    """
    try:
        parts = urlsplit(target)
    except ValueError:
        return fallback
    local = target.startswith("/") and not target.startswith("//") and not parts.netloc and not parts.scheme
    return target if local and "\\" not in target and target.isprintable() else fallback
