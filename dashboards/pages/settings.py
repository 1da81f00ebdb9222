"""The settings page: what is in force, what Lamplighter may do in AWS, and the reader's own choices."""

from __future__ import annotations

import platform

from flask import Blueprint, render_template

from dashboards.language import current_language
from dashboards.site import current_site

ZONES = (
    "UTC",
    "Asia/Seoul",
    "Asia/Tokyo",
    "Asia/Singapore",
    "Asia/Kolkata",
    "Australia/Sydney",
    "Europe/London",
    "Europe/Berlin",
    "America/Sao_Paulo",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
)
"""Zones offered beside the stack's own; an address with ?tz= takes any."""


def blueprint() -> Blueprint:
    """GET /settings."""
    pages = Blueprint("settings", __name__)
    pages.get("/settings")(page)
    return pages


def page() -> str:
    """Configuration with secrets masked, permissions, the store, and choices."""
    site = current_site()
    store = site.store
    zone = current_language().zone.key
    return render_template(
        "settings.html",
        zones=sorted({zone, site.stack.timezone, *ZONES}),
        zone=zone,
        config=site.effective_config(),
        config_problem=site.config_problem(),
        permissions=site.permissions(),
        problems=store.check(),
        revision=store.schema_revision(),
        series=len(store.series.find()),
        resources=len(store.resources.find()),
        python=platform.python_version(),
    )
