"""The read API under /api/v1: the same facts that the pages show, as JSON that an OpenAPI document describes."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template

from dashboards.api import bill, health, jobs, overview, points, series
from dashboards.api.endpoint import Endpoint, register
from dashboards.api.openapi import document
from dashboards.site import current_site

PREFIX = "/api/v1"

ENDPOINTS: tuple[Endpoint, ...] = (
    *overview.ENDPOINTS,
    *series.ENDPOINTS,
    *points.ENDPOINTS,
    *health.ENDPOINTS,
    *jobs.ENDPOINTS,
    *bill.ENDPOINTS,
)
"""Every address of the API. Routes, the OpenAPI document and /api/docs are all made from this."""


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
