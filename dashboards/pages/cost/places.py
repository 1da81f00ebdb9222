"""The pages within /cost, in the order of their tabs: what the sub-navigation of `cost_frame.html` shows."""

from __future__ import annotations

from flask import request

from dashboards.language import _
from dashboards.pages.frame import Place


def cost_places() -> list[Place]:
    """Where a reader of costs can go; the open one is marked."""
    path = request.path
    beyond = [
        ("/cost/anomalies", _("Anomalies")),
        ("/cost/savings", _("Savings")),
        ("/cost/plan", _("Plan")),
        ("/cost/unit", _("Unit cost")),
    ]
    inner = [Place(href, title, "", path == href or path.startswith(f"{href}/")) for href, title in beyond]
    return [Place("/cost", _("Overview"), "", not any(one.here for one in inner)), *inner]
