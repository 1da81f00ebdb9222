"""The history of an environment as CSV."""

from __future__ import annotations

from flask import Response, abort, g

from dashboards.api.sheets import sheet
from dashboards.pages.environments.page import history
from dashboards.site import current_site


def history_csv(name: str) -> Response:
    """When, what, by whom, why and at what price; the newest first."""
    site = current_site()
    if name not in site.stack.environments:
        abort(404)
    rows = [
        (
            one.at.isoformat(),
            one.kind,
            one.title,
            one.actor,
            str(one.detail.get("why") or one.detail.get("because") or ""),
            str(one.detail.get("price") or ""),
        )
        for one in history(site, name, g.now)
    ]
    return sheet(f"{name}-history", ("at", "kind", "title", "by", "why", "price"), rows)
