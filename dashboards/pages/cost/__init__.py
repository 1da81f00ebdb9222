"""The cost pages: what it costs and will cost, how final that is, and what is unusual.

The frame is `cost_frame.html`: extend it, fill the blocks `cost_title` (the heading) and `cost` (the page), and the
sub-navigation stands above. Its entries are in `places.py`. Savings, plan and unit cost are in
`dashboards.pages.cost_more`.
"""

from __future__ import annotations

from flask import Blueprint

from dashboards.pages.cost import anomalies, overview, places


def blueprint() -> Blueprint:
    """/cost and /cost/anomalies. Looking changes nothing."""
    pages = Blueprint("cost", __name__)

    def words() -> dict[str, object]:
        return {"cost_places": places.cost_places}

    pages.app_context_processor(words)
    pages.get("/cost", endpoint="overview")(overview.page)
    pages.get("/cost/anomalies", endpoint="anomalies")(anomalies.page)
    return pages
