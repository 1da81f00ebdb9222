"""Every address of the API: routes, the OpenAPI document and the page for people are made from one list."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template

from dashboards.api.alerts import ENDPOINTS as ALERTS
from dashboards.api.bill import ENDPOINTS as BILL
from dashboards.api.cost_outlook import ENDPOINTS as COST_OUTLOOK
from dashboards.api.costs import ENDPOINTS as COSTS
from dashboards.api.endpoint import Endpoint, register
from dashboards.api.health import ENDPOINTS as HEALTH
from dashboards.api.jobs import ENDPOINTS as JOBS
from dashboards.api.openapi import document
from dashboards.api.overview import ENDPOINTS as OVERVIEW
from dashboards.api.points import ENDPOINTS as POINTS
from dashboards.api.power import ENDPOINTS as POWER
from dashboards.api.series import ENDPOINTS as SERIES
from dashboards.site import current_site

PREFIX = "/api/v1"

ENDPOINTS: tuple[Endpoint, ...] = (
    *OVERVIEW,
    *SERIES,
    *POINTS,
    *HEALTH,
    *ALERTS,
    *COSTS,
    *COST_OUTLOOK,
    *POWER,
    *JOBS,
    *BILL,
)
"""In the order in which people read them."""


def blueprint() -> Blueprint:
    """The endpoints, /api/v1/openapi.json, and /api/docs for people."""
    api = Blueprint("api", __name__)
    for endpoint in ENDPOINTS:
        register(api, PREFIX, endpoint)
    api.get(f"{PREFIX}/openapi.json", endpoint="openapi")(_openapi)
    api.get("/api/docs", endpoint="docs")(_docs)
    return api


def _openapi() -> Response:
    return jsonify(document(PREFIX, ENDPOINTS, current_site().version))


def _docs() -> str:
    return render_template("api.html", prefix=PREFIX, endpoints=ENDPOINTS)
